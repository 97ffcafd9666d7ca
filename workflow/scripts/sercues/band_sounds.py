"""Clips to look at and to listen to: with their best bands only, without them, or weighted."""

import numpy as np
import pandas as pd

from sercues.parts import Parts

KEY = ["clip_id", "fold", "target_kind", "target"]
BEST = 2  # parts with the largest weights


def examples(checks: pd.DataFrame, count: int) -> pd.DataFrame:
    """So many explanations, of as many emotions as there are.

    Parameters
    ----------
    checks : pandas.DataFrame
        Table `band_checks`.
    count : int

    Returns
    -------
    pandas.DataFrame
        Its rows: of each emotion in turn the clip the classifier is surest of, correct ones first.
    """
    # the predicted class where it was explained
    kind = "predicted" if (checks["target_kind"] == "predicted").any() else "true"
    own = checks[~checks["refit"] & (checks["target_kind"] == kind)]
    own = own.assign(wrong=own["emotion"] != own["predicted"])
    own = own.sort_values(["wrong", "original", "clip_id"], ascending=[True, False, True])
    turn = own.groupby("emotion").cumcount()
    own = own.assign(turn=turn).sort_values(["turn", "wrong", "emotion"], kind="stable")
    return own.head(count)


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
