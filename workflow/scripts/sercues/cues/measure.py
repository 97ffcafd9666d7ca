"""Acoustic cues: openSMILE descriptors and their reduction over a region of a clip.

Descriptors are the 25 low-level descriptors of eGeMAPSv02 (Eyben et al. 2016), one row per 10 ms.
Whole clips and single segments are both measured by `low_level`. openSMILE and soundfile are imported
where they are used, because tables and figures do without them.
"""

from functools import partial

import numpy as np
import pandas as pd

from sercues.core import job, tables
from sercues.cues.catalogue import CUES, F0, JITTER, SHIMMER
from sercues.cues.descriptors import RATE, low_level, names

REGION = ["clip_id", "fold", "seed", "target", "region", "draw"]


def frame_totals(values: np.ndarray, unvoiced: str) -> np.ndarray:
    """Contribution of each descriptor row to the totals of its region.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_rows, 25)
        Columns as `names`.
    unvoiced : {'masked', 'zero'}
        'masked': voice descriptors (``nz`` columns) and the two spectral slopes count only in rows
        with F0; jitter and shimmer only if not 0, openSMILE's value without a pair of pitch periods.
        'zero', as published: every row counts, unvoiced ones as 0.

    Returns
    -------
    numpy.ndarray of float64, shape (n_rows, 3 + 2 × 25)
        Row (1), voiced (0 or 1), squared F0; then per descriptor whether it counts, and its value or,
        if it does not count, 0.
    """
    columns = names()
    values = values.astype(np.float64)
    f0 = values[:, columns.index(F0)]
    voiced = f0 > 0
    counts = np.ones(values.shape, bool)
    if unvoiced == "masked":
        for index, name in enumerate(columns):
            if name.endswith("nz") or name.startswith("slope"):
                counts[:, index] = voiced
            if name in (JITTER, SHIMMER):
                counts[:, index] &= values[:, index] != 0
    elif unvoiced != "zero":
        raise ValueError(f"unknown treatment of unvoiced frames: {unvoiced}")
    first_columns = np.column_stack([np.ones(len(values)), voiced, np.where(voiced, f0, 0.0) ** 2])
    return np.hstack([first_columns, counts, np.where(counts, values, 0.0)])


def cues_of(totals: np.ndarray) -> dict[str, np.ndarray]:
    """Cues of regions from their totals.

    Parameters
    ----------
    totals : numpy.ndarray, shape (n_regions, 3 + 2 × 25)
        Sums of `frame_totals` over the rows of each region.

    Returns
    -------
    dict
        Columns of table `cues` from n_frames on. A mean without rows, and a standard deviation
        of fewer than two, is NaN.
    """
    columns = names()
    n_rows, n_voiced, f0_squares = totals[:, :3].T
    counts, sums = np.split(totals[:, 3:], 2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
        # unvoiced rows add 0 to the sum of F0, so this is the mean over voiced rows either way
        f0_mean = sums[:, columns.index(F0)] / n_voiced
        variance = (f0_squares - n_voiced * f0_mean**2) / (n_voiced - 1)
        deviation = np.where(n_voiced >= 2, np.sqrt(np.maximum(variance, 0)), np.nan)
        fraction = n_voiced / n_rows
    cues = {
        name: means[:, columns.index(descriptor)] for name, descriptor in CUES.items() if descriptor
    }
    cues |= {"pitch_variability": deviation, "voiced_fraction": fraction}
    return {"n_frames": n_rows.astype(np.int64), **{name: cues[name] for name in CUES}}


def measure(segments: pd.DataFrame, descriptors: pd.DataFrame, unvoiced: str) -> pd.DataFrame:
    """Table `cues`: descriptors of whole clips, sliced at the segments of each region.

    A row belongs to a segment if its centre lies in [start_s, end_s).

    Parameters
    ----------
    segments, descriptors : pandas.DataFrame
        Tables of these names.
    unvoiced : {'masked', 'zero'}
        As in `frame_totals`.
    """
    by_clip = dict(tuple(descriptors.groupby("clip_id")))
    silent = tables.empty("descriptors")
    segments, windows = _windows(segments)
    totals = [
        _sliced(by_clip.get(clip_id, silent), edges, unvoiced) for clip_id, edges in windows.items()
    ]
    return _pooled(segments, totals)


def measure_alone(
    segments: pd.DataFrame, paths: dict[str, str], unvoiced: str, resample: bool, processes: int
) -> pd.DataFrame:
    """Table `cues`: each segment alone through openSMILE, rows pooled (as published).

    Rows are openSMILE's, without the alignment of `descriptors`. Segments are cut at the ends of the
    recording, and count if 60 ms or more are left.

    Parameters
    ----------
    segments : pandas.DataFrame
        Table of this name.
    paths : dict
        File of each clip_id.
    unvoiced : {'masked', 'zero'}
        As in `frame_totals`.
    resample : bool
        True: resample the recording to 16 kHz first. False, as published: keep the file's rate.
    processes : int
        The result does not depend on it.
    """
    segments, windows = _windows(segments)
    items = [(paths[clip_id], edges) for clip_id, edges in windows.items()]
    function = partial(_alone, unvoiced=unvoiced, resample=resample)
    return _pooled(segments, list(job.in_processes(function, items, processes)))


def _windows(segments: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Segments sorted by region, and each clip's distinct windows (start_s, end_s).

    Column `window` numbers the distinct windows over all clips.
    """
    span = ["clip_id", "start_s", "end_s"]
    order = [*REGION, "rank"]
    if not tables.ascends(segments, order):
        segments = segments.sort_values(order)
    segments = segments.reset_index(drop=True)
    segments = segments.assign(window=segments.groupby(span, sort=True).ngroup())
    distinct = segments.drop_duplicates("window").sort_values("window")
    by_clip = distinct.groupby("clip_id", sort=True)
    return segments, {clip_id: rows[span[1:]].to_numpy() for clip_id, rows in by_clip}


def _sliced(clip: pd.DataFrame, windows: np.ndarray, unvoiced: str) -> np.ndarray:
    """Totals of each window from the descriptors of its whole clip."""
    clip = clip.sort_values("time_s")
    per_row = frame_totals(clip[names()].to_numpy(), unvoiced)
    until = np.vstack([np.zeros(per_row.shape[1]), np.cumsum(per_row, axis=0)])
    first, end = np.searchsorted(clip["time_s"].to_numpy(), windows.T, side="left")
    return until[np.maximum(first, end)] - until[first]


def _alone(item: tuple[str, np.ndarray], unvoiced: str, resample: bool) -> np.ndarray:
    """Totals of each window from its samples alone."""
    from sercues.audio import signal

    path, windows = item
    samples, rate = signal.read(path)
    if resample:
        samples, rate = signal.resample(samples, rate, RATE), RATE
    pieces = [samples[round(start * rate) : round(end * rate)] for start, end in windows]
    return np.array([frame_totals(low_level(p, rate), unvoiced).sum(axis=0) for p in pieces])


def _pooled(segments: pd.DataFrame, totals: list[np.ndarray]) -> pd.DataFrame:
    """Cues of every region from the summed totals of its windows.

    `segments` is from `_windows`, `totals` has an array per clip in the order of its dictionary.
    """
    if segments.empty:
        return tables.empty("cues")
    from scipy import sparse

    window, first = segments["window"].to_numpy(), np.flatnonzero(~segments.duplicated(REGION))
    per_window = np.concatenate(totals)
    # row r sums the windows of region r
    membership = sparse.csr_array(
        (np.ones(len(window)), window, np.append(first, len(window))),
        shape=(len(first), len(per_window)),
    )
    table = segments.loc[first, REGION].reset_index(drop=True)
    return table.assign(**cues_of(membership @ per_window))
