"""Which of the held-out clips are explained."""

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
    """Held-out clips to explain: a stratified sample, or every one.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Table `predictions`.
    correct, misclassified : int or 'all'
        Clips per true emotion, fold and seed.
    emotions : list of str
        Clips whose true or predicted emotion is among them can be chosen.
    targets : list of {'predicted_label', 'true_label'}
        Classes to explain.
    seed : int
        Of the drawing. A clip's place in the drawing depends on the seed and its name only, so a
        smaller sample is part of a larger one.

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
    kinds = [clips.assign(target=name, target_emotion=clips[EMOTION_OF[name]]) for name in targets]
    return pd.concat(kinds, ignore_index=True)[tables.columns("explained")]


def choose_tested_clips(
    explained: pd.DataFrame,
    manifest: pd.DataFrame,
    correct: int | str,
    misclassified: int | str,
    seed: int,
) -> pd.DataFrame:
    """Which of the explained clips are tested, and which the methods that are only compared explain.

    Parameters
    ----------
    explained : pandas.DataFrame
        Table `explained`.
    manifest : pandas.DataFrame
        Columns clip_id and speaker.
    correct, misclassified : int or 'all'
        Tested clips per true emotion, fold and seed.
    seed : int
        Of the drawing, as in `choose_clips`.

    Returns
    -------
    pandas.DataFrame
        Table `tested`: a row per row of `explained`; `comparison_methods` as in `with_neutral`.
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
    """The explained clips of a choice, in their order.

    Parameters
    ----------
    explained, choice : pandas.DataFrame
        Tables `explained` and `tested`.
    name : {'tested', 'compared'}
        Column of the choice.
    """
    return explained.merge(choice.loc[choice[name], KEY], on=KEY)


def sample_by_speaker(clips: pd.DataFrame, count: int | str, seed: int, first=()) -> list[str]:
    """So many clips per emotion, of as many speakers as there are, drawn by lot.

    Parameters
    ----------
    clips : pandas.DataFrame
        Columns clip_id, emotion and speaker, a row per clip.
    count : int or 'all'
    seed : int
    first : collection of str
        Clips that are taken before others of the same speaker and emotion.

    Returns
    -------
    list of str
        Their clip_id, sorted. A part of what a larger number gives.
    """
    drawn = clips.assign(
        lot=_lots(clips["clip_id"], seed), later=~clips["clip_id"].isin(list(first))
    )
    drawn = drawn.sort_values(["later", "lot", "clip_id"])
    # every speaker's first clip comes before anyone's second
    drawn["round"] = drawn.groupby(["emotion", "speaker"]).cumcount()
    drawn = drawn.sort_values(["round", "lot", "clip_id"])
    place = drawn.groupby("emotion").cumcount()
    return sorted(drawn.loc[(place < count) if count != "all" else (place >= 0), "clip_id"])


def _lots(clip_ids: pd.Series, seed: int) -> list[str]:
    return [hashlib.sha256(f"{seed} {clip_id}".encode()).hexdigest() for clip_id in clip_ids]


def stratified_sample(
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
    places = clips[["clip_id", "fold", "seed", "true_emotion", "correct"]].drop_duplicates()
    places = places.assign(lot=_lots(places["clip_id"], seed)).sort_values(["lot", "clip_id"])
    place = places.groupby(["fold", "seed", "true_emotion", "correct"]).cumcount()
    limit = places["correct"].map({True: correct, False: misclassified})
    places = places[(limit == "all") | (place < pd.to_numeric(limit, errors="coerce"))]
    return places[["clip_id", "fold", "seed"]].merge(clips, on=["clip_id", "fold", "seed"])


def with_neutral(
    explained: pd.DataFrame, tested: pd.DataFrame, manifest: pd.DataFrame
) -> pd.DataFrame:
    """The explained clips that are tested, and every truly neutral one of their speakers.

    Plausibility sets a clip against these (`plausibility.score_clips`), so with all of them it has the
    same reference as if every explained clip were there.

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
    speakers = manifest.set_index("clip_id")["speaker"]
    wanted = explained.merge(tested[KEY].assign(tested=True), on=KEY, how="left")["tested"].notna()
    spoken = explained["clip_id"].map(speakers)
    heard = spoken.isin(spoken[wanted.to_numpy()])
    return explained[
        wanted.to_numpy() | ((explained["true_emotion"] == NEUTRAL) & heard).to_numpy()
    ]
