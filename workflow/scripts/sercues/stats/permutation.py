"""Tests and effect sizes that keep speakers together: p, q, Cliff's δ, equivalence.

Speakers are the exchangeable units, as in `bootstrap`. Nothing here assumes a distribution of the
cues. With fewer than `MIN_SPEAKERS` speakers there is no p (NaN).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from sercues.stats import bootstrap
from sercues.stats.bootstrap import (
    BLOCK,
    Estimate,
    Resampling,
    interval,
    ratio,
    resampled_totals,
    small_sample_factor,
    speaker_totals,
)

MIN_SPEAKERS = 6  # with five, no p of sign flips is below 1/16
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
        As in `flipped_signs`.

    Returns
    -------
    array, shape (n_columns,)
    """
    values = np.asarray(values, dtype=float)
    names = np.unique(np.asarray(speakers, dtype=str))
    sums, counts = np.hsplit(speaker_totals(values, speakers, names), 2)
    return flipped_signs(sums, (counts > 0).sum(axis=0), resampling)


def flipped_signs(sums: np.ndarray, n_speakers: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Two-sided p that the expected sum of each column is zero, by flipping the signs of rows.

    The size is the nominal one if the effects of speakers are symmetric about their mean; skewed ones
    reject up to 9 % at a level of 5 % (docs/calibration.md).

    Parameters
    ----------
    sums : array, shape (n_speakers, n_columns)
        Sum of each speaker's differences.
    n_speakers : array of int, shape (n_columns,)
        Speakers with a difference in the column.
    resampling : Resampling
        Number of random sign vectors; if no more exist, all are used and p is exact.

    Returns
    -------
    array, shape (n_columns,)
        NaN with fewer than `MIN_SPEAKERS` speakers.
    """
    if len(sums) < MIN_SPEAKERS:
        return np.full(sums.shape[1], np.nan)
    limit = np.abs(sums.sum(axis=0)) - TIE * np.abs(sums).sum(axis=0)
    exact = 2 ** (len(sums) - 1) <= resampling.draws
    reached, drawn = np.zeros(len(limit)), 0
    for signs in _all_signs(len(sums)) if exact else _random_signs(len(sums), *resampling):
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


def dominance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Sign of each difference, shape (n_first, n_second); its mean is Cliff's δ, 2 × AUROC − 1."""
    return np.sign(first[:, None] - second[None, :])


def cliffs_delta(
    values: np.ndarray,
    first: Sequence[bool],
    speakers: Sequence[str],
    resampling: Resampling,
    strata: Sequence | None = None,
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
    strata : sequence, length n_clips, optional
        Only clips of a stratum are compared: the mean of the strata's δ, weighted by their numbers of
        pairs.
    """
    values, first = np.asarray(values, dtype=float), np.asarray(first, dtype=bool)
    strata = np.zeros(len(values)) if strata is None else np.asarray(strata)
    kept = np.isfinite(values)
    values, first, speakers = values[kept], first[kept], np.asarray(speakers, dtype=str)[kept]
    names, strata = np.unique(speakers), strata[kept]
    # by the speaker of the first and that of the second clip of a pair
    wins, pairs = np.zeros((2, len(names), len(names)))
    compared = np.zeros((2, len(names)))
    for stratum in np.unique(strata):
        above, below = (np.flatnonzero((strata == stratum) & group) for group in (first, ~first))
        if not len(above) or not len(below):
            continue
        rows, columns = (
            (names[:, None] == speakers[clips]).astype(float) for clips in (above, below)
        )
        wins += rows @ dominance(values[above], values[below]) @ columns.T
        sizes = rows.sum(axis=1), columns.sum(axis=1)
        pairs += np.outer(*sizes)
        compared += sizes
    if not pairs.any():
        return Estimate(np.nan, np.nan, np.nan, len(values), len(names))
    times = resampled_totals(np.eye(len(names)), resampling)
    total, of = (((times @ matrix) * times).sum(axis=1) for matrix in (wins, pairs))
    ends = interval(ratio(total, of), int((compared > 0).sum(axis=1).min()))
    return Estimate(wins.sum() / pairs.sum(), *ends, len(values), len(names))


def above_zero(drawn: np.ndarray, n_speakers: int) -> float:
    """One-sided p that an effect is not above zero, by the interval of `bootstrap.interval`.

    The smallest α for which the 1 − 2α interval lies above zero.

    Parameters
    ----------
    drawn : array, shape (draws,)
        The effect in every bootstrap draw; NaN is ignored.
    n_speakers : int
        Speakers of the effect; fewer than `bootstrap.MIN_SPEAKERS` give NaN.
    """
    drawn = drawn[np.isfinite(drawn)]
    if n_speakers < bootstrap.MIN_SPEAKERS or not len(drawn):
        return np.nan
    share = ((drawn <= 0).sum() + 1) / (len(drawn) + 2)
    return float(
        stats.t.cdf(stats.norm.ppf(share) / small_sample_factor(n_speakers), n_speakers - 1)
    )


def equivalence(drawn: np.ndarray, bound: float | np.ndarray, n_speakers: int) -> float:
    """p of two one-sided tests that an effect lies outside ± `bound` (TOST).

    Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.

    Parameters
    ----------
    drawn, n_speakers
        As in `above_zero`.
    bound : float, or array of the shape of `drawn`
        Largest size of a negligible effect, above 0; in every draw if it is estimated, too.
    """
    return float(np.max([above_zero(end, n_speakers) for end in (drawn + bound, bound - drawn)]))


def beyond(drawn: np.ndarray, bound: float | np.ndarray, n_speakers: int) -> float:
    """One-sided p that an effect does not lie beyond ± `bound`; parameters as in `equivalence`."""
    return float(np.min([above_zero(end, n_speakers) for end in (drawn - bound, -bound - drawn)]))


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
