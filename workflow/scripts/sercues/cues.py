"""Acoustic cues: openSMILE descriptors and their reduction over a region of a clip.

Descriptors are the 25 low-level descriptors of eGeMAPSv02 (Eyben et al. 2016), one row each 10 ms.
Whole clips and single segments take the same path, `low_level`, from float samples. openSMILE and
soundfile are imported where they are used: tables and figures need `CUES` without them.
"""

import warnings
from collections.abc import Iterator
from functools import cache, partial
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from sercues import jobs, tables


class Cue(NamedTuple):
    """How one cue is named, measured and called in the paper."""

    label: str
    unit: str
    descriptor: str | None
    paper_name: str | None


F0 = "F0semitoneFrom27.5Hz_sma3nz"
JITTER = "jitterLocal_sma3nz"
SHIMMER = "shimmerLocaldB_sma3nz"
HNR = "HNRdBACF_sma3nz"
SLOPE = "slope500-1500_sma3"

CUES = {
    "loudness": Cue("loudness", "auditory model", "Loudness_sma3", "Loudness"),
    "pitch_level": Cue("pitch level", "semitones re 27.5 Hz", F0, "Pitch_lvl"),
    "pitch_variability": Cue("pitch variability", "semitones", F0, "Pitch dynamics"),
    "jitter": Cue("jitter", "ratio", JITTER, "Freq_var"),
    "shimmer": Cue("shimmer", "dB", SHIMMER, "Amp_var"),
    "hnr": Cue("harmonics-to-noise ratio", "dB", HNR, "Breathiness, sense reversed"),
    "slope_500_1500": Cue("spectral slope 500–1500 Hz", "dB/Hz", SLOPE, "Shrillness"),
    "voiced_fraction": Cue("voiced fraction", "share of frames", None, None),
}

RATE = 16000  # Hz; the descriptors depend on the rate, even with the same content
STEP_S = 0.010  # s between openSMILE rows
SHORTEST_S = 0.060  # s; shorter recordings give no row, openSMILE's longest window is so long
FIRST_CENTRE_S = SHORTEST_S / 2  # s, centre of the first 60 ms window
LEAD = 2  # rows by which the 20 ms windows (centre 0.01 s + 0.01 s × row) run ahead of it

# from 60 ms windows; the others are from 20 ms windows, jitter and shimmer from pitch periods there
WIDE = (
    F0,
    HNR,
    "logRelF0-H1-H2_sma3nz",
    "logRelF0-H1-A3_sma3nz",
    "F1amplitudeLogRelF0_sma3nz",
    "F2amplitudeLogRelF0_sma3nz",
    "F3amplitudeLogRelF0_sma3nz",
)

CLIPS_PER_FRAME = 200  # 50,000 rows, 6 MB

REGION = ["clip_id", "fold", "seed", "target_kind", "region", "draw"]
DRAWN = ["random", "matched"]  # regions of which only the cues are kept, not all means


@cache
def _smile():
    import opensmile

    return opensmile.Smile(
        opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors
    )


def names() -> list[str]:
    """Names of the 25 descriptors, in the order of table `descriptors` (and of openSMILE)."""
    return tables.columns("descriptors")[4:]


def low_level(samples: np.ndarray, rate: int) -> np.ndarray:
    """Low-level descriptors as openSMILE gives them.

    Parameters
    ----------
    samples : numpy.ndarray of float32, shape (n_samples,)
        Mono, full scale at ±1.
    rate : int
        Hz.

    Returns
    -------
    numpy.ndarray of float32, shape (n_rows, 25)
        Columns as `names`. No row for less than 60 ms.
    """
    if len(samples) < SHORTEST_S * rate:
        return np.empty((0, len(names())), np.float32)
    from sercues import audio

    limited = audio.within_sixteen_bits(samples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        rows = _smile().process_signal(limited, rate)[names()].to_numpy(np.float32)
    return rows[~np.isnan(rows).all(axis=1)]


def descriptors(samples: np.ndarray, rate: int) -> pd.DataFrame:
    """Low-level descriptors of a recording, every row at one time.

    openSMILE's row n holds a 60 ms and a 20 ms window that both *begin* at 0.01 n s, so their
    centres lie 20 ms apart. Here both are centred at `time_s`: columns `WIDE` come from row n,
    the others from row n + 2.

    Parameters
    ----------
    samples, rate
        As in `low_level`.

    Returns
    -------
    pandas.DataFrame
        Columns frame, time_s (s at the centre), voiced (F0 found) and the 25 descriptors.
    """
    raw = low_level(samples, rate)
    wide = np.isin(names(), WIDE)
    aligned = np.where(wide, raw[: max(0, len(raw) - LEAD)], raw[LEAD:])
    frame = np.arange(len(aligned))
    # rounded as the edges of segments are, so that a frame on an edge falls on the same side
    time_s = np.round(FIRST_CENTRE_S + STEP_S * frame, 6)
    voiced = aligned[:, names().index(F0)] > 0
    place = pd.DataFrame({"frame": frame, "time_s": time_s, "voiced": voiced})
    return pd.concat([place, pd.DataFrame(aligned, columns=names())], axis=1)


def extract(paths: dict[str, str], processes: int = 1) -> Iterator[pd.DataFrame]:
    """Descriptors of many recordings, each at 16 kHz; some at a time, in the order of clip_id.

    Parameters
    ----------
    paths : dict
        File of each clip_id.
    processes : int
        The result does not depend on it.

    Yields
    ------
    pandas.DataFrame
        Rows of table `descriptors`.
    """
    frames = jobs.in_processes(_of_file, sorted(paths.items()), processes)
    while chunk := list(islice(frames, CLIPS_PER_FRAME)):
        yield pd.concat(chunk, ignore_index=True)


def _of_file(clip: tuple[str, str]) -> pd.DataFrame:
    from sercues import audio

    clip_id, path = clip
    samples, rate = audio.read(path)
    table = descriptors(audio.resample(samples, rate, RATE), RATE)
    table.insert(0, "clip_id", clip_id)
    return table


def frame_totals(values: np.ndarray, unvoiced: str) -> np.ndarray:
    """What each descriptor row adds to the totals of its region.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_rows, 25)
        Columns as `names`.
    unvoiced : {'masked', 'zero'}
        'masked': voice descriptors (``nz`` columns) and the two spectral slopes count in rows
        with F0 only; jitter and shimmer only where not 0, which openSMILE gives when it finds no
        pair of pitch periods. 'zero', as published: every row counts, unvoiced as 0.

    Returns
    -------
    numpy.ndarray of float64, shape (n_rows, 3 + 2 × 25)
        Row (1), voiced (0 or 1), squared F0; then per descriptor whether it counts, and its value
        where it counts.
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
    head = np.column_stack([np.ones(len(values)), voiced, np.where(voiced, f0, 0.0) ** 2])
    return np.hstack([head, counts, np.where(counts, values, 0.0)])


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
        # unvoiced rows add 0 to the sum of F0, so this mean is over voiced rows in either treatment
        f0_mean = sums[:, columns.index(F0)] / n_voiced
        variance = (f0_squares - n_voiced * f0_mean**2) / (n_voiced - 1)
        deviation = np.where(n_voiced >= 2, np.sqrt(np.maximum(variance, 0)), np.nan)
        fraction = n_voiced / n_rows
    cues = {
        name: means[:, columns.index(cue.descriptor)]
        for name, cue in CUES.items()
        if cue.descriptor
    }
    cues |= {"pitch_variability": deviation, "voiced_fraction": fraction}
    return {
        "n_frames": n_rows.astype(np.int64),
        **{name: cues[name] for name in CUES},
        "means": list(means.astype(np.float32)),
    }


def measure(segments: pd.DataFrame, descriptors: pd.DataFrame, unvoiced: str) -> pd.DataFrame:
    """Table `cues`: descriptors of whole clips, sliced at the segments of each region.

    A row belongs to a segment when its centre lies in [start_s, end_s).

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
    segments: pd.DataFrame, paths: dict[str, str], unvoiced: str, resample: bool, processes: int = 1
) -> pd.DataFrame:
    """Table `cues`: each segment alone through openSMILE, rows pooled (as published).

    Rows are as openSMILE gives them, without the alignment of `descriptors`. Parts of a segment
    outside the recording are missing; what is left counts from 60 ms on.

    Parameters
    ----------
    segments : pandas.DataFrame
        Table of this name.
    paths : dict
        File of each clip_id.
    unvoiced : {'masked', 'zero'}
        As in `frame_totals`.
    resample : bool
        True: bring the recording to 16 kHz first. False, as published: the file's own rate.
    processes : int
        The result does not depend on it.
    """
    segments, windows = _windows(segments)
    items = [(paths[clip_id], edges) for clip_id, edges in windows.items()]
    function = partial(_alone, unvoiced=unvoiced, resample=resample)
    return _pooled(segments, list(jobs.in_processes(function, items, processes)))


def _windows(segments: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Segments sorted by region, and each clip's distinct windows (start_s, end_s).

    Column `window` numbers the distinct windows of all clips in their order.
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
    """Totals of each window from its own samples."""
    from sercues import audio

    path, windows = item
    samples, rate = audio.read(path)
    if resample:
        samples, rate = audio.resample(samples, rate, RATE), RATE
    pieces = [samples[round(start * rate) : round(end * rate)] for start, end in windows]
    return np.array([frame_totals(low_level(p, rate), unvoiced).sum(axis=0) for p in pieces])


def _pooled(segments: pd.DataFrame, totals: list[np.ndarray]) -> pd.DataFrame:
    """Cues of every region: the totals of its windows, added up.

    `segments` is that of `_windows`, `totals` holds each clip's array in the order found there.
    """
    if segments.empty:
        return tables.empty("cues")
    from scipy import sparse

    window, first = segments["window"].to_numpy(), np.flatnonzero(~segments.duplicated(REGION))
    per_window = np.concatenate(totals)
    # row r adds up the windows of region r
    membership = sparse.csr_array(
        (np.ones(len(window)), window, np.append(first, len(window))),
        shape=(len(first), len(per_window)),
    )
    table = segments.loc[first, REGION].reset_index(drop=True)
    table = table.assign(**cues_of(membership @ per_window))
    table["means"] = table["means"].where(~table["region"].isin(DRAWN), None)
    return table
