"""Scores of a classifier for masked recordings.

A classifier is two steps: a representation of the sound (a spectrogram, or features), shared by all
models of a clip, and the probabilities that a model assigns to it.
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
LEFT_OUT = 1e-4  # largest sum of the silent parts, root mean square, full scale 1


@cache
def _classifier(description: str):
    """The classifier of a description, one per process."""
    features.one_thread()
    given = json.loads(description)
    if given["kind"] == "resnet":
        return Network(given["front_end"], given["files"], given["refits"])
    return Linear(*(given[key] for key in ("kind", "weights", "bundle", "files", "refits")))


@cache
def _front_end(description: str) -> FrontEnd:
    return FrontEnd(json.loads(description)["front_end"])


def score(clip: dict, description: str, settings: dict) -> list[dict]:
    """Probabilities of every class for every mask of a clip, by each of its models.

    Parameters
    ----------
    clip : dict
        `clip_id`, `path`, `models`, the models that score it, as in `models_of`, and `drawn`,
        whether the study drew it.
    description : str
        JSON of the classifier: kind, front_end, weights, bundle, files and refits.
    settings : dict
        The protocol's `bands` block.

    Returns
    -------
    list of dict
        Rows of the table `masked_scores`, one per model; none if all parts are silent.
    """
    classifier = _classifier(description)
    excerpt = _front_end(description).excerpt(*signal.read(clip["path"]))
    parts = bands.cut(excerpt.samples, excerpt.rate, settings)
    sounding = parts.sounding
    if not len(sounding):
        return []
    masks = surrogate.masks_of(len(parts), sounding, settings)
    # masks that differ only in silent parts sound the same
    numbers = np.unique(surrogate.packed(masks[:, sounding]))
    audible = np.zeros((len(numbers), len(parts)), bool)
    audible[:, sounding] = surrogate.unpacked(numbers, len(sounding))
    blocks = np.split(audible, range(MASKS, len(audible), MASKS))
    represented = [classifier.represent(one) for block in blocks for one in parts.mixtures(block)]
    represented = np.stack([*represented, classifier.represent(excerpt.samples)])
    silent = ~np.isin(np.arange(len(parts)), sounding)
    left_out = bands.level(parts.mixtures(silent[None])[0])
    if left_out > LEFT_OUT:
        raise ValueError(f"{clip['clip_id']}: {left_out} in silent parts, above {LEFT_OUT}")
    rows = []
    for refit, fold in clip["models"]:
        probabilities = classifier.probabilities((refit, fold), represented)
        rows.append(
            {
                "clip_id": clip["clip_id"],
                "fold": fold,
                "refit": refit,
                "drawn": clip["drawn"],
                "labels": classifier.labels,
                "low_hz": parts.low_hz,
                "high_hz": parts.high_hz,
                "start_s": excerpt.start_s + parts.start_s,
                "end_s": excerpt.start_s + parts.end_s,
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
    """Rows of the table `masked_scores` of many clips, in chunks, in their order.

    Parameters
    ----------
    clips : list of dict
        As in `score`, by clip_id.
    description : dict
        As in `score`, but not yet JSON.
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


def models_of(
    clip_ids: list[str], splits: pd.DataFrame, refits: pd.DataFrame
) -> dict[str, list[tuple[bool, int]]]:
    """Models that never met the speaker of a clip, or at least never trained on the clip.

    Parameters
    ----------
    clip_ids : list of str
        Clips of a test part of `splits`.
    splits, refits : pandas.DataFrame
        Tables `splits`, that of `splits.split_refits` with or without rows.

    Returns
    -------
    dict
        Per clip whether the model is a refit, and its fold: first the model of the first fold that
        tests the clip, then, if there are any, its refits.
    """

    def testing(table):
        tested = table[(table["part"] == "test") & table["clip_id"].isin(clip_ids)]
        return tested.sort_values("fold").groupby("clip_id")["fold"].agg(list)

    own, others = testing(splits), testing(refits)
    return {
        clip: [(False, int(own[clip][0])), *((True, int(fold)) for fold in others.get(clip, []))]
        for clip in clip_ids
    }


def named(clip_ids: list[str], manifest: pd.DataFrame, tested: set[str], corpus: str) -> list[str]:
    """`clip_ids` named by the user, if a model can explain each of them.

    Parameters
    ----------
    clip_ids : list of str
        Of `emolime.examples_by_corpus`.
    manifest : pandas.DataFrame
        Table `manifest`.
    tested : set of str
        Clips of a test part.
    corpus : str
        Name of the corpus, for the message.

    Raises
    ------
    InputError
        A clip is not in the corpus, is excluded, or is tested by no fold.
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
