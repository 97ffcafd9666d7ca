"""Means, differences and recalls with intervals from a bootstrap over speakers.

Clips of one speaker are alike, so the speaker is what is drawn again: each draw takes as many
speakers as there are, with replacement, and all clips of a speaker with it. Every estimate here is
a ratio of totals over speakers, so one matrix product gives all draws.
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
COLUMNS = ("value", "ci_low", "ci_high", "n_clips", "n_speakers")  # of an estimate in a table
BLOCK = 2**22  # resampled speakers held in memory at once


class Resampling(NamedTuple):
    """How often a bootstrap or a permutation draws, and the seed of its draws."""

    draws: int
    seed: int


class Estimate(NamedTuple):
    """A value with its interval and what it rests on; ends are NaN where there is no interval."""

    value: float
    low: float
    high: float
    n_clips: int
    n_speakers: int

    @classmethod
    def of(cls, row: pd.Series | Mapping) -> "Estimate":
        """The estimate in a row of a table, from the `COLUMNS`."""
        value, low, high, n_clips, n_speakers = (row[name] for name in COLUMNS)
        return cls(value, low, high, int(n_clips), int(n_speakers))

    def columns(self) -> dict:
        """The `COLUMNS` of a row of a table."""
        return dict(zip(COLUMNS, self, strict=True))

    def minus(self, number: float) -> "Estimate":
        """Value and interval less a number that is known."""
        value, low, high = (end - number for end in self[:3])
        return self._replace(value=value, low=low, high=high)


def speakers_of(clip_ids: pd.Series, manifest: pd.DataFrame) -> np.ndarray:
    """Speaker of each clip, as the table `manifest` has it.

    Raises
    ------
    InputError
        A clip has no speaker, without whom there is no interval.
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
        Who speaks each clip.
    resampling : Resampling
        Equal seeds give equal results whatever the order of the clips.

    Returns
    -------
    list of Estimate
        One per column. A column without values has the value NaN.
    """
    values = _columns(values, speakers)
    names = np.unique(np.asarray(speakers, dtype=str))
    totals = speaker_totals(values, speakers, names)
    width = values.shape[1]
    return _estimates(
        totals,
        lambda total: _ratio(total[:, :width], total[:, width:]),
        n_clips=totals[:, width:].sum(axis=0),
        n_speakers=(totals[:, width:] > 0).sum(axis=0),
        smallest=(totals[:, width:] > 0).sum(axis=0),
        resampling=resampling,
    )[0]


def means_of_clips(
    clips: pd.DataFrame, manifest: pd.DataFrame, resampling: Resampling
) -> list[Estimate]:
    """`means` of the columns of a table with one row per clip.

    Parameters
    ----------
    clips : pandas.DataFrame
        Numbers, by clip_id.
    manifest : pandas.DataFrame
        Table `manifest`: who speaks each clip.
    resampling : Resampling
        As in `means`.

    Raises
    ------
    InputError
        A clip has no speaker.
    """
    speakers = speakers_of(clips.index.to_series(), manifest)
    return means(clips.to_numpy(dtype=float), speakers, resampling)


def mean_differences(
    values: np.ndarray, first: Sequence[bool], speakers: Sequence[str], resampling: Resampling
) -> list[Estimate]:
    """Mean of each column over a first group of clips minus its mean over the others.

    A draw takes the same speakers for both groups, so what a speaker's clips share cancels where
    the speaker is in both. Draws that leave a group empty do not count.

    Parameters
    ----------
    values : array, shape (n_clips, n_columns)
        Missing values (NaN) are left out, column by column.
    first : sequence of bool, length n_clips
        Whether a clip belongs to the first group.
    speakers, resampling
        As in `means`.

    Returns
    -------
    list of Estimate
        One per column; clips of both groups, speakers of either. No interval where one of the
        groups has fewer than `MIN_SPEAKERS` speakers.
    """
    return resampled_mean_differences(values, first, speakers, resampling)[0]


def resampled_mean_differences(
    values: np.ndarray, first: Sequence[bool], speakers: Sequence[str], resampling: Resampling
) -> tuple[list[Estimate], np.ndarray]:
    """`mean_differences`, and the difference in every bootstrap draw, shape (draws, n_columns).

    NaN where a draw leaves a group empty; one row of NaN where no column has an interval.
    """
    values = _columns(values, speakers)
    first, speakers = np.asarray(first, dtype=bool), np.asarray(speakers, dtype=str)
    names = np.unique(speakers)
    left, right = (speaker_totals(values[own], speakers[own], names) for own in (first, ~first))
    width = values.shape[1]
    heard = (left[:, width:] > 0, right[:, width:] > 0)

    def difference(total: np.ndarray) -> np.ndarray:
        a, b = total[:, : 2 * width], total[:, 2 * width :]
        return _ratio(a[:, :width], a[:, width:]) - _ratio(b[:, :width], b[:, width:])

    return _estimates(
        np.hstack([left, right]),
        difference,
        n_clips=(left[:, width:] + right[:, width:]).sum(axis=0),
        n_speakers=(heard[0] | heard[1]).sum(axis=0),
        smallest=np.minimum(heard[0].sum(axis=0), heard[1].sum(axis=0)),
        resampling=resampling,
    )


def accuracy(
    true: Sequence[str], predicted: Sequence[str], speakers: Sequence[str], resampling: Resampling
) -> Estimate:
    """Share of clips whose predicted label is the true one, with its interval."""
    hits = np.asarray(true, dtype=str) == np.asarray(predicted, dtype=str)
    return means(hits[:, None], speakers, resampling)[0]


def recalls(
    true: Sequence[str], predicted: Sequence[str], speakers: Sequence[str], resampling: Resampling
) -> dict[str, Estimate]:
    """Share of the clips of each true label that are predicted so, with its interval."""
    hits, labels = _hits_by_label(true, predicted)
    return dict(zip(labels, means(hits, speakers, resampling), strict=True))


def unweighted_average_recall(
    true: Sequence[str], predicted: Sequence[str], speakers: Sequence[str], resampling: Resampling
) -> Estimate:
    """Mean of the recalls of the true labels (UAR, balanced accuracy), with its interval.

    Labels without a clip do not enter. A draw in which a label has no clip does not count.
    """
    hits, _ = _hits_by_label(true, predicted)
    names = np.unique(np.asarray(speakers, dtype=str))
    totals = speaker_totals(hits, speakers, names)
    width = hits.shape[1]
    return _estimates(
        totals,
        lambda total: _ratio(total[:, :width], total[:, width:]).mean(axis=1, keepdims=True),
        n_clips=np.array([len(hits)]),
        n_speakers=np.array([len(names)]),
        smallest=np.array([len(names)]),
        resampling=resampling,
    )[0][0]


def shared_variance(
    first: np.ndarray, second: np.ndarray, speakers: Sequence[str], resampling: Resampling
) -> Estimate:
    """Squared correlation of two columns over clips: the share of variance one explains of the other.

    Parameters
    ----------
    first, second : arrays, shape (n_clips,)
        Clips without one of them do not count.
    speakers, resampling
        As in `means`.
    """
    both = np.isfinite(first) & np.isfinite(second)
    x, y, speakers = first[both], second[both], np.asarray(speakers, dtype=str)[both]
    # about their means, so that the differences of sums below lose no digits
    x, y = x - (x.mean() if len(x) else 0), y - (y.mean() if len(y) else 0)
    names = np.unique(speakers)
    terms = np.column_stack([x, y, x * x, y * y, x * y])

    def squared_correlation(total: np.ndarray) -> np.ndarray:
        sx, sy, sxx, syy, sxy = total[:, :5].T
        n = total[:, 5]
        spread = (n * sxx - sx**2) * (n * syy - sy**2)
        return _ratio((n * sxy - sx * sy) ** 2, np.where(spread > 1e-12, spread, 0))[:, None]

    return _estimates(
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
        Who speaks each clip.
    names : array of str, shape (n_speakers,)
        The speakers, sorted.

    Returns
    -------
    array, shape (n_speakers, 2 × n_columns)
    """
    codes = np.searchsorted(names, np.asarray(speakers, dtype=str))
    # float sums depend on the order of their terms; a fixed order gives equal bytes
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
        Each speaker's own totals.
    resampling : Resampling
        How often to draw `n_speakers` speakers, and the seed.

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
        # one range of codes per draw, so that a single count gives every draw's multiplicities
        drawn += n_speakers * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n_speakers)
        result[start : start + size] = times.reshape(size, n_speakers).astype(float) @ totals
    return result


def interval(drawn: np.ndarray, n_speakers: int) -> tuple[float, float]:
    """Ends of the interval (`LEVEL`) of bootstrap draws of one estimate.

    The percentiles are the usual ones for many speakers and lie further out for few, so that the
    interval of a mean is about Student's t interval: the "expanded percentile" interval of Hesterberg
    (2015), The American Statistician 69, 371-386. At a level of 0.95 the usual percentiles cover 84 %
    with five speakers and 89 % with ten, these 93 % with either.

    Parameters
    ----------
    drawn : array, shape (draws,)
        The estimate in every draw; draws without a value (NaN) do not count.
    n_speakers : int
        Speakers the estimate rests on. Fewer than `MIN_SPEAKERS` give no interval (NaN, NaN).
    """
    drawn = drawn[np.isfinite(drawn)]
    if n_speakers < MIN_SPEAKERS or not len(drawn):
        return np.nan, np.nan
    quantile = stats.t.ppf((1 - LEVEL) / 2, n_speakers - 1) * small_sample_factor(n_speakers)
    outer = stats.norm.cdf(quantile)
    low, high = np.quantile(drawn, [outer, 1 - outer])
    return float(low), float(high)


def within_speakers(values: pd.Series, speakers: pd.Series) -> tuple[float, int]:
    """Squared distances of `values` from their speaker's mean, summed, and the degrees of freedom.

    Parameters
    ----------
    values : pandas.Series
        Without missing ones.
    speakers : pandas.Series
        Who speaks each clip, by the same index.
    """
    apart = values - values.groupby(speakers).transform("mean")
    return float((apart**2).sum()), len(values) - speakers.nunique()


def small_sample_factor(n_speakers: int) -> float:
    """By how much bootstrap draws of a mean spread too little, as they divide by n, not n − 1."""
    return np.sqrt(n_speakers / (n_speakers - 1))


def _columns(values: np.ndarray, speakers: Sequence[str]) -> np.ndarray:
    """`values` as floats, checked against `speakers`."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or len(values) != len(speakers):
        raise ValueError(f"values of shape {values.shape} for {len(speakers)} clips")
    return values


def _hits_by_label(true: Sequence[str], predicted: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Clips × labels: 1 and 0 for hits and misses of the label's own clips, NaN elsewhere."""
    true, predicted = np.asarray(true, dtype=str), np.asarray(predicted, dtype=str)
    labels = np.unique(true)
    right = (true == predicted).astype(float)
    return np.where(true[:, None] == labels, right[:, None], np.nan), labels.tolist()


def _ratio(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`sums` over `counts`, NaN where there is nothing to divide by."""
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _estimates(
    totals: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    n_clips: np.ndarray,
    n_speakers: np.ndarray,
    smallest: np.ndarray,
    resampling: Resampling,
) -> tuple[list[Estimate], np.ndarray]:
    """Estimates of a statistic of totals, and its value in every draw.

    `statistic` maps totals (rows × columns) to estimates (rows × n). `smallest` is, per estimate,
    the number of speakers of the smallest group, which decides the interval.
    """
    values = statistic(totals.sum(axis=0, keepdims=True))[0]
    if (smallest >= MIN_SPEAKERS).any():
        drawn = statistic(resampled_totals(totals, resampling))
    else:
        drawn = np.full((1, len(values)), np.nan)
    estimates = [
        Estimate(float(value), *interval(column, int(few)), int(clips), int(people))
        for value, column, few, clips, people in zip(
            values, drawn.T, smallest, n_clips, n_speakers, strict=True
        )
    ]
    return estimates, drawn
