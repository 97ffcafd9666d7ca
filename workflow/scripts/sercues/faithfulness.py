"""Is an explanation faithful: do the windows it chose matter to the network, and more than others?

The scores of sets and orders of windows come from `coverings`; nothing here knows a network.
"""

from typing import NamedTuple

import numpy as np


class Rank(NamedTuple):
    """Where one set of windows stands among all sets of its size.

    Attributes
    ----------
    percentile : float
        Share of the sets with a smaller drop, those of the same drop by half: 1 is the best, 0.5
        what a blind choice gives on average.
    p : float
        Share of the sets whose drop is no smaller: the exact p of the choice against a blind one.
    regret : float
        Drop of the best set minus that of the choice, in units of the logit.
    """

    percentile: float
    p: float
    regret: float


def rank(chosen: float, drops: np.ndarray) -> Rank:
    """Rank of a set by how far covering it lowers the explained logit.

    Parameters
    ----------
    chosen : float
        Drop of the logit when the chosen windows are covered.
    drops : array, shape (n_sets,)
        The same for every set of as many windows, the chosen one among them, or for a random sample
        of sets; then the chosen one counts as one more.
    """
    drops = np.asarray(drops, dtype=np.float64)
    if not (drops == chosen).any():
        drops = np.append(drops, chosen)
    percentile = (drops < chosen).mean() + (drops == chosen).mean() / 2
    return Rank(float(percentile), float((drops >= chosen).mean()), float(drops.max() - chosen))


def probability(logits: np.ndarray, target: int) -> np.ndarray:
    """Softmax probability of one class, shape (n,), from logits of shape (n, classes)."""
    logits = np.asarray(logits, dtype=np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers[:, target] / powers.sum(axis=1)


def area(curve: np.ndarray) -> float:
    """Mean height of a deletion or insertion curve, by the trapezoidal rule.

    Deletion: lower is better. Insertion: higher is better. Petsiuk, Das & Saenko (2018), RISE.

    Parameters
    ----------
    curve : array, shape (n_windows + 1,)
        Probability of the explained class after each step.
    """
    curve = np.asarray(curve, dtype=np.float64)
    return float(np.trapezoid(curve) / (len(curve) - 1)) if len(curve) > 1 else float(curve[0])
