"""Reading, down-mixing and resampling recordings, and finding the speech in them."""

from math import gcd
from pathlib import Path

import numpy as np
import soundfile

from sercues.core.errors import InputError

FLOOR = 1e-10  # power below that of any 24-bit sample; keeps logarithms finite
FRAME_S = 0.010  # s, over which the level that finds speech is averaged
# kind energy
SPEECH_HZ = 300  # lower edge of the telephone band (ITU-T G.712): above rumble and hum
FILTER_S = 0.020  # s, length of the filter that removes what is below
DIGITAL_SILENCE = 2.0**-17  # below half a step of 16 bits, so zero in a 16-bit file
GAP_S = 0.005  # s, digital silence within a clip that tells nothing about its noise
FLOOR_S = 0.050  # s, over which the level that finds noise is averaged
RUN_S = 0.030  # s, shorter sounds are clicks or peaks of noise
STEADY_S, STEADY_DB = 0.4, 4  # s, dB: a sound so long and so steady is noise
LOUD_DB = 10  # sound this close to the loudest frame is not taken for noise
# kind first_interval
PAUSE_S = 0.5  # s, silence that ends the first interval of the published code


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
        'energy': from the first to the last sound of 30 ms or more, above 300 Hz, that is within
        `threshold_db` of the loudest 10 ms, `noise_db` above the quietest 50 ms, and not steady
        for 0.4 s (as noise is, but also a softly held vowel). Silence or noise like the clip's own
        before and after the speech does not change it.
        'first_interval': the first interval louder than the clip's mean level minus
        `threshold_db`, up to a pause of 0.5 s, as in the published code. The mean, and with it the
        interval, changes with what is before and after the speech.
    threshold_db, noise_db : float
        dB; `noise_db` for 'energy' only.

    Returns
    -------
    start_s, end_s : float
        s. A clip without a frame above the threshold is all speech.
    """
    if kind == "energy":
        found = _loud_sound(samples, rate, threshold_db, noise_db)
    elif kind == "first_interval":
        found = _first_interval(samples, rate, threshold_db)
    else:
        raise ValueError(f"unknown kind of speech detection: {kind}")
    first, end = found or (0, len(samples))
    return float(first / rate), float(min(end, len(samples)) / rate)


def _first_interval(samples: np.ndarray, rate: int, threshold_db: float) -> tuple[int, int] | None:
    """First sample of the interval and the one after its last, None if there is none."""
    limit = 10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + FLOOR) - threshold_db
    loud = np.flatnonzero(level_curve(samples, rate) >= limit)
    if len(loud) == 0:
        return None
    pauses = np.flatnonzero(np.diff(loud) > round(PAUSE_S / FRAME_S))
    last = loud[pauses[0]] if len(pauses) else loud[-1]
    return loud[0] * _length(FRAME_S, rate), (last + 1) * _length(FRAME_S, rate)


def _loud_sound(
    samples: np.ndarray, rate: int, threshold_db: float, noise_db: float
) -> tuple[int, int] | None:
    """First sample of the speech and the one after its last, None if there is none.

    Levels are those around each sample, not of frames, so that a later clip is found as much later.
    """
    sounding = np.flatnonzero(np.abs(samples) >= DIGITAL_SILENCE)
    run, average, floor = (_length(seconds, rate) for seconds in (RUN_S, FRAME_S, FLOOR_S))
    # zeros before and after the clip are cut off, so nothing depends on them
    first, end = (sounding[0], sounding[-1] + 1) if len(sounding) else (0, 0)
    sound = _speech_band(samples[first:end], rate)
    heard = sound[_outside_gaps(sounding - first, len(sound), _length(GAP_S, rate))]
    if len(sound) < run or len(heard) < floor:
        return None
    level = _levels(np.pad(sound, (average // 2, average - 1 - average // 2)), average)
    sustained = _minima(level, run)
    loudest = level.max()
    above_noise = min(_levels(heard, floor).min() + noise_db, loudest - LOUD_DB)
    speech = sustained >= max(loudest - threshold_db, above_noise)

    # stretches that are never much louder than their quietest part, such as noise before speech
    steady = _length(STEADY_S, rate)
    if len(sound) >= steady:
        peaks = -_minima(-sustained, steady - run + 1)
        quiet = _minima(_levels(sound, floor), steady - floor + 1)
        noise = (peaks < quiet + STEADY_DB) & (peaks < loudest - LOUD_DB)
        # a run is noise if it lies in any such stretch
        starts = np.pad(noise.astype(int), (steady - run, 0)).cumsum()
        within = np.pad(noise, (0, steady - run)).cumsum() - np.pad(starts, (1, 0))[:-1]
        # a clip may hold no other sound, as a tone or breath with a click
        speech = speech & (within == 0) if (speech & (within == 0)).any() else speech
    runs = np.flatnonzero(speech)
    return (first + runs[0], first + runs[-1] + run) if len(runs) else None


def _length(seconds: float, rate: int) -> int:
    """Samples of a duration, at least one."""
    return max(1, round(seconds * rate))


def _speech_band(samples: np.ndarray, rate: int) -> np.ndarray:
    """`samples` without what is below `SPEECH_HZ`, float64, without delay."""
    samples = samples.astype(np.float64)
    if rate <= 2 * SPEECH_HZ:
        return samples
    # imported here, as they take a second that users of other functions can save
    from scipy.signal import firwin, oaconvolve

    weights = firwin(_length(FILTER_S, rate) | 1, SPEECH_HZ, fs=rate, pass_zero=False)
    half = len(weights) // 2
    return oaconvolve(np.pad(samples, half), weights, mode="valid")


def _outside_gaps(sounding: np.ndarray, n_samples: int, gap: int) -> np.ndarray:
    """Mask of the samples outside runs of `gap` zeros or more; `sounding`: those that are not zero."""
    kept = np.ones(n_samples, bool)
    for index in np.flatnonzero(np.diff(sounding) > gap):
        kept[sounding[index] + 1 : sounding[index + 1]] = False
    return kept


def _levels(sound: np.ndarray, length: int) -> np.ndarray:
    """Level of every `length` consecutive samples, dB re full scale, shape (n − length + 1,)."""
    energy = np.concatenate([[0.0], np.cumsum(sound**2)])
    return 10 * np.log10((energy[length:] - energy[:-length]) / length + FLOOR)


def _minima(values: np.ndarray, length: int) -> np.ndarray:
    """Lowest of every `length` consecutive values, shape (n − length + 1,)."""
    from scipy.ndimage import minimum_filter1d

    return minimum_filter1d(values, length)[length // 2 :][: len(values) - length + 1]
