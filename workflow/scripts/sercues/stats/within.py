"""Contrasts of two groups of clips within speakers, for claims about people.

Speakers differ in voice and in how they express an emotion. Each speaker therefore gives one
difference, of the means of the speaker's clips in either group, and these differences are resampled
(intervals) or flipped in sign (p). The mean over speakers weighs a difference by n₁ n₂ / (n₁ + n₂), as a
regression with an intercept per speaker does.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import Estimate, Resampling
from sercues.stats.permutation import TIE


class Contrasts(NamedTuple):
    """Differences of each speaker, weighted.

    Attributes
    ----------
    weighted : array, shape (n_speakers, n_columns)
        Difference of the speaker's means, first minus second group, times its weight.
    weights : array, shape (n_speakers, n_columns)
        n₁ n₂ / (n₁ + n₂); 0 where the speaker lacks a group.
    n_first, n_second : array of int, shape (n_columns,)
        Clips of either group of the speakers that have both.
    """

    weighted: np.ndarray
    weights: np.ndarray
    n_first: np.ndarray
    n_second: np.ndarray

    @property
    def n_speakers(self) -> np.ndarray:
        """Speakers with clips in both groups, shape (n_columns,)."""
        return (self.weights > 0).sum(axis=0)


class Compared(NamedTuple):
    """Mean difference of each column, its draws of the bootstrap, and its p.

    Attributes
    ----------
    estimates : list of Estimate
        Counts are of speakers with clips in both groups, and of their clips.
    drawn : array, shape (draws, n_columns)
        The difference in each draw; NaN where no speaker drawn has both groups, one row of NaN if no
        column has an interval.
    p : array, shape (n_columns,)
        Two-sided, by flipping the signs of the speakers' differences; NaN with fewer than
        `permutation.MIN_SPEAKERS` speakers.
    n_first, n_second : array of int, shape (n_columns,)
        As in `Contrasts`.
    """

    estimates: list[Estimate]
    drawn: np.ndarray
    p: np.ndarray
    n_first: np.ndarray
    n_second: np.ndarray


def speaker_contrasts(
    values: np.ndarray,
    first: Sequence[bool],
    speakers: Sequence[str],
    strata: Sequence[str] | None = None,
) -> Contrasts:
    """Weighted differences of two groups of clips for each speaker.

    Parameters
    ----------
    values : array, shape (n_clips, n_columns)
        Missing values (NaN) are left out, column by column.
    first : sequence of bool, length n_clips
        Whether a clip belongs to the first group.
    speakers : sequence of str, length n_clips
        Speaker of each clip.
    strata : sequence of str, length n_clips, optional
        Only clips of a stratum are compared; a speaker's strata are summed with their weights.
    """
    values = np.asarray(values, dtype=float)
    first, speakers = np.asarray(first, dtype=bool), np.asarray(speakers, dtype=str)
    names, codes = np.unique(speakers, return_inverse=True)
    strata = np.zeros(len(codes), dtype=int) if strata is None else np.asarray(strata, dtype=str)
    # a cell is a speaker, or a stratum of a speaker
    cells, cell_of = np.unique(np.stack([codes, _codes(strata)]), axis=1, return_inverse=True)
    labels, every = cell_of.ravel().astype(str), np.unique(np.arange(cells.shape[1]).astype(str))
    (a, n_a), (b, n_b) = (
        np.hsplit(bootstrap.speaker_totals(values[group], labels[group], every), 2)
        for group in (first, ~first)
    )
    both = (n_a > 0) & (n_b > 0)
    weights = np.divide(n_a * n_b, n_a + n_b, out=np.zeros(n_a.shape), where=both)
    means = [np.divide(s, n, out=np.zeros(s.shape), where=both) for s, n in ((a, n_a), (b, n_b))]
    differences = np.subtract(*means)
    # means that differ by rounding alone are equal, or every flip of signs would count it
    differences[np.abs(differences) <= TIE * np.abs(means).sum(axis=0)] = 0
    # rows of `every` are sorted as text
    speaker_of = cells[0][every.astype(int)]
    summed = [np.zeros((len(names), values.shape[1])) for _ in range(2)]
    for total, part in zip(summed, (weights * differences, weights), strict=True):
        np.add.at(total, speaker_of, part)
    counts = (np.where(both, n, 0).sum(axis=0).astype(int) for n in (n_a, n_b))
    return Contrasts(*summed, *counts)


def compare(
    values: np.ndarray,
    first: Sequence[bool],
    speakers: Sequence[str],
    resampling: Resampling,
    strata: Sequence[str] | None = None,
) -> Compared:
    """Mean difference of two groups of clips within speakers, with its interval and p.

    Parameters
    ----------
    values, first, speakers, strata
        As in `speaker_contrasts`.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.
    """
    contrasts = speaker_contrasts(values, first, speakers, strata)
    width = contrasts.weights.shape[1]
    n_speakers = contrasts.n_speakers
    estimates, drawn = bootstrap.estimates_of_totals(
        np.hstack([contrasts.weighted, contrasts.weights]),
        lambda total: bootstrap.ratio(total[:, :width], total[:, width:]),
        n_clips=contrasts.n_first + contrasts.n_second,
        n_speakers=n_speakers,
        smallest=n_speakers,
        resampling=resampling,
    )
    p = permutation.flipped_signs(contrasts.weighted, n_speakers, resampling)
    return Compared(estimates, drawn, p, contrasts.n_first, contrasts.n_second)


def _codes(strata: np.ndarray) -> np.ndarray:
    """Number of each stratum, in sorted order."""
    return np.unique(strata, return_inverse=True)[1].ravel()
