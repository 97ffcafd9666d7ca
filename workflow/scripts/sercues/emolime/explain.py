"""EmoLIME: contribution of each part of a clip to a class, from the scores of its masks."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sercues.core import tables
from sercues.saliency import surrogate

ORDERS = 200  # random orders of the parts of a clip, to compare its order with


def table(row) -> np.ndarray:
    """Probabilities of the distinct masks of a row of `masked_scores`, shape (n_masks, n_classes)."""
    return np.reshape(row.scores, (len(row.masks), len(row.labels))).astype(np.float64)


def explain(row, target: str, settings: dict) -> tuple[pd.DataFrame, dict]:
    """Weights of the parts of a clip, and checks of them.

    Parameters
    ----------
    row
        Row of the table `masked_scores`, from `itertuples`.
    target : str
        Class to explain.
    settings : dict
        The protocol's `bands` block: `score`, `alpha`, and what `surrogate.masks_of` needs.

    Returns
    -------
    parts : pandas.DataFrame
        Columns part, low_hz, high_hz, start_s, end_s, silent, weight, ci_low, ci_high and shapley.
        Silent parts have weight 0 unless they were sampled. `shapley` is missing unless every mask
        was scored.
    checks : dict
        r2, n_masks (distinct), and `original`, p of the class for the unmasked clip.
    """
    sounding, index = np.asarray(row.sounding), list(row.labels).index(target)
    scores = surrogate.quantity(table(row), index, settings["score"])
    masks = surrogate.masks_of(len(row.low_hz), sounding, settings)
    # the rows of `masked_scores` are in the order of their masks
    rows = np.searchsorted(row.masks, surrogate.packed(masks[:, sounding]))
    columns = np.arange(len(row.low_hz)) if settings["sampling"] == "bernoulli" else sounding
    masks = masks[:, columns]
    fitted = surrogate.fit(masks, scores[rows], surrogate.kernel(masks), settings["alpha"])
    values = {
        name: np.zeros(len(row.low_hz)) for name in ("weight", "ci_low", "ci_high", "shapley")
    }
    values["weight"][columns] = fitted.weights
    values["ci_low"][columns] = fitted.low
    values["ci_high"][columns] = fitted.high
    if is_whole(row):
        values["shapley"][sounding] = surrogate.shapley(scores)
    else:
        values["shapley"][:] = np.nan
    edges = {name: getattr(row, name) for name in ("low_hz", "high_hz", "start_s", "end_s")}
    silent = ~np.isin(np.arange(len(row.low_hz)), sounding)
    parts = pd.DataFrame({"part": np.arange(len(silent)), **edges, "silent": silent, **values})
    checks = {"r2": fitted.r2, "n_masks": len(np.unique(rows)), "original": row.original[index]}
    return parts, checks


def is_whole(row) -> bool:
    """Whether every mask of the clip was scored."""
    return len(row.masks) == 2 ** len(row.sounding)


def targets_of(row, emotion: str, kinds: list[str]) -> Iterator[tuple[str, str]]:
    """Kind and class of each explanation of a clip.

    Parameters
    ----------
    row
        Of the table `masked_scores`.
    emotion : str
        Its true emotion.
    kinds : list of {'predicted_label', 'true_label', 'all_labels'}
    """
    for kind in kinds:
        if kind == "predicted_label":
            yield kind, row.labels[int(np.argmax(row.original))]
        elif kind == "true_label":
            yield kind, emotion
        else:
            yield from ((kind, label) for label in row.labels)


def explain_clips(
    scored: pd.DataFrame, emotions: pd.Series, settings: dict, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weights of the parts of many clips, and their faithfulness.

    Parameters
    ----------
    scored : pandas.DataFrame
        Table `masked_scores`.
    emotions : pandas.Series
        True emotion by clip_id.
    settings : dict
        The protocol's `bands` block.
    seed : int
        Seed of the random orders of the parts, as in `surrogate.faithfulness`.

    Returns
    -------
    bands, checks : pandas.DataFrame
        Tables `bands` and `band_checks`.
    """
    weights, checks = [tables.empty("bands")], []
    for row in scored.itertuples():
        emotion = emotions[row.clip_id]
        for kind, target in targets_of(row, emotion, settings["targets"]):
            key = {
                "clip_id": row.clip_id,
                "fold": row.fold,
                "refit": row.refit,
                "target": kind,
                "target_emotion": target,
            }
            parts, check = explain(row, target, settings)
            weights.append(parts.assign(**key))
            faithful = {}
            if is_whole(row):
                scores = table(row)[:, list(row.labels).index(target)]
                sounding_weights = parts["weight"].to_numpy()[np.asarray(row.sounding)]
                faithful = surrogate.faithfulness(scores, sounding_weights, ORDERS, seed)
            predicted = row.labels[int(np.argmax(row.original))]
            checks.append(
                {**key, "emotion": emotion, "predicted_emotion": predicted, **check, **faithful}
            )
    columns = tables.columns("band_checks")
    return (
        pd.concat(weights[1:] or weights, ignore_index=True)[tables.columns("bands")],
        pd.DataFrame(checks).reindex(columns=columns) if checks else tables.empty("band_checks"),
    )
