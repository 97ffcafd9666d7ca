"""Tests and effect sizes that keep speakers together: p, q, Cliff's δ, equivalence.

Speakers are the exchangeable units, as in `bootstrap`. Nothing here assumes a distribution of the
cues. With fewer than `MIN_SPEAKERS` speakers there is no p (NaN) and no interval.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sercues.stats.bootstrap import (
    BLOCK,
    MIN_SPEAKERS,
    Estimate,
    Resampling,
    interval,
    resampled_totals,
    small_sample_factor,
    speaker_totals,
)

LARGEST_Q = 0.05  # differences with a smaller q are starred
TIE = 1e-9  # statistics closer than this share of the largest possible one count as equal


def sign_flip(values: np.ndarray, speakers: Sequence[str], resampling: Resampling) -> np.ndarray:
    """Two-sided p that the mean of each column is zero, by flipping signs per speaker.

    For paired differences: if the two members of a pair are exchangeable, the differences of a
    speaker are equally likely with the opposite sign.

    Parameters
    ----------
    values : array, shape (n_clips, n_columns)
        Differences; missing ones (NaN) are left out, column by column.
    speakers : sequence of str, length n_clips
        Speaker of each clip.
    resampling : Resampling
        Number of random sign vectors; if no more exist, all are used and p is exact.

    Returns
    -------
    array, shape (n_columns,)
    """
    values = np.asarray(values, dtype=float)
    names = np.unique(np.asarray(speakers, dtype=str))
    if len(names) < MIN_SPEAKERS:
        return np.full(values.shape[1], np.nan)
    totals = speaker_totals(values, speakers, names)
    sums, counts = np.hsplit(totals, 2)
    limit = np.abs(sums.sum(axis=0)) - TIE * np.abs(sums).sum(axis=0)
    n_speakers = (counts > 0).sum(axis=0)
    exact = 2 ** (len(names) - 1) <= resampling.draws
    reached, drawn = np.zeros(len(limit)), 0
    for signs in _all_signs(len(names)) if exact else _random_signs(len(names), *resampling):
        reached += (np.abs(signs @ sums) >= limit).sum(axis=0)
        drawn += len(signs)
    p = reached / drawn if exact else (reached + 1) / (drawn + 1)
    return np.where(n_speakers >= MIN_SPEAKERS, p, np.nan)


def _all_signs(n_speakers: int):
    """Every sign vector up to a common sign, which does not change the size of a sum."""
    codes = np.arange(2 ** (n_speakers - 1))[:, None]
    yield 1.0 - 2.0 * ((codes >> np.arange(n_speakers)) & 1)


def _random_signs(n_speakers: int, draws: int, seed: int):
    """Random sign vectors, in blocks."""
    rng = np.random.default_rng(seed)
    block = max(1, BLOCK // n_speakers)
    for start in range(0, draws, block):
        size = (min(block, draws - start), n_speakers)
        yield 1.0 - 2.0 * rng.integers(2, size=size)


def label_permutation(
    values: np.ndarray,
    first: Sequence[bool],
    speakers: Sequence[str],
    resampling: Resampling,
    *,
    together: bool = False,
) -> np.ndarray:
    """Two-sided p that two groups of clips have the same mean within speakers.

    Labels are shuffled among the clips of each speaker, so differences between speakers, such as
    sex, have no effect. The statistic is the sum over the first group's clips of the value minus its
    speaker's mean. A speaker with clips in only one group contributes nothing.

    Parameters
    ----------
    values : array, shape (n_clips, n_columns)
        Missing values (NaN) are left out, column by column.
    first : sequence of bool, length n_clips
        Whether a clip belongs to the first group.
    speakers : sequence of str, length n_clips
        Speaker of each clip.
    resampling : Resampling
        Shuffles.
    together : bool
        Use the same shuffles of all clips for every column, skipping clips without a value: as
        valid, and faster if columns lack different clips, but the shuffles of a column then depend
        on the clips of the others.

    Returns
    -------
    array, shape (n_columns,)
        NaN if fewer than `MIN_SPEAKERS` speakers have clips in both groups.
    """
    values = np.asarray(values, dtype=float)
    first, speakers = np.asarray(first, dtype=bool), np.asarray(speakers, dtype=str)
    p = np.full(values.shape[1], np.nan)
    present = np.isfinite(values)
    if together:
        sets = [(present.any(axis=1), slice(None))]
    else:
        # columns with the same missing clips share their shuffles
        patterns, pattern_of = np.unique(present, axis=1, return_inverse=True)
        sets = [
            (kept, np.flatnonzero(pattern_of.ravel() == number))
            for number, kept in enumerate(patterns.T)
        ]
    for kept, columns in sets:
        p[columns] = _label_permutation(
            values[kept][:, columns], first[kept], speakers[kept], *resampling
        )
    return p


def _label_permutation(values, first, speakers, draws: int, seed: int) -> np.ndarray:
    """`label_permutation` with one shuffle of all clips for every column."""
    p = np.full(values.shape[1], np.nan)
    if not len(values):
        return p
    # results must not depend on the order of the clips
    order = np.lexsort((*values.T, first, speakers))
    values, first, speakers = values[order], first[order], speakers[order]
    codes = np.unique(speakers, return_inverse=True)[1]
    # columns with the same missing clips are summed together
    patterns, pattern_of = np.unique(np.isfinite(values), axis=1, return_inverse=True)
    groups = []
    for number, kept in enumerate(patterns.T):
        columns = np.flatnonzero(pattern_of.ravel() == number)
        group = _Shuffled.of(values[:, columns], kept, first, codes)
        if group is not None:
            groups.append((columns, group))
    rng = np.random.default_rng(seed)
    reached = np.zeros(values.shape[1])
    block = max(1, BLOCK // len(codes))
    for start in range(0, draws, block) if groups else ():
        keys = rng.random((min(block, draws - start), len(codes)))
        # one shuffle of all clips for every column: those without a value are skipped
        shuffled = np.argsort(keys + codes, axis=1)
        row_starts = len(codes) * np.arange(len(keys))[:, None]
        back = np.empty_like(shuffled)
        back.ravel()[shuffled + row_starts] = np.arange(shuffled.size).reshape(shuffled.shape)
        for columns, group in groups:
            reached[columns] += group.reached(shuffled, back)
    for columns, _ in groups:
        p[columns] = (reached[columns] + 1) / (draws + 1)
    return p


class _Shuffled(NamedTuple):
    """Columns with the same missing clips, prepared for `label_permutation`."""

    kept: np.ndarray  # (n_clips,), whether the clip has a value
    centred: np.ndarray  # (n_clips, n_columns), value minus its speaker's mean, 0 where missing
    last: np.ndarray  # (n_clips,), count of values up to which the clip's speaker fills the group
    limit: np.ndarray  # (n_columns,), size of the statistic from which a shuffle counts

    @classmethod
    def of(cls, values, kept, first, codes) -> "_Shuffled | None":
        """None if too few speakers have clips in both groups; clips must be sorted by speaker."""
        sizes = np.bincount(codes, kept).astype(int)
        in_first = np.bincount(codes, kept & first).astype(int)
        if ((in_first > 0) & (in_first < sizes)).sum() < MIN_SPEAKERS:
            return None
        values = np.where(kept[:, None], values, 0.0)
        sums = np.stack([np.bincount(codes, column) for column in values.T], axis=1)
        means = sums / np.maximum(sizes, 1)[:, None]
        centred = np.where(kept[:, None], values - means[codes], 0.0)
        observed = np.abs(centred[first].sum(axis=0))
        before = (np.cumsum(sizes) - sizes)[codes]
        # relative to the values, as rounding leaves small differences between equal means
        limit = observed - TIE * np.abs(values).sum(axis=0)
        return cls(kept, centred, before + in_first[codes], limit)

    def reached(self, shuffled: np.ndarray, back: np.ndarray) -> np.ndarray:
        """Number of shuffles in which the statistic of each column reaches the observed one.

        The first shuffled clips of each speaker form the group. `back` holds the position of each
        clip in the flattened `shuffled`; both have shape (n_draws, n_clips).
        """
        present = self.kept[shuffled]
        inside = present & (np.cumsum(present, axis=1, dtype=np.int32) <= self.last)
        drawn = inside.ravel()[back].astype(float) @ self.centred
        return (np.abs(drawn) >= self.limit).sum(axis=0)


def dominance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Sign of each difference, shape (n_first, n_second); its mean is Cliff's δ, 2 × AUROC − 1."""
    return np.sign(first[:, None] - second[None, :])


def cliffs_delta(
    values: np.ndarray, first: Sequence[bool], speakers: Sequence[str], resampling: Resampling
) -> Estimate:
    """Cliff's δ: how much more often a clip of the first group is above one of the second than below.

    From −1 (all below) through 0 to 1 (all above), with an interval from a bootstrap over
    speakers. Cliff (1993), Psychological Bulletin 114, 494-509.

    Parameters
    ----------
    values : array, shape (n_clips,)
        Missing values (NaN) are left out.
    first : sequence of bool, length n_clips
        Whether a clip belongs to the first group.
    speakers : sequence of str, length n_clips
        Speaker of each clip.
    resampling : Resampling
        Of the bootstrap.
    """
    values, first = np.asarray(values, dtype=float), np.asarray(first, dtype=bool)
    kept = np.isfinite(values)
    values, first, speakers = values[kept], first[kept], np.asarray(speakers, dtype=str)[kept]
    names = np.unique(speakers)
    if first.all() or not first.any():
        return Estimate(np.nan, np.nan, np.nan, len(values), len(names))
    above = dominance(values[first], values[~first])
    rows, columns = (speakers[group][:, None] == names for group in (first, ~first))
    wins = rows.T.astype(float) @ above @ columns
    sizes = rows.sum(axis=0).astype(float), columns.sum(axis=0).astype(float)
    times = resampled_totals(np.eye(len(names)), resampling)
    pairs = (times @ sizes[0]) * (times @ sizes[1])
    total = ((times @ wins) * times).sum(axis=1)
    drawn = np.divide(total, pairs, out=np.full(len(times), np.nan), where=pairs > 0)
    smallest = min((size > 0).sum() for size in sizes)
    ends = interval(drawn, int(smallest))
    return Estimate(above.mean(), *ends, len(values), len(names))


def equivalence(drawn: np.ndarray, bound: float, n_speakers: int) -> float:
    """p of two one-sided tests that an effect lies outside ± `bound` (TOST).

    The smallest α for which the 1 − 2α interval, built as in `bootstrap.interval`, lies inside the
    bounds. Schuirmann (1987), Journal of Pharmacokinetics and
    Biopharmaceutics 15, 657-680.

    Parameters
    ----------
    drawn : array, shape (draws,)
        The effect in every bootstrap draw; NaN is ignored.
    bound : float
        Largest size of a negligible effect, above 0.
    n_speakers : int
        Speakers of the effect.
    """
    drawn = drawn[np.isfinite(drawn)]
    if n_speakers < MIN_SPEAKERS or not len(drawn):
        return np.nan
    outside = max((drawn <= -bound).sum(), (drawn >= bound).sum())
    share = (outside + 1) / (len(drawn) + 2)
    return float(
        stats.t.cdf(stats.norm.ppf(share) / small_sample_factor(n_speakers), n_speakers - 1)
    )


def false_discovery_rate(p: np.ndarray) -> np.ndarray:
    """q of each p of one family (Benjamini & Hochberg 1995), of any shape; NaN stays NaN."""
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    known = np.isfinite(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known], method="bh")
    return q


def with_q(
    table: pd.DataFrame,
    family: Sequence[str],
    p: str | Sequence[str] = "p",
    q: str | Sequence[str] = "q",
) -> pd.DataFrame:
    """`table` with q; a family consists of the rows that agree in the columns `family`.

    Parameters
    ----------
    table : pandas.DataFrame
        With the columns `p`.
    family : sequence of str
        Names of columns.
    p, q : str or sequence of str
        Columns of p and names of the new columns; all p of a row belong to the same family.
    """
    ps, qs = ([names] if isinstance(names, str) else list(names) for names in (p, q))
    values = table[ps].to_numpy(dtype=float)
    adjusted = np.full(values.shape, np.nan)
    for rows in table.groupby(list(family)).indices.values():
        adjusted[rows] = false_discovery_rate(values[rows])
    return table.assign(**dict(zip(qs, adjusted.T, strict=True)))
