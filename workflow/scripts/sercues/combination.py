"""Two methods together, the ablation beside each alone: what either points at, or both."""

import numpy as np
import pandas as pd

KEY = ["fold", "seed", "clip_id", "target_kind"]
PARTS = ("occlusion", "crp")
KINDS = {"union": np.maximum, "intersection": np.minimum}


def combine(maps: dict[str, pd.DataFrame], kind: str) -> pd.DataFrame:
    """Maps of `PARTS` as one: cell by cell the larger share of positive relevance, or the smaller.

    Parameters
    ----------
    maps : dict of pandas.DataFrame
        Rows of the table `saliency` of both methods, columns `KEY`, map, n_mels and n_total. A clip
        that one of them lacks is left out.
    kind : {"union", "intersection"}

    Returns
    -------
    pandas.DataFrame
        The same columns. A map without positive relevance counts as zero everywhere.
    """
    first, second = (maps[name].set_index(KEY) for name in PARTS)
    both = first.index.intersection(second.index, sort=False)
    pairs = zip(first.loc[both, "map"], second.loc[both, "map"], strict=True)
    joined = [KINDS[kind](_shares(a), _shares(b)) for a, b in pairs]
    return first.loc[both, ["n_mels", "n_total"]].assign(map=joined).reset_index()


def _shares(relevance: np.ndarray) -> np.ndarray:
    """Positive relevance of each cell as a share of all of it."""
    positive = np.clip(np.asarray(relevance, dtype=np.float64), 0, None)
    return positive / (positive.sum() or 1)
