"""Contribution of each part of a recording to a score, from the scores of masked recordings.

LIME's weighted linear surrogate (Ribeiro et al. 2016) and Shapley values from the same masks, and the
effect of deleting and inserting parts in order. A mask says which parts are kept; in its number, bit
j stands for part j.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from scipy.special import ndtri

from sercues.stats.level import LEVEL

KERNEL_WIDTH = 0.25  # as in the published code, and LIME's default for text and images
CHANCE = 1e-6  # probabilities are kept this far from 0 and 1
REACH = ndtri((1 + LEVEL) / 2)  # standard errors on either side of an interval


@dataclass(frozen=True)
class Surrogate:
    """A weighted linear model of the score.

    Attributes
    ----------
    weights, low, high : numpy.ndarray, shape (n_parts,)
        Change of the score by keeping the part, and its interval. If every mask is scored, there
        is no sampling error, and the interval shows how far the score is from linear.
    intercept : float
        Surrogate's score without any part.
    r2 : float
        Weighted share of the score's variance explained; NaN if the score is constant.
    """

    weights: np.ndarray
    low: np.ndarray
    high: np.ndarray
    intercept: float
    r2: float


def all_masks(n_parts: int) -> np.ndarray:
    """Every mask, bool of shape (2 ** n_parts, n_parts); row i is mask number i."""
    return unpacked(np.arange(2**n_parts), n_parts)


def drawn_masks(n_parts: int, count: int, seed: int) -> np.ndarray:
    """The masks of all parts and of none, and others drawn without repetition.

    Parameters
    ----------
    n_parts, count : int
        A `count` of 2 ** n_parts or more gives every mask.
    seed : int

    Returns
    -------
    numpy.ndarray of bool, shape (at most count, n_parts)
        In the order of their numbers.
    """
    if count >= 2**n_parts:
        return all_masks(n_parts)
    rng = np.random.default_rng(seed)
    chosen = {(True,) * n_parts, (False,) * n_parts}
    while len(chosen) < count:
        chosen.add(tuple(rng.integers(0, 2, n_parts).astype(bool).tolist()))
    return np.array(sorted(chosen, key=lambda mask: mask[::-1]))


def published_masks(n_parts: int, count: int) -> np.ndarray:
    """Masks of the published code: fair coins, with repetition; the first has all parts."""
    masks = np.random.RandomState(42).randint(0, 2, count * n_parts).reshape(count, n_parts)
    masks[0] = 1
    return masks.astype(bool)


def masks_of(n_parts: int, sounding: np.ndarray, settings: dict) -> np.ndarray:
    """Masks of a clip.

    Parameters
    ----------
    n_parts : int
    sounding : numpy.ndarray of int
        Parts that are not silent.
    settings : dict
        Protocol's block with `masks`, their largest number, and `sampling`.

    Returns
    -------
    numpy.ndarray of bool, shape (n_masks, n_parts)
        Silent parts are in every mask, unless `sampling` is 'bernoulli', which draws them too.
    """
    if settings["sampling"] == "bernoulli":
        return published_masks(n_parts, settings["masks"])
    masks = np.ones((min(settings["masks"], 2 ** len(sounding)), n_parts), bool)
    masks[:, sounding] = drawn_masks(len(sounding), len(masks), seed=0)
    return masks


def packed(masks: np.ndarray) -> np.ndarray:
    """Number of each mask, int64 of shape (n_masks,)."""
    return masks @ (1 << np.arange(masks.shape[1], dtype=np.int64))


def unpacked(numbers: np.ndarray, n_parts: int) -> np.ndarray:
    """Masks from their numbers, bool of shape (n_masks, n_parts)."""
    return (np.asarray(numbers)[:, None] >> np.arange(n_parts) & 1).astype(bool)


def kernel(masks: np.ndarray) -> np.ndarray:
    """LIME's weight of each mask: exponential in its cosine distance from the full mask.

    The distance of k of n parts is 1 − √(k / n).
    """
    distance = 1 - np.sqrt(masks.mean(axis=1))
    return np.sqrt(np.exp(-((distance / KERNEL_WIDTH) ** 2)))


def fit(
    masks: np.ndarray, scores: np.ndarray, weights: np.ndarray, alpha: float = 0.0
) -> Surrogate:
    """Weighted least squares, with a ridge penalty on all but the intercept.

    Parameters
    ----------
    masks : numpy.ndarray of bool, shape (n_masks, n_parts)
    scores, weights : numpy.ndarray, shape (n_masks,)
    alpha : float
        Penalty, as in scikit-learn's `Ridge`.

    Returns
    -------
    Surrogate
        With intervals from the heteroscedasticity-consistent covariance HC1 (MacKinnon & White
        1985).
    """
    share = weights / weights.sum()
    centre, mean = share @ masks, share @ scores
    x, y = masks - centre, scores - mean
    weighted = x * weights[:, None]
    inverse = np.linalg.pinv(weighted.T @ x + alpha * np.eye(masks.shape[1]))
    slopes = inverse @ (weighted.T @ y)
    error = y - x @ slopes
    total = weights @ y**2
    free = max(1, len(masks) - masks.shape[1] - 1)
    covariance = inverse @ (weighted.T * error**2) @ weighted @ inverse * len(masks) / free
    reach = REACH * np.sqrt(np.clip(np.diag(covariance), 0, None))
    return Surrogate(
        slopes,
        slopes - reach,
        slopes + reach,
        float(mean - centre @ slopes),
        float(1 - weights @ error**2 / total) if total > 0 else np.nan,
    )


def shapley(scores: np.ndarray) -> np.ndarray:
    """Exact Shapley values of the parts.

    Parameters
    ----------
    scores : numpy.ndarray, shape (2 ** n_parts,)
        Score of every mask, by its number.

    Returns
    -------
    numpy.ndarray, shape (n_parts,)
        They add up to the score of all parts minus that of none.
    """
    n_parts = len(scores).bit_length() - 1
    numbers = np.arange(len(scores))
    size = all_masks(n_parts).sum(axis=1)
    share = np.array([1 / (n_parts * comb(n_parts - 1, k)) for k in range(n_parts)])
    values = np.empty(n_parts)
    for part in range(n_parts):
        without = numbers[numbers >> part & 1 == 0]
        gain = scores[without | 1 << part] - scores[without]
        values[part] = share[size[without]] @ gain
    return values


def curve(scores: np.ndarray, order: np.ndarray, insert: bool) -> np.ndarray:
    """Score after the first 0, 1, … parts of `order` are deleted, or inserted into silence.

    Parameters
    ----------
    scores : numpy.ndarray, shape (2 ** n_parts,)
    order : numpy.ndarray of int, shape (..., n_parts)
        Parts in order; several orders at once are possible.
    insert : bool

    Returns
    -------
    numpy.ndarray, shape (..., n_parts + 1)
    """
    none = np.zeros((*order.shape[:-1], 1), np.int64)
    numbers = np.concatenate([none, np.cumsum(1 << order.astype(np.int64), axis=-1)], axis=-1)
    return scores[numbers if insert else len(scores) - 1 - numbers]


def area(values: np.ndarray) -> np.ndarray:
    """Area under curves over the share of parts, by the trapezoidal rule.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (..., n + 1)
        Values after 0 to n of n parts, n at least 1.

    Returns
    -------
    numpy.ndarray, shape (...)
        In the unit of `values`.
    """
    return np.trapezoid(values) / (values.shape[-1] - 1)


def share_below(value: float, others: np.ndarray) -> float:
    """Share of `others` below `value`, counting ties half; NaN without `others`.

    Parameters
    ----------
    value : float
    others : numpy.ndarray, shape (n,)

    Returns
    -------
    float
        As `scipy.stats.percentileofscore` of kind 'mean' over 100, up to the last bit.
    """
    return float((others < value).mean() + (others == value).mean() / 2)


def faithfulness(scores: np.ndarray, weights: np.ndarray, orders: int, seed: int) -> dict:
    """How well the parts' order by signed weight deletes and inserts the score.

    Parameters
    ----------
    scores : numpy.ndarray, shape (2 ** n_parts,)
    weights : numpy.ndarray, shape (n_parts,)
        Largest first, so evidence against the class is removed last.
    orders : int
        Number of random orders.
    seed : int

    Returns
    -------
    dict
        `deletion`, `insertion`: areas; with `_random` their exact expectation over all orders, with
        `_rank` the share of random orders that are worse, counting ties half.
    """
    order = np.argsort(-weights, kind="stable")
    rng = np.random.default_rng(seed)
    drawn = rng.permuted(np.tile(np.arange(len(weights)), (orders, 1)), axis=1)
    size = all_masks(len(weights)).sum(axis=1)
    mean = np.array([scores[size == k].mean() for k in range(len(weights) + 1)])
    measures = {}
    for name, insert in (("deletion", False), ("insertion", True)):
        observed = area(curve(scores, order, insert))
        others = area(curve(scores, drawn, insert))
        measures[name] = float(observed)
        measures[f"{name}_random"] = float(area(mean))
        sign = 1 if insert else -1
        measures[f"{name}_rank"] = share_below(sign * observed, sign * others)
    return measures


def quantity(probabilities: np.ndarray, target: int, kind: str) -> np.ndarray:
    """The explained score.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (n, n_classes)
    target : int
        Index of the class.
    kind : {'probability', 'log_odds', 'margin'}
        The class's probability, its log-odds, or the log of its ratio to the most probable other.

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    clipped = np.clip(probabilities.astype(np.float64), CHANCE, 1 - CHANCE)
    p = clipped[:, target]
    if kind == "probability":
        return probabilities[:, target].astype(np.float64)
    if kind == "log_odds":
        return np.log(p / (1 - p))
    if kind == "margin":
        return np.log(p / np.delete(clipped, target, axis=1).max(axis=1))
    raise ValueError(f"unknown quantity: {kind}")
