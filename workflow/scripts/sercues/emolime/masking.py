"""Scores of masked recordings: what a classifier says when parts of a clip are missing.

Any classifier is two steps here: a representation of the sound (a spectrogram, or features), and
the probabilities that a model gives it. The first is shared by all models that hear the clip.
"""

import difflib
import json
from collections.abc import Iterator
from functools import cache, partial
from itertools import islice

import numpy as np
import pandas as pd

from sercues.audio import signal
from sercues.audio.spectrograms import FrontEnd
from sercues.classifiers import features
from sercues.classifiers.scoring import Linear, Network
from sercues.core import job, tables
from sercues.core.errors import InputError
from sercues.emolime import bands
from sercues.saliency import surrogate

MASKS = 256  # masked recordings in memory at once, 50 MB
CLIPS_PER_FRAME = 50
LEFT_OUT = 1e-4  # most of the silent parts together, root mean square, full scale 1


@cache
def _classifier(description: str):
    """The classifier of a description, one per process."""
    features.one_thread()
    given = json.loads(description)
    if given["kind"] == "resnet":
        return Network(given["front_end"], given["files"])
    return Linear(given["kind"], given["weights"], given["bundle"], *given["files"])


@cache
def _front_end(description: str) -> FrontEnd:
    return FrontEnd(json.loads(description)["front_end"])


def score(clip: dict, description: str, settings: dict) -> list[dict]:
    """Probabilities of every class for every mask of a clip, by every model that hears it.

    Parameters
    ----------
    clip : dict
        `clip_id`, `path`, `folds`, the folds whose models hear it, the first its own, and `drawn`,
        whether the study drew it.
    description : str
        JSON of the classifier: kind, front_end, weights, bundle and files.
    settings : dict
        The protocol's `bands` block.

    Returns
    -------
    list of dict
        Rows of the table `masked_scores`, one per model; none where all parts are silent.
    """
    classifier = _classifier(description)
    heard = _front_end(description).excerpt(*signal.read(clip["path"]))
    found = bands.cut(heard.samples, heard.rate, settings)
    sounding = found.sounding
    if not len(sounding):
        return []
    masks = surrogate.masks_of(len(found), sounding, settings)
    # what differs in silent parts only sounds the same
    numbers = np.unique(surrogate.packed(masks[:, sounding]))
    audible = np.zeros((len(numbers), len(found)), bool)
    audible[:, sounding] = surrogate.unpacked(numbers, len(sounding))
    blocks = np.split(audible, range(MASKS, len(audible), MASKS))
    represented = [classifier.represent(one) for block in blocks for one in found.mixtures(block)]
    represented = np.stack([*represented, classifier.represent(heard.samples)])
    silent = ~np.isin(np.arange(len(found)), sounding)
    left_out = bands.level(found.mixtures(silent[None])[0])
    if left_out > LEFT_OUT:
        raise ValueError(f"{clip['clip_id']}: {left_out} in silent parts, above {LEFT_OUT}")
    rows = []
    for fold in clip["folds"]:
        probabilities = classifier.probabilities(fold, represented)
        rows.append(
            {
                "clip_id": clip["clip_id"],
                "fold": fold,
                "refit": fold != clip["folds"][0],
                "drawn": clip["drawn"],
                "labels": classifier.labels,
                "low_hz": found.low_hz,
                "high_hz": found.high_hz,
                "start_s": heard.start_s + found.start_s,
                "end_s": heard.start_s + found.end_s,
                "sounding": sounding,
                "masks": numbers,
                "scores": probabilities[:-1].ravel().astype(np.float32),
                "original": probabilities[-1].astype(np.float32),
            }
        )
    return rows


def score_clips(
    clips: list[dict], description: dict, settings: dict, processes: int
) -> Iterator[pd.DataFrame]:
    """Rows of the table `masked_scores` of many clips, some at a time, in their order.

    Parameters
    ----------
    clips : list of dict
        As in `score`, by clip_id.
    description : dict
        As in `score`, before it is made JSON.
    settings : dict
        The protocol's `bands` block.
    processes : int
        The result does not depend on it.
    """
    function = partial(
        score, description=json.dumps(description, sort_keys=True), settings=settings
    )
    rows = job.in_processes(function, clips, processes, chunk=1)
    while group := list(islice(rows, CLIPS_PER_FRAME)):
        frame = [row for of_clip in group for row in of_clip]
        yield pd.DataFrame(frame) if frame else tables.empty("masked_scores")


def held_out_folds(splits: pd.DataFrame, clip_ids: list[str]) -> dict[str, list[int]]:
    """The folds whose models never trained on a clip: the one that tests it, then one more.

    Parameters
    ----------
    splits : pandas.DataFrame
        Table `splits`.
    clip_ids : list of str
        Clips of a test part.

    Returns
    -------
    dict
        Folds of each clip. The second is the first fold that validates it; it is missing where
        none does, or where validation is the test set.
    """
    unheard = splits[splits["clip_id"].isin(clip_ids)].sort_values("fold")
    tested = unheard[unheard["part"] == "test"].groupby("clip_id")["fold"].first()
    validated = unheard[unheard["part"] == "validation"].groupby("clip_id")["fold"].first()
    return {
        clip: [int(tested[clip])]
        + [int(fold) for fold in validated.reindex([clip]).dropna() if fold != tested[clip]]
        for clip in clip_ids
    }


def named(clip_ids: list[str], manifest: pd.DataFrame, tested: set[str], corpus: str) -> list[str]:
    """`clip_ids` that the user named, if a model can explain each of them.

    Parameters
    ----------
    clip_ids : list of str
        Of `emolime.examples_by_corpus`.
    manifest : pandas.DataFrame
        Table `manifest`.
    tested : set of str
        Clips of a test part.
    corpus : str
        Its name, for the message.

    Raises
    ------
    InputError
        A clip is none of the corpus, is excluded, or no fold tests it.
    """
    clips = manifest.set_index("clip_id")
    another = f"name another clip_id of results/{corpus}/manifest.parquet"
    for clip_id in clip_ids:
        where = f"config key 'emolime.examples_by_corpus.{corpus}' names '{clip_id}', which"
        if clip_id not in clips.index:
            close = difflib.get_close_matches(clip_id, sorted(tested), 1)
            remedy = f"did you mean '{close[0]}'?" if close else f"{another}."
            raise InputError(f"{where} is no clip of {corpus}; {remedy}")
        if clips.loc[clip_id, "excluded"]:
            reason = clips.loc[clip_id, "reason"]
            raise InputError(f"{where} is excluded ({reason}); {another}.")
        if clip_id not in tested:
            emotion = clips.loc[clip_id, "emotion"]
            raise InputError(
                f"{where} is {emotion} and tested by no fold of the protocol; {another}."
            )
    return clip_ids
