"""Windows of a map: their grid, scores, order, and times in the file."""

import math

import numpy as np

from sercues.audio.spectrograms import frame_to_second
from sercues.core.paper import STEP_S

RANKED_DIGITS = 6


def grid(window: int, speech: tuple[int, int], n_total: int, inside_speech: bool) -> np.ndarray:
    """Candidate windows of a map, as frames.

    Parameters
    ----------
    window : int
        Frames per window.
    speech : tuple of int
        First frame of speech and the frame after its last.
    n_total : int
        Frames of the map, with margin and padding.
    inside_speech : bool
        True: whole windows from the first frame of speech on, within it. False: windows over the
        whole map, padding included; the last may be short (as published).

    Returns
    -------
    numpy.ndarray of int, shape (n_windows, 2)
        First frame of each window and the frame after its last.
    """
    first, end = speech if inside_speech else (0, n_total)
    count = (end - first) // window if inside_speech else math.ceil(n_total / window)
    starts = first + np.arange(count) * window
    return np.column_stack([starts, np.minimum(starts + window, n_total)])


def grid_of(clip, settings: dict) -> np.ndarray:
    """`grid` of a row of the table `spectrograms`, by the `segments` block of a protocol."""
    # a row of mixed columns may hold whole numbers as floats
    speech = (int(clip["speech_start_frame"]), int(clip["speech_end_frame"]))
    return grid(settings["window_frames"], speech, int(clip["n_total"]), settings["inside_speech"])


def window_sums(values: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Sum of `values`, shape (n_mels, n_total), over all bands and each window's frames."""
    per_frame = values.sum(axis=0, dtype=np.float64)
    return np.array([per_frame[start:end].sum() for start, end in windows])


def score(saliency: np.ndarray, windows: np.ndarray, positive_only: bool) -> np.ndarray:
    """Relevance of windows.

    Parameters
    ----------
    saliency : numpy.ndarray, shape (n_mels, n_total)
        Signed relevance.
    windows : numpy.ndarray of int, shape (n_windows, 2)
        Frames.
    positive_only : bool
        True: sum of the positive relevance. False, as published: cells below the mean of the
        whole map count as zero, the others with their sign.

    Returns
    -------
    numpy.ndarray of float64, shape (n_windows,)
    """
    threshold = 0.0 if positive_only else saliency.mean(dtype=np.float64)
    return window_sums(np.where(saliency < threshold, 0.0, saliency), windows)


def top_k(scores: np.ndarray, k: int, positive_only: bool) -> np.ndarray:
    """Indices of the `k` highest scores, highest first; equal scores in order of time.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n_windows,)
    k : int
        Most windows to return.
    positive_only : bool
        Scores must be above zero.
    """
    # the last bits of a sum depend on the machine and must not swap windows of equal relevance
    rounded = significant(scores, RANKED_DIGITS)
    order = np.argsort(-rounded, kind="stable")
    if positive_only:
        order = order[rounded[order] > 0]
    return order[:k]


def significant(values: np.ndarray, digits: int) -> np.ndarray:
    """`values` rounded to `digits` significant decimal digits."""
    return np.array([float(f"{value:.{digits - 1}e}") for value in values])


def seconds(windows: np.ndarray, start_s: float, step_s: float, keep_offset: bool) -> np.ndarray:
    """Seconds of the original file at the edges of windows, rounded to 1 µs.

    Parameters
    ----------
    windows : numpy.ndarray of int
        Frames, any shape.
    start_s, step_s : float
        s of the original file: at frame 0, and from frame to frame.
    keep_offset : bool
        False, as published: frame 0 is at 0 s and frames are 15 ms apart.
    """
    if not keep_offset:
        start_s, step_s = 0.0, STEP_S
    # rounded, so that an edge and the centre of a descriptor frame compare alike everywhere
    return np.round(frame_to_second(windows, start_s, step_s), 6)
