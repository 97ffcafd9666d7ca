"""Low-level descriptors of recordings: eGeMAPSv02 (Eyben et al. 2016) by openSMILE, a row per 10 ms."""

import warnings
from collections.abc import Iterator
from functools import cache
from itertools import islice

import numpy as np
import pandas as pd

from sercues.core import job, tables
from sercues.cues.catalogue import F0, HNR

RATE = 16000  # Hz; the descriptors depend on the rate, even with the same content
STEP_S = 0.010  # s between openSMILE rows
SHORTEST_S = 0.060  # s, openSMILE's longest window; shorter recordings give no row
FIRST_CENTRE_S = SHORTEST_S / 2  # s, centre of the first 60 ms window
LEAD = 2  # rows by which the 20 ms windows (centre 0.01 s + 0.01 s × row) lead

# from 60 ms windows; the others are from 20 ms windows
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
    """Low-level descriptors as returned by openSMILE.

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
    from sercues.audio import signal

    limited = signal.within_sixteen_bits(samples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        rows = _smile().process_signal(limited, rate)[names()].to_numpy(np.float32)
    return rows[~np.isnan(rows).all(axis=1)]


def descriptors(samples: np.ndarray, rate: int) -> pd.DataFrame:
    """Low-level descriptors of a recording, aligned in time.

    Row n of openSMILE is from a 60 ms and a 20 ms window that both *begin* at 0.01 n s, so their
    centres are 20 ms apart. Here both are centred at `time_s`: columns `WIDE` are from row n, the
    others from row n + 2.

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
    # rounded like the edges of segments, so that a frame on an edge falls on the same side
    time_s = np.round(FIRST_CENTRE_S + STEP_S * frame, 6)
    voiced = aligned[:, names().index(F0)] > 0
    frames = pd.DataFrame({"frame": frame, "time_s": time_s, "voiced": voiced})
    return pd.concat([frames, pd.DataFrame(aligned, columns=names())], axis=1)


def extract(paths: dict[str, str], processes: int = 1) -> Iterator[pd.DataFrame]:
    """Descriptors of many recordings at 16 kHz, in chunks, in the order of clip_id.

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
    frames = job.in_processes(_of_file, sorted(paths.items()), processes)
    while chunk := list(islice(frames, CLIPS_PER_FRAME)):
        yield pd.concat(chunk, ignore_index=True)


def _of_file(clip: tuple[str, str]) -> pd.DataFrame:
    from sercues.audio import signal

    clip_id, path = clip
    samples, rate = signal.read(path)
    table = descriptors(signal.resample(samples, rate, RATE), RATE)
    table.insert(0, "clip_id", clip_id)
    return table
