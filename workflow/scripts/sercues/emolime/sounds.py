"""Example clips: with their best bands only, without them, or weighted."""

import numpy as np
import pandas as pd

from sercues.emolime.bands import Parts

BAND_KEY = ["clip_id", "refit", "fold", "target", "target_emotion"]
BEST = 2  # parts with the largest weights


def examples(checks: pd.DataFrame, wanted: int | list[str]) -> pd.DataFrame:
    """A number of explanations of as many emotions as possible, or those of given clips.

    Parameters
    ----------
    checks : pandas.DataFrame
        Table `band_checks`.
    wanted : int or list of str
        Number of clips, or their clip_ids.

    Returns
    -------
    pandas.DataFrame
        Rows of `checks`: per emotion in turn the clip with the highest probability, correct ones
        first; or the clips in the order of `wanted`, without those too faint to be explained.
    """
    # the predicted class if it was explained
    kind = "predicted_label" if (checks["target"] == "predicted_label").any() else "true_label"
    rows = checks[~checks["refit"] & (checks["target"] == kind)]
    if not isinstance(wanted, int):
        return rows.set_index("clip_id", drop=False).loc[
            [clip_id for clip_id in wanted if clip_id in set(rows["clip_id"])]
        ]
    rows = rows.assign(wrong=rows["emotion"] != rows["predicted_emotion"])
    rows = rows.sort_values(["wrong", "original", "clip_id"], ascending=[True, False, True])
    turn = rows.groupby("emotion").cumcount()
    rows = rows.assign(turn=turn).sort_values(["turn", "wrong", "emotion"], kind="stable")
    return rows.head(wanted)


def rows_of(bands: pd.DataFrame, check: dict) -> pd.DataFrame:
    """Rows of the table `bands` that belong to a row of `band_checks`."""
    return bands[(bands[BAND_KEY] == [check[name] for name in BAND_KEY]).all(axis=1)]


def versions(cut: Parts, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Versions of a clip by the weights of its parts.

    Parameters
    ----------
    cut : Parts
    weights : numpy.ndarray, shape (n_parts,)

    Returns
    -------
    dict
        `whole`; `best`, the two parts of largest weight; `rest`, all others; `weighted`, parts scaled
        by their positive weights. Shape (n_samples,) each.
    """
    best = np.isin(np.arange(len(cut)), np.argsort(-weights, kind="stable")[:BEST])
    positive = np.clip(weights, 0, None)
    gains = positive / positive.max() if positive.max() > 0 else positive
    versions = {"whole": np.ones(len(cut)), "best": best, "rest": ~best, "weighted": gains}
    return dict(zip(versions, cut.mixtures(np.stack(list(versions.values()))), strict=True))
