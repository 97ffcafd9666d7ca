"""Areas under curves of scores that should be lower for misclassified clips.

Clips are compared within the predicted class, and for tests within speakers, too: an error is then
found by what distinguishes it from other clips predicted as the same, not by how often that class or
that speaker is predicted rightly.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from sercues.stats import bootstrap, permutation, within
from sercues.stats.bootstrap import Estimate, Resampling
from sercues.stats.within import Compared

FEW_DRAWS = 1000  # for measures that need every clip in every draw


def auroc(
    values: np.ndarray,
    right: np.ndarray,
    strata: Sequence,
    speakers: Sequence[str],
    resampling: Resampling,
) -> Estimate:
    """Area under the ROC curve over pairs of a correct and a misclassified clip of one stratum.

    The mean of the strata's areas, weighted by their numbers of pairs: the AUROC adjusted for a
    covariate (Janes & Pepe 2009, Biometrika 96, 371-382), with the weights of a stratified Mann–Whitney
    statistic. The interval is of a bootstrap over speakers; NaN without a pair.

    Parameters
    ----------
    values, right : arrays, shape (n_clips,)
        Scores, and whether the prediction is right.
    strata : sequence, length n_clips
        Predicted class; one value for all gives the usual area.
    speakers : sequence of str, length n_clips
        Speaker of each clip.
    resampling : Resampling
        Of the bootstrap.
    """
    delta = permutation.cliffs_delta(values, right, speakers, resampling, strata)
    value, low, high = ((1 + number) / 2 for number in delta[:3])
    return delta._replace(value=value, low=low, high=high)


def precisions(
    values: np.ndarray, right: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Average precision per draw of finding misclassified clips by a low score, and its weight.

    Parameters
    ----------
    values, right : arrays, shape (n_clips,)
        Scores, and whether the prediction is right.
    times : array, shape (n_draws, n_clips)
        How often each draw contains each clip.

    Returns
    -------
    areas, weights : numpy.ndarray, shape (n_draws,)
        As from `sklearn.metrics.average_precision_score`, which takes one draw at a time, and the
        number of errors; 0 without any.
    """
    seen, wrong = _cumulated(values, right, times)
    share = np.divide(wrong, seen, out=np.zeros(seen.shape), where=seen > 0)
    total = (np.diff(wrong, axis=1, prepend=0) * share).sum(axis=1)
    return total / np.maximum(wrong[:, -1], 1), wrong[:, -1]


def risks(
    values: np.ndarray, right: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Area under the risk–coverage curve per draw, and its weight; tied clips share their mean rank.

    Geifman, Uziel & El-Yaniv 2019 (arXiv 1805.08206). Parameters and result as in `precisions`; the
    weight is the number of clips.
    """
    seen, wrong = _cumulated(-values, right, times)
    size, errors = (np.diff(numbers, axis=1, prepend=0) for numbers in (seen, wrong))
    rate = np.divide(errors, size, out=np.zeros(seen.shape), where=size > 0)
    # a tie of m clips after c clips with e errors adds the sum of (e + rate i) / (c + i), i = 1 … m
    harmonic = np.append(0, np.cumsum(1 / np.arange(1, seen[:, -1].max(initial=0) + 1)))
    steps = harmonic[seen] - harmonic[seen - size]
    area = errors + (wrong - errors - rate * (seen - size)) * steps
    return area.sum(axis=1) / np.maximum(seen[:, -1], 1), seen[:, -1]


def _cumulated(values: np.ndarray, right: np.ndarray, times: np.ndarray):
    """Clips and errors up to each distinct value, from the lowest: two (n_draws, n_values) arrays."""
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.diff(values[order], append=np.inf))
    return (
        np.cumsum(times[:, order] * counted[order], axis=1)[:, ends]
        for counted in (np.ones(len(values), dtype=int), (~right).astype(int))
    )


def resampled(
    function: Callable,
    values: np.ndarray,
    right: np.ndarray,
    strata: np.ndarray,
    speakers: np.ndarray,
    resampling: Resampling,
) -> Estimate:
    """Mean over strata of a function of scores and outcomes, with an interval over speakers.

    Parameters
    ----------
    function : callable
        Of values, outcomes and how often each draw contains each clip, shape (n_draws, n_clips);
        returns a number and its weight per draw, as `precisions`.
    values, right, strata, speakers : arrays, shape (n_clips,)
        Scores, whether the prediction is right, the predicted class and the speaker.
    resampling : Resampling
        At most `FEW_DRAWS` draws are taken. Draws with only one outcome are dropped.
    """
    names, codes = np.unique(speakers, return_inverse=True)

    def mean(times: np.ndarray) -> np.ndarray:
        parts = [
            function(values[clips], right[clips], times[:, clips])
            for clips in (strata == stratum for stratum in np.unique(strata))
        ]
        numbers, weights = (np.stack(each) for each in zip(*parts, strict=True))
        return (numbers * weights).sum(axis=0) / weights.sum(axis=0)

    value = mean(np.ones((1, len(values)), dtype=int))[0]
    few = resampling._replace(draws=min(resampling.draws, FEW_DRAWS))
    times = bootstrap.resampled_totals(np.eye(len(names)), few).astype(int)[:, codes]
    both = times[:, right].any(axis=1) & times[:, ~right].any(axis=1)
    fewest = min(len(np.unique(codes[group])) for group in (right, ~right))
    low, high = bootstrap.interval(mean(times[both]), fewest)
    return Estimate(value, low, high, len(values), len(names))


def ranks(values: np.ndarray, predicted: Sequence[str], speakers: Sequence[str]) -> np.ndarray:
    """Rank of each clip among those of the same predicted class and speaker, over their number.

    Parameters
    ----------
    values : array, shape (n_clips, n_scores)
        Ties share their mean rank.
    predicted, speakers : sequence of str, length n_clips
        Predicted class, and speaker.

    Returns
    -------
    array, shape (n_clips, n_scores)
    """
    return pd.DataFrame(values).groupby(_cells(predicted, speakers)).rank(pct=True).to_numpy()


def unexplained(
    ranked: np.ndarray, covariates: np.ndarray, predicted: Sequence[str], speakers: Sequence[str]
) -> np.ndarray:
    """Ranks minus what covariates explain of them among clips of one predicted class and speaker.

    Rank analysis of covariance (Quade 1967, Journal of the American Statistical Association 62,
    1187-1200): a linear function, fitted by least squares to deviations from the mean of the clips of
    the same class and speaker. Outcomes do not enter, so nothing is fitted to them.

    Parameters
    ----------
    ranked : array, shape (n_clips, n_scores)
        From `ranks`.
    covariates : array, shape (n_clips, n_covariates)
    predicted, speakers
        As in `ranks`.

    Returns
    -------
    array, shape (n_clips, n_scores)
    """
    cells = _cells(predicted, speakers)
    x, y = (
        (table - table.groupby(cells).transform("mean")).to_numpy()
        for table in map(pd.DataFrame, (covariates, ranked))
    )
    return ranked - covariates @ np.linalg.lstsq(x, y, rcond=None)[0]


def within_speakers(
    ranked: np.ndarray,
    right: np.ndarray,
    predicted: Sequence[str],
    speakers: Sequence[str],
    resampling: Resampling,
) -> Compared:
    """AUROC over pairs of a correct and a misclassified clip of one predicted class and speaker.

    The area of a speaker's clips of a class, minus 1/2, is the difference between the mean `ranks` of
    the two groups. Areas are averaged with the weight n₁ n₂ / (n₁ + n₂), as in van Elteren's (1960)
    test of stratified ranks (Bulletin de l'Institut International de Statistique 37, 351-361; there
    n₁ + n₂ + 1). Neither a trait of the speaker nor one of the class has an effect.

    Parameters
    ----------
    ranked : array, shape (n_clips, n_columns)
        From `ranks` or `unexplained`, or a difference of these.
    right : array of bool, shape (n_clips,)
        Whether the prediction is right.
    predicted, speakers
        As in `ranks`.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.

    Returns
    -------
    Compared
        Areas minus 1/2, or differences of areas, with p that they are 0. Counts are of clips that are in
        a pair, `n_second` of misclassified ones.
    """
    return within.compare(ranked, right, speakers, resampling, strata=predicted)


def _cells(predicted: Sequence[str], speakers: Sequence[str]) -> list[np.ndarray]:
    """Keys of the clips of one predicted class and speaker."""
    return [np.asarray(predicted, dtype=str), np.asarray(speakers, dtype=str)]
