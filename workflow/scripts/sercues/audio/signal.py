"""Reading, down-mixing and resampling recordings, and finding the speech in them."""

from math import gcd
from pathlib import Path

import numpy as np
import soundfile

from sercues.core.errors import InputError

FRAME_S = 0.010  # s, step of the level curve used to find speech
NOISE_PERCENTILE = 10  # more than this share of a clip is near-silence
PAUSE_S = 0.5  # s, silence that ends the first interval of the published code
FLOOR = 1e-10  # power below that of any 24-bit sample; keeps logarithms finite


def read(path) -> tuple[np.ndarray, int]:
    """Read a recording as mono.

    Parameters
    ----------
    path : path-like
        WAV, FLAC or another format of libsndfile.

    Returns
    -------
    samples : numpy.ndarray of float32, shape (n_samples,)
        Mean of the channels, full scale ±1.
    rate : int
        Hz.

    Raises
    ------
    InputError
        The file is missing or cannot be decoded.
    """
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"{Path(path)} cannot be read as audio; replace or remove it.") from error
    return samples.mean(axis=1), rate


def within_sixteen_bits(samples: np.ndarray) -> np.ndarray:
    """`samples` (full scale ±1) clipped to the range of 16 bits, float32.

    opensmile converts to 16 bits without clipping: +1.0, which resampling can reach, becomes −1.0.
    """
    return np.clip(samples, -1.0, 32767 / 32768).astype(np.float32)


def write(samples: np.ndarray, rate: int, path) -> None:
    """Write mono samples (full scale ±1) as 16-bit WAV, exactly if they were read from 16 bits."""
    integers = np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)
    soundfile.write(path, integers, rate, subtype="PCM_16")


def resample(samples: np.ndarray, rate: int, target: int) -> np.ndarray:
    """Resample `samples` from `rate` to `target` Hz (SciPy's polyphase filter).

    torchaudio would take a second per clip of TESS, as 24,414 Hz has few factors in common with
    16 kHz.

    Returns
    -------
    numpy.ndarray of float32, shape (ceil(n_samples × target / rate),)
    """
    if rate == target:
        return samples
    # imported here, as it takes a second that recordings at the target rate can save
    from scipy.signal import resample_poly

    divisor = gcd(rate, target)
    resampled = resample_poly(samples, target // divisor, rate // divisor)
    return resampled.astype(np.float32, copy=False)


def low_pass(samples: np.ndarray, rate: int, low_pass_hz: float) -> np.ndarray:
    """`samples` without frequencies above `low_pass_hz`; shape and phase are kept."""
    spectrum = np.fft.rfft(samples.astype(np.float64))
    spectrum[np.fft.rfftfreq(len(samples), 1 / rate) > low_pass_hz] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def level_curve(samples: np.ndarray, rate: int) -> np.ndarray:
    """Level of consecutive frames of `FRAME_S`, dB re full scale, shape (n_frames,)."""
    length = max(1, round(FRAME_S * rate))
    frames = np.pad(samples, (0, -len(samples) % length)).reshape(-1, length)
    return 10 * np.log10(np.mean(frames.astype(np.float64) ** 2, axis=1) + FLOOR)


def find_speech(
    samples: np.ndarray, rate: int, kind: str, threshold_db: float, noise_db: float
) -> tuple[float, float]:
    """Find where speech begins and ends.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples,)
    rate : int
        Hz.
    kind : {'energy', 'first_interval'}
        'energy': from the first to the last frame within `threshold_db` of the loudest frame and
        `noise_db` above the noise floor (10th percentile of the level).
        'first_interval': the first interval louder than the clip's mean level minus
        `threshold_db`, up to a pause of 0.5 s, as in the published code.
    threshold_db, noise_db : float
        dB.

    Returns
    -------
    start_s, end_s : float
        s. A clip without a frame above the threshold is all speech.
    """
    level = level_curve(samples, rate)
    end = len(samples) / rate
    if kind == "energy":
        # the noise floor of quiet recordings is less than threshold_db below their loudest frame
        limit = level.max() - threshold_db
        above_noise = np.percentile(level, NOISE_PERCENTILE) + noise_db
        # a clip without a quiet part shows no noise floor
        if above_noise < level.max() - noise_db:
            limit = max(limit, above_noise)
    elif kind == "first_interval":
        limit = 10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + FLOOR) - threshold_db
    else:
        raise ValueError(f"unknown kind of speech detection: {kind}")
    loud = np.flatnonzero(level >= limit)
    if len(loud) == 0:
        return 0.0, end
    first, last = loud[0], loud[-1]
    if kind == "first_interval":
        pauses = np.flatnonzero(np.diff(loud) > round(PAUSE_S / FRAME_S))
        last = loud[pauses[0]] if len(pauses) else last
    step = max(1, round(FRAME_S * rate)) / rate
    return float(first * step), float(min((last + 1) * step, end))
