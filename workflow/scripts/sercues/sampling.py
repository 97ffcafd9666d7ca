"""Which of the held-out clips are explained."""

import hashlib

import pandas as pd

from sercues import tables


def choose_clips(
    predictions: pd.DataFrame,
    correct: int | str,
    misclassified: int | str,
    emotions: list[str],
    targets: list[str],
    seed: int,
) -> pd.DataFrame:
    """Held-out clips to explain: a stratified sample, or every one.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Table `predictions`.
    correct, misclassified : int or 'all'
        Clips per true emotion, fold and seed.
    emotions : list of str
        Clips whose true or predicted emotion is among them can be chosen.
    targets : list of {'predicted', 'true'}
        Classes to explain.
    seed : int
        Of the drawing. A clip's place in the drawing depends on the seed and its name only, so a
        smaller sample is part of a larger one.

    Returns
    -------
    pandas.DataFrame
        Table `explained`.
    """
    wanted = predictions["true"].isin(emotions) | predictions["predicted"].isin(emotions)
    clips = predictions.loc[wanted, ["clip_id", "fold", "seed", "true", "predicted", "correct"]]
    clips = thinned(clips, correct, misclassified, seed)
    kinds = [clips.assign(target_kind=kind, target=clips[kind]) for kind in targets]
    return pd.concat(kinds, ignore_index=True)[tables.columns("explained")]


def thinned(
    clips: pd.DataFrame, correct: int | str, misclassified: int | str, seed: int
) -> pd.DataFrame:
    """So many clips of each fold, seed, true emotion and correctness, drawn by lot.

    Parameters
    ----------
    clips : pandas.DataFrame
        Columns clip_id, fold, seed, true and correct; a clip may have several rows, for several
        explained classes, which stay together.
    correct, misclassified, seed
        As in `choose_clips`.

    Returns
    -------
    pandas.DataFrame
        Rows of `clips`, in the order of the drawing. A part of what larger numbers give.
    """
    places = clips[["clip_id", "fold", "seed", "true", "correct"]].drop_duplicates()
    lots = [
        hashlib.sha256(f"{seed} {clip_id}".encode()).hexdigest() for clip_id in places["clip_id"]
    ]
    places = places.assign(lot=lots).sort_values(["lot", "clip_id"])
    place = places.groupby(["fold", "seed", "true", "correct"]).cumcount()
    limit = places["correct"].map({True: correct, False: misclassified})
    places = places[(limit == "all") | (place < pd.to_numeric(limit, errors="coerce"))]
    return places[["clip_id", "fold", "seed"]].merge(clips, on=["clip_id", "fold", "seed"])
