"""Means, differences and recalls with intervals from a bootstrap over speakers.

Clips of a speaker are alike, so speakers are resampled: each draw takes as many speakers as there
are, with replacement, with all their clips. Every estimate here is a function of totals over
speakers, so one matrix product gives all draws.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sercues.core.errors import InputError
from sercues.stats.level import LEVEL

MIN_SPEAKERS = 5  # with four, the interval covers less than 90 %
NO_INTERVAL = f"no interval: a mean over fewer than {MIN_SPEAKERS} speakers"
COLUMNS = ("value", "ci_low", "ci_high", "n_clips", "n_speakers")  # of an `Estimate` in a table
BLOCK = 2**22  # resampled speakers held in memory at once


class Resampling(NamedTuple):
    """Number of draws of a bootstrap or permutation, and their seed."""

    draws: int
    seed: int


class Estimate(NamedTuple):
    """A value, its interval (NaN if there is none), and its numbers of clips and speakers."""

    value: float
    low: float
    high: float
    n_clips: int
    n_speakers: int

    @classmethod
    def of(cls, row: pd.Series | Mapping) -> "Estimate":
        """The estimate in the `COLUMNS` of a table's row."""
        value, low, high, n_clips, n_speakers = (row[name] for name in COLUMNS)
        return cls(value, low, high, int(n_clips), int(n_speakers))

    def columns(self) -> dict:
        """The estimate as `COLUMNS` of a table's row."""
        return dict(zip(COLUMNS, self, strict=True))

    def minus(self, number: float) -> "Estimate":
        """Value and interval minus a known number."""
        value, low, high = (end - number for end in self[:3])
        return self._replace(value=value, low=low, high=high)


def speakers_of(clip_ids: pd.Series, manifest: pd.DataFrame) -> np.ndarray:
    """Speaker of each clip, from the table `manifest`.

    Raises
    ------
    InputError
        A clip has no speaker, which intervals need.
    """
    speakers = clip_ids.map(manifest.set_index("clip_id")["speaker"])
    if speakers.isna().any():
        raise InputError(
            f"Clip '{clip_ids[speakers.isna()].iloc[0]}' has no speaker in the manifest; name the "
            "speaker of every clip, for intervals are drawn over speakers."
        )
    return speakers.to_numpy(dtype=str)


def means(values: np.ndarray, speakers: Sequence[str], resampling: Resampling) -> list[Estimate]:
    """Mean over clips of each column, with its interval.

    Parameters
    ----------
    values : array, shape (n_clips, n_columns)
        Missing values (NaN) are left out, column by column.
    speakers : sequence of str, length n_clips
        Speaker of each clip.
    resampling : Resampling
        Equal seeds give equal results regardless of the order of the clips.

    Returns
    -------
    list of Estimate
        One per column; the value of a column without values is NaN.
    """
    return resampled_means(values, speakers, resampling)[0]


def resampled_means(
    values: np.ndarray, speakers: Sequence[str], resampling: Resampling
) -> tuple[list[Estimate], np.ndarray]:
    """`means`, and the means in each draw, shape (draws, n_columns).

    One row of NaN if no column has an interval.
    """
    values = _columns(values, speakers)
    names = np.unique(np.asarray(speakers, dtype=str))
    totals = speaker_totals(values, speakers, names)
    width = values.shape[1]
    return estimates_of_totals(
        totals,
        lambda total: ratio(total[:, :width], total[:, width:]),
        n_clips=totals[:, width:].sum(axis=0),
        n_speakers=(totals[:, width:] > 0).sum(axis=0),
        smallest=(totals[:, width:] > 0).sum(axis=0),
        resampling=resampling,
    )


def means_of_clips(
    clips: pd.DataFrame, manifest: pd.DataFrame, resampling: Resampling
) -> list[Estimate]:
    """`means` of a table with one row per clip.

    Parameters
    ----------
    clips : pandas.DataFrame
        Numbers, indexed by clip_id.
    manifest : pandas.DataFrame
        Table `manifest`, for the speakers.
    resampling : Resampling
        As in `means`.

    Raises
    ------
    InputError
        A clip has no speaker.
    """
    speakers = speakers_of(clips.index.to_series(), manifest)
    return means(clips.to_numpy(dtype=float), speakers, resampling)


def accuracy(
    true: Sequence[str], predicted: Sequence[str], speakers: Sequence[str], resampling: Resampling
) -> Estimate:
    """Share of clips with the correct predicted label, with its interval."""
    hits = np.asarray(true, dtype=str) == np.asarray(predicted, dtype=str)
    return means(hits[:, None], speakers, resampling)[0]


def recalls(
    true: Sequence[str], predicted: Sequence[str], speakers: Sequence[str], resampling: Resampling
) -> dict[str, Estimate]:
    """Recall of each true label, with its interval."""
    hits, labels = _hits_by_label(true, predicted)
    return dict(zip(labels, means(hits, speakers, resampling), strict=True))


def unweighted_average_recall(
    true: Sequence[str], predicted: Sequence[str], speakers: Sequence[str], resampling: Resampling
) -> Estimate:
    """Mean recall of the true labels (UAR, balanced accuracy), with its interval.

    Labels without clips are left out. Draws in which a label has no clip are ignored.
    """
    hits, _ = _hits_by_label(true, predicted)
    names = np.unique(np.asarray(speakers, dtype=str))
    totals = speaker_totals(hits, speakers, names)
    width = hits.shape[1]
    return estimates_of_totals(
        totals,
        lambda total: ratio(total[:, :width], total[:, width:]).mean(axis=1, keepdims=True),
        n_clips=np.array([len(hits)]),
        n_speakers=np.array([len(names)]),
        smallest=np.array([len(names)]),
        resampling=resampling,
    )[0][0]


def shared_variance(
    first: np.ndarray, second: np.ndarray, speakers: Sequence[str], resampling: Resampling
) -> Estimate:
    """Squared correlation over clips: the share of variance one column explains of the other.

    Parameters
    ----------
    first, second : arrays, shape (n_clips,)
        Clips that lack either value are left out.
    speakers, resampling
        As in `means`.
    """
    both = np.isfinite(first) & np.isfinite(second)
    x, y, speakers = first[both], second[both], np.asarray(speakers, dtype=str)[both]
    # centred, so that the differences of sums below lose no digits
    x, y = x - (x.mean() if len(x) else 0), y - (y.mean() if len(y) else 0)
    names = np.unique(speakers)
    terms = np.column_stack([x, y, x * x, y * y, x * y])

    def squared_correlation(total: np.ndarray) -> np.ndarray:
        sx, sy, sxx, syy, sxy = total[:, :5].T
        n = total[:, 5]
        spread = (n * sxx - sx**2) * (n * syy - sy**2)
        return ratio((n * sxy - sx * sy) ** 2, np.where(spread > 1e-12, spread, 0))[:, None]

    return estimates_of_totals(
        speaker_totals(terms, speakers, names),
        squared_correlation,
        n_clips=np.array([len(x)]),
        n_speakers=np.array([len(names)]),
        smallest=np.array([len(names)]),
        resampling=resampling,
    )[0][0]


def speaker_totals(values: np.ndarray, speakers: Sequence[str], names: np.ndarray) -> np.ndarray:
    """Per speaker: the sum of each column, then the number of values of each column.

    Parameters
    ----------
    values : array, shape (n_clips, n_columns)
        Missing values (NaN) are left out, column by column.
    speakers : sequence of str, length n_clips
        Speaker of each clip.
    names : array of str, shape (n_speakers,)
        The speakers, sorted.

    Returns
    -------
    array, shape (n_speakers, 2 × n_columns)
    """
    codes = np.searchsorted(names, np.asarray(speakers, dtype=str))
    # float sums depend on the order of their terms, so it is fixed
    order = np.lexsort((*values.T, codes))
    present = np.isfinite(values)
    totals = np.zeros((len(names), 2 * values.shape[1]))
    terms = np.hstack([np.where(present, values, 0.0), present])
    np.add.at(totals, codes[order], terms[order])
    return totals


def resampled_totals(totals: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Totals over speakers drawn with replacement.

    Parameters
    ----------
    totals : array, shape (n_speakers, n_columns)
        Totals of each speaker.
    resampling : Resampling
        How often `n_speakers` speakers are drawn, and the seed.

    Returns
    -------
    array, shape (draws, n_columns)
    """
    draws, seed = resampling
    n_speakers = len(totals)
    rng = np.random.default_rng(seed)
    result = np.empty((draws, totals.shape[1]))
    block = max(1, BLOCK // n_speakers)
    for start in range(0, draws, block):
        size = min(block, draws - start)
        drawn = rng.integers(n_speakers, size=(size, n_speakers))
        # each draw has its own range of codes, so that one count gives all multiplicities
        drawn += n_speakers * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * n_speakers)
        result[start : start + size] = counts.reshape(size, n_speakers).astype(float) @ totals
    return result


def interval(drawn: np.ndarray, n_speakers: int) -> tuple[float, float]:
    """Ends of the interval (`LEVEL`) from bootstrap draws of one estimate.

    With few speakers the percentiles lie further out than usual, so that the interval of a mean is
    close to Student's t interval: the "expanded percentile" interval of Hesterberg (2015), The
    American Statistician 69, 371-386. At a level of 0.95 the usual percentiles cover 84 % with five
    speakers and 89 % with ten, these 93 % with either.

    Parameters
    ----------
    drawn : array, shape (draws,)
        The estimate in every draw; NaN is ignored.
    n_speakers : int
        Speakers of the estimate; fewer than `MIN_SPEAKERS` give (NaN, NaN).
    """
    drawn = drawn[np.isfinite(drawn)]
    if n_speakers < MIN_SPEAKERS or not len(drawn):
        return np.nan, np.nan
    quantile = stats.t.ppf((1 - LEVEL) / 2, n_speakers - 1) * small_sample_factor(n_speakers)
    tail = stats.norm.cdf(quantile)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def within_speakers(values: pd.Series, speakers: pd.Series) -> tuple[float, int]:
    """Sum of squares of `values` about their speaker's mean, and its degrees of freedom.

    Parameters
    ----------
    values : pandas.Series
        Without missing values.
    speakers : pandas.Series
        Speaker of each clip, with the same index.
    """
    residuals = values - values.groupby(speakers).transform("mean")
    return float((residuals**2).sum()), len(values) - speakers.nunique()


def small_sample_factor(n_speakers: int) -> float:
    """Factor by which bootstrap draws of a mean spread too little, dividing by n, not n − 1."""
    return np.sqrt(n_speakers / (n_speakers - 1))


def _columns(values: np.ndarray, speakers: Sequence[str]) -> np.ndarray:
    """`values` as floats, checked against `speakers`."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or len(values) != len(speakers):
        raise ValueError(f"values of shape {values.shape} for {len(speakers)} clips")
    return values


def _hits_by_label(true: Sequence[str], predicted: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Clips × labels: 1 for hits and 0 for misses on clips of the label, else NaN."""
    true, predicted = np.asarray(true, dtype=str), np.asarray(predicted, dtype=str)
    labels = np.unique(true)
    hits = (true == predicted).astype(float)
    return np.where(true[:, None] == labels, hits[:, None], np.nan), labels.tolist()


def ratio(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`sums` / `counts`, NaN where the count is not positive."""
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def estimates_of_totals(
    totals: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    n_clips: np.ndarray,
    n_speakers: np.ndarray,
    smallest: np.ndarray,
    resampling: Resampling,
) -> tuple[list[Estimate], np.ndarray]:
    """Estimates of a statistic of totals over speakers, and its value in every draw.

    Parameters
    ----------
    totals : array, shape (n_speakers, n_columns)
        Totals of each speaker.
    statistic : callable
        Maps totals, shape (rows, n_columns), to estimates, shape (rows, n).
    n_clips, n_speakers : array of int, shape (n,)
        Counts of each estimate.
    smallest : array of int, shape (n,)
        Speakers in the smallest group of each estimate, on which the interval depends.
    resampling : Resampling
        Of the bootstrap.

    Returns
    -------
    estimates : list of Estimate
    drawn : array, shape (draws, n)
        One row of NaN if no estimate has an interval.
    """
    values = statistic(totals.sum(axis=0, keepdims=True))[0]
    if (smallest >= MIN_SPEAKERS).any():
        drawn = statistic(resampled_totals(totals, resampling))
    else:
        drawn = np.full((1, len(values)), np.nan)
    estimates = [
        Estimate(float(value), *interval(column, int(fewest)), int(clips), int(speakers))
        for value, column, fewest, clips, speakers in zip(
            values, drawn.T, smallest, n_clips, n_speakers, strict=True
        )
    ]
    return estimates, drawn
