"""Clips to look at and to listen to: with their best bands only, without them, or weighted."""

import numpy as np
import pandas as pd

from sercues.emolime.bands import Parts

BAND_KEY = ["clip_id", "fold", "target", "target_emotion"]
BEST = 2  # parts with the largest weights


def examples(checks: pd.DataFrame, wanted: int | list[str]) -> pd.DataFrame:
    """So many explanations, of as many emotions as there are, or those of certain clips.

    Parameters
    ----------
    checks : pandas.DataFrame
        Table `band_checks`.
    wanted : int or list of str
        How many, or the clip_id of each.

    Returns
    -------
    pandas.DataFrame
        Its rows: of each emotion in turn the clip the classifier is surest of, correct ones first;
        or the clips in the order of `wanted`, but for those too faint to be explained.
    """
    # the predicted class where it was explained
    kind = "predicted_label" if (checks["target"] == "predicted_label").any() else "true_label"
    own = checks[~checks["refit"] & (checks["target"] == kind)]
    if not isinstance(wanted, int):
        return own.set_index("clip_id", drop=False).loc[
            [clip_id for clip_id in wanted if clip_id in set(own["clip_id"])]
        ]
    own = own.assign(wrong=own["emotion"] != own["predicted_emotion"])
    own = own.sort_values(["wrong", "original", "clip_id"], ascending=[True, False, True])
    turn = own.groupby("emotion").cumcount()
    own = own.assign(turn=turn).sort_values(["turn", "wrong", "emotion"], kind="stable")
    return own.head(wanted)


def rows_of(bands: pd.DataFrame, check: dict) -> pd.DataFrame:
    """Rows of the table `bands` that belong to a row of `band_checks`."""
    return bands[(bands[BAND_KEY] == [check[name] for name in BAND_KEY]).all(axis=1)]


def versions(cut: Parts, weights: np.ndarray) -> dict[str, np.ndarray]:
    """What is heard of a clip by what its parts weigh.

    Parameters
    ----------
    cut : Parts
    weights : numpy.ndarray, shape (n_parts,)

    Returns
    -------
    dict
        `whole`; `best`, the two parts that weigh most; `rest`, all others; `weighted`, parts that
        weigh something for the class in proportion to it. Shape (n_samples,) each.
    """
    best = np.isin(np.arange(len(cut)), np.argsort(-weights, kind="stable")[:BEST])
    positive = np.clip(weights, 0, None)
    gains = positive / positive.max() if positive.max() > 0 else positive
    versions = {"whole": np.ones(len(cut)), "best": best, "rest": ~best, "weighted": gains}
    return dict(zip(versions, cut.mixtures(np.stack(list(versions.values()))), strict=True))
