"""Choosing the held-out clips to explain."""

import hashlib

import pandas as pd

from sercues.core import tables
from sercues.core.names import KEY, NEUTRAL

EMOTION_OF = {"predicted_label": "predicted_emotion", "true_label": "true_emotion"}


def choose_clips(
    predictions: pd.DataFrame,
    correct: int | str,
    misclassified: int | str,
    emotions: list[str],
    targets: list[str],
    seed: int,
) -> pd.DataFrame:
    """Choose the held-out clips to explain: a stratified sample, or all.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Table `predictions`.
    correct, misclassified : int or 'all'
        Clips per true emotion, fold and seed.
    emotions : list of str
        Only clips with one of these as true or predicted emotion are chosen.
    targets : list of {'predicted_label', 'true_label'}
        Classes to explain.
    seed : int
        Seed of the draw. A clip's rank in it depends only on the seed and its name, so a smaller
        sample is part of a larger one.

    Returns
    -------
    pandas.DataFrame
        Table `explained`.
    """
    wanted = predictions["true_emotion"].isin(emotions) | predictions["predicted_emotion"].isin(
        emotions
    )
    clips = predictions.loc[
        wanted, ["clip_id", "fold", "seed", "true_emotion", "predicted_emotion", "correct"]
    ]
    clips = stratified_sample(clips, correct, misclassified, seed)
    rows = [clips.assign(target=name, target_emotion=clips[EMOTION_OF[name]]) for name in targets]
    return pd.concat(rows, ignore_index=True)[tables.columns("explained")]


def choose_tested_clips(
    explained: pd.DataFrame,
    manifest: pd.DataFrame,
    correct: int | str,
    misclassified: int | str,
    seed: int,
) -> pd.DataFrame:
    """Choose the explained clips to test, and those for the comparison methods to explain.

    Parameters
    ----------
    explained : pandas.DataFrame
        Table `explained`.
    manifest : pandas.DataFrame
        Columns clip_id and speaker.
    correct, misclassified : int or 'all'
        Tested clips per true emotion, fold and seed.
    seed : int
        Seed of the draw, as in `choose_clips`.

    Returns
    -------
    pandas.DataFrame
        Table `tested`: a row per row of `explained`; column `compared` as in `with_neutral`.
    """
    tested = stratified_sample(explained, correct, misclassified, seed)
    compared = with_neutral(explained, tested, manifest)
    key = pd.MultiIndex.from_frame(explained[KEY])
    return explained[KEY].assign(
        **{
            name: key.isin(pd.MultiIndex.from_frame(rows[KEY]))
            for name, rows in (("tested", tested), ("compared", compared))
        }
    )


def of_choice(explained: pd.DataFrame, choice: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of `explained` that were chosen, in their order.

    Parameters
    ----------
    explained, choice : pandas.DataFrame
        Tables `explained` and `tested`.
    name : {'tested', 'compared'}
        Column of `choice`.
    """
    return explained.merge(choice.loc[choice[name], KEY], on=KEY)


def sample_by_speaker(clips: pd.DataFrame, count: int | str, seed: int) -> list[str]:
    """Draw `count` clips per emotion, spread over as many speakers as possible.

    Parameters
    ----------
    clips : pandas.DataFrame
        Columns clip_id, emotion and speaker, a row per clip.
    count : int or 'all'
    seed : int

    Returns
    -------
    list of str
        Their clip_id, sorted; a part of what a larger `count` gives.
    """
    drawn = clips.assign(lot=_lots(clips["clip_id"], seed)).sort_values(["lot", "clip_id"])
    # the first clips of all speakers come before any second clips
    drawn["round"] = drawn.groupby(["emotion", "speaker"]).cumcount()
    drawn = drawn.sort_values(["round", "lot", "clip_id"])
    rank = drawn.groupby("emotion").cumcount()
    return sorted(drawn.loc[(rank < count) if count != "all" else (rank >= 0), "clip_id"])


def _lots(clip_ids: pd.Series, seed: int) -> list[str]:
    return [hashlib.sha256(f"{seed} {clip_id}".encode()).hexdigest() for clip_id in clip_ids]


def stratified_sample(
    clips: pd.DataFrame, correct: int | str, misclassified: int | str, seed: int
) -> pd.DataFrame:
    """Draw clips of each fold, seed, true emotion and correctness.

    Parameters
    ----------
    clips : pandas.DataFrame
        Columns clip_id, fold, seed, true_emotion and correct; the rows of a clip, one per explained
        class, stay together.
    correct, misclassified, seed
        As in `choose_clips`.

    Returns
    -------
    pandas.DataFrame
        Rows of `clips`, in the order of the draw; a part of what larger numbers give.
    """
    drawn = clips[["clip_id", "fold", "seed", "true_emotion", "correct"]].drop_duplicates()
    drawn = drawn.assign(lot=_lots(drawn["clip_id"], seed)).sort_values(["lot", "clip_id"])
    rank = drawn.groupby(["fold", "seed", "true_emotion", "correct"]).cumcount()
    limit = drawn["correct"].map({True: correct, False: misclassified})
    drawn = drawn[(limit == "all") | (rank < pd.to_numeric(limit, errors="coerce"))]
    return drawn[["clip_id", "fold", "seed"]].merge(clips, on=["clip_id", "fold", "seed"])


def with_neutral(
    explained: pd.DataFrame, tested: pd.DataFrame, manifest: pd.DataFrame
) -> pd.DataFrame:
    """The tested clips, and all explained clips of their speakers that are truly neutral.

    Plausibility compares a clip with these (`plausibility.score_clips`), so its reference is the same
    as with all explained clips.

    Parameters
    ----------
    explained : pandas.DataFrame
        Table `explained`.
    tested : pandas.DataFrame
        Columns `KEY`: rows of `explained`.
    manifest : pandas.DataFrame
        Columns clip_id and speaker.

    Returns
    -------
    pandas.DataFrame
        Rows of `explained`, in their order.
    """
    marked = explained.merge(tested[KEY].assign(tested=True), on=KEY, how="left")
    is_tested = marked["tested"].notna().to_numpy()
    speakers = explained["clip_id"].map(manifest.set_index("clip_id")["speaker"])
    of_tested_speaker = speakers.isin(speakers[is_tested])
    return explained[is_tested | ((explained["true_emotion"] == NEUTRAL) & of_tested_speaker)]
