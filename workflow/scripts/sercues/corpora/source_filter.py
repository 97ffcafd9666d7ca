"""Source-filter synthesis of speech-like sound for the embedded corpus."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, rfft, rfftfreq
from scipy.ndimage import convolve1d
from scipy.signal import oaconvolve

SAMPLE_RATE = 16000  # Hz
STEP = 160  # samples between control frames, 10 ms
STEP_S = STEP / SAMPLE_RATE
LEVEL_S = 0.08  # s over which the level of a voice is kept
FFT = 1024  # samples: a window of two steps, and 44 ms for the vocal tract to ring

# Formants F1, F2, F3 in Hz, means of men (Peterson & Barney 1952)
VOWELS = {
    "i": (270, 2290, 3010),
    "e": (530, 1840, 2480),
    "ae": (660, 1720, 2410),
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "uh": (640, 1190, 2390),
    "er": (490, 1350, 1690),
}
UPPER_FORMANTS = (3500, 4500)  # Hz, F4 and F5
BANDWIDTHS = (60, 90, 120, 175, 250)  # Hz, after Klatt (1980)


class Sound(NamedTuple):
    """Duration, level and noise of one segment of speech."""

    length_s: float
    voice_db: float  # level of the voice re a vowel
    noise_db: float = -100.0  # level of the friction noise
    noise_hz: float = 4000.0  # centre of that noise
    noise_width_hz: float = 1000.0
    formants: tuple | None = None  # F1 to F3; None: those of the next vowel


SILENT = -100.0  # dB
CONSONANTS = {
    "s": (Sound(0.09, SILENT, -14, 5800, 1500),),
    "sh": (Sound(0.09, SILENT, -12, 3200, 1000),),
    "f": (Sound(0.07, SILENT, -26, 5000, 5000),),
    "t": (Sound(0.05, SILENT), Sound(0.025, SILENT, -12, 4300, 2000)),
    "k": (Sound(0.05, SILENT), Sound(0.03, SILENT, -12, 2000, 600)),
    "p": (Sound(0.05, SILENT), Sound(0.02, SILENT, -16, 900, 700)),
    "m": (Sound(0.07, -8, formants=(250, 1100, 2200)),),
    "l": (Sound(0.06, -5, formants=(360, 1250, 2700)),),
}


@dataclass(frozen=True)
class Speaker:
    """Parameters of the neutral speech of a synthetic speaker."""

    code: str  # f01, m01, …
    f0_hz: float
    tract: float  # factor on all formants; 1 is the average man
    slope: float  # dB/octave above 500 Hz, in addition to the slope of the glottal pulse
    hnr_db: float  # pulses re breath noise
    jitter: float  # ratio
    shimmer_db: float
    intonation: float  # semitones, standard deviation
    level_dbfs: float  # root mean square of voiced neutral speech
    syllables_per_s: float


class _Tracks(NamedTuple):
    """Control parameters per control frame."""

    voice: np.ndarray  # amplitude of the voice, (n,)
    noise: np.ndarray  # amplitude of the friction noise, (n,)
    noise_hz: np.ndarray
    noise_width_hz: np.ndarray
    formants: np.ndarray  # Hz, (n, 5)
    speech: tuple[float, float]  # s


def control_tracks(syllables, speaker: Speaker, rng: np.random.Generator) -> _Tracks:
    """Time course of a sentence's sounds, coarticulated, with silence before and after."""
    sounds = []
    for i, (consonant, vowel) in enumerate(syllables):
        if not vowel:
            sounds.append(Sound(rng.uniform(0.1, 0.2), SILENT))
            continue
        onset = CONSONANTS[consonant]
        if i == 0:
            onset = onset[-1:]  # the closure of an initial stop is part of the silence
        sounds += [
            sound._replace(length_s=sound.length_s * rng.uniform(0.85, 1.15)) for sound in onset
        ]
        length = 1 / speaker.syllables_per_s - sum(sound.length_s for sound in onset)
        length = (
            max(0.08, length) * rng.uniform(0.85, 1.15) * (1.3 if i == len(syllables) - 1 else 1)
        )
        sounds.append(Sound(length, rng.normal(0, 1.0), formants=VOWELS[vowel]))
    before, after = rng.uniform(0.15, 0.5, 2)
    lengths = [before, *(sound.length_s for sound in sounds), after]
    sounds = [Sound(before, SILENT), *sounds, Sound(after, SILENT)]

    edges = np.round(np.cumsum([0, *lengths]) / STEP_S).astype(int)
    per_frame = np.repeat(np.arange(len(sounds)), np.diff(edges))

    def smooth(values, length_s: float) -> np.ndarray:
        kernel = np.hanning(round(length_s / STEP_S) + 2)
        kernel /= kernel.sum()
        return convolve1d(np.asarray(values, float)[per_frame], kernel, axis=0, mode="nearest")

    formants, following = [], VOWELS["uh"]
    for sound in reversed(sounds):
        following = sound.formants or following
        formants.append((*following, *UPPER_FORMANTS))
    return _Tracks(
        voice=smooth([10 ** (sound.voice_db / 20) for sound in sounds], 0.03),
        noise=smooth([10 ** (sound.noise_db / 20) for sound in sounds], 0.01),
        noise_hz=smooth([sound.noise_hz for sound in sounds], 0.01),
        noise_width_hz=smooth([sound.noise_width_hz for sound in sounds], 0.01),
        formants=smooth(formants[::-1], 0.09) * speaker.tract,
        speech=(float(edges[1] * STEP_S), float(edges[-2] * STEP_S)),
    )


def is_inside(times: np.ndarray, interval: tuple[float, float]) -> np.ndarray:
    return (times >= interval[0]) & (times < interval[1])


def plateau(times: np.ndarray, interval: tuple[float, float]) -> np.ndarray:
    """1 within the interval and 0 outside, with ramps of 40 ms inside the interval."""
    from_edge = np.minimum(times - interval[0], interval[1] - times) / 0.04
    return np.sin(np.pi / 2 * np.clip(from_edge, 0, 1)) ** 2


def pitch_track(
    speaker: Speaker, times, speech, planted: dict, rng: np.random.Generator
) -> np.ndarray:
    """F0 in Hz from the clip's level, declination, intonation and planted changes."""
    progress = np.clip((times - speech[0]) / (speech[1] - speech[0]), 0, 1)
    phase, rate = rng.uniform(0, 2 * np.pi), rng.uniform(2.2, 3.5)
    intonation = np.sqrt(2) * np.sin(2 * np.pi * rate * times + phase)  # standard deviation 1
    semitones = rng.normal(0, 0.7) + 1.0 - 2.0 * progress
    semitones = semitones + planted["pitch_level"]
    semitones += (speaker.intonation + planted["pitch_variability"]) * intonation
    return speaker.f0_hz * 2 ** (semitones / 12)


def loudness_track(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Natural slow variation of the level, dB, standard deviation 1."""
    phase, rate = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.5)
    return np.sqrt(2) * np.sin(2 * np.pi * rate * times + phase)


def per_sample(track: np.ndarray) -> np.ndarray:
    """Interpolate a control track, (n,), linearly to samples, (n × 160,)."""
    return np.interp(np.arange(len(track) * STEP) / STEP, np.arange(len(track)), track)


def glottal_pulses(speaker: Speaker, f0_hz: np.ndarray, planted: dict, rng) -> np.ndarray:
    """Derivative of the glottal flow with jitter and shimmer, of unit power at any F0.

    Jitter and shimmer are converted to standard deviations: for independent Gaussian deviations the
    mean difference of neighbours is 2/√π standard deviations.
    """
    time = np.arange(len(f0_hz) * STEP) / SAMPLE_RATE
    cycles = np.cumsum(per_sample(f0_hz)) / SAMPLE_RATE
    starts = np.interp(np.arange(cycles[-1]), cycles, time)
    frame = (starts / STEP_S).astype(int)
    jitter = (speaker.jitter + planted["jitter"])[frame]
    shimmer = (speaker.shimmer_db + planted["shimmer"])[frame]
    deviation = rng.standard_normal((2, len(starts))) * np.sqrt(np.pi) / 2

    periods = np.diff(starts, append=starts[-1] + 1 / f0_hz[-1])
    periods = periods * np.clip(1 + jitter * deviation[0], 0.5, 1.5)
    starts = starts[0] + np.cumsum(periods) - periods
    amplitude = 10 ** (shimmer * deviation[1] / 20) * periods * SAMPLE_RATE

    pulse = np.clip(np.searchsorted(starts, time, side="right") - 1, 0, None)
    flow = _rosenberg((time - starts[pulse]) / periods[pulse])
    return np.diff(amplitude[pulse] * flow, prepend=0) / ROSENBERG_SLOPE


RISE, FALL = 0.4, 0.2  # shares of the period in which the glottis opens and closes
ROSENBERG_SLOPE = np.pi / np.sqrt(8) * np.sqrt(1 / RISE + 1 / FALL)  # rms slope per period


def _rosenberg(phase: np.ndarray) -> np.ndarray:
    """Glottal flow at `phase` of the period, 0 to 1 (Rosenberg 1971, shape C)."""
    opening = 0.5 * (1 - np.cos(np.pi * phase / RISE))
    closing = np.cos(np.pi / 2 * (phase - RISE) / FALL)
    closed = (phase < 0) | (phase > RISE + FALL)
    return np.where(closed, 0, np.where(phase < RISE, opening, closing))


def tract_response(formants: np.ndarray) -> np.ndarray:
    """Response of the vocal tract: two-pole resonators in cascade, unit gain at 0 Hz (Klatt 1980).

    Maps formants in Hz, (n, 5), to complex gains, (n, bins).
    """
    radius = np.exp(-np.pi * np.array(BANDWIDTHS) / SAMPLE_RATE)
    pole = radius * np.exp(2j * np.pi * formants / SAMPLE_RATE)
    poles = np.stack([pole, pole.conj()], axis=2).reshape(len(formants), -1)
    denominator = np.zeros((len(formants), poles.shape[1] + 1), complex)
    denominator[:, 0] = 1
    for i in range(poles.shape[1]):  # multiply out, one factor (1 − pole·z) at a time
        denominator[:, 1:] -= poles[:, i : i + 1] * denominator[:, :-1]
    denominator = denominator.real
    gain = denominator.sum(axis=1, keepdims=True)
    return gain.astype(np.float32) / rfft(denominator.astype(np.float32), FFT)


def tilt_response(slope: np.ndarray) -> np.ndarray:
    """Gain of a slope in dB/octave from 500 Hz to 3 kHz, (n,) to (n, bins)."""
    octaves = np.log2(np.clip(rfftfreq(FFT, 1 / SAMPLE_RATE), 500, 3000) / 500)
    return np.exp(np.outer(slope * np.log(10) / 20, octaves).astype(np.float32))


def tilted(response: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """`response`, (n, bins), with a slope added at constant level, as loudness is a separate cue."""
    tilted = response * tilt_response(slope)
    hz = rfftfreq(FFT, 1 / SAMPLE_RATE)
    source = np.where(hz < 80, 0, 1 / np.maximum(hz, 80) ** 2).astype(np.float32)  # of the pulses
    change = (np.abs(tilted) ** 2 @ source) / (np.abs(response) ** 2 @ source)
    return tilted / np.sqrt(change)[:, None]


def at_level_of(signal: np.ndarray, aim: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`signal` with the slow course of the level of `aim`, so that planted cues change no loudness.

    Breath noise, shimmer and harmonics that meet a formant change the level of a voice. Levels are
    those of `LEVEL_S`, longer than a period, which leaves shimmer as it is.

    Parameters
    ----------
    signal, aim : array, shape (n_samples,)
    weight : array, shape (n_samples,)
        0: `signal` stays; 1: it has the level of `aim`; between them in dB.
    """
    window = np.hanning(round(LEVEL_S * SAMPLE_RATE) + 2)
    levels = [oaconvolve(values**2, window / window.sum(), mode="same") for values in (signal, aim)]
    quietest = 1e-6 * levels[1].max()  # where nobody speaks there is nothing to adjust
    ratio = np.maximum(levels[1], quietest) / np.maximum(levels[0], quietest)
    return signal * ratio ** (weight / 2)


def resonance_peak(centre_hz: np.ndarray, width_hz: np.ndarray) -> np.ndarray:
    """Gain of one broad peak, the spectrum of friction noise, (n,) to (n, bins)."""
    distance = (rfftfreq(FFT, 1 / SAMPLE_RATE) - centre_hz[:, None]) / width_hz[:, None]
    return (4 / np.sqrt(1 + (2 * distance) ** 4)).astype(np.float32)


def filtered(signal: np.ndarray, frames: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Filter windows of 20 ms around the control `frames`, each by its response, and add them."""
    window = 0.5 - 0.5 * np.cos(np.pi * np.arange(2 * STEP) / STEP)  # neighbours add up to 1
    padded = np.pad(signal, STEP)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * STEP)[frames * STEP] * window
    total = np.zeros(len(signal) + FFT)
    for frame, piece in zip(
        frames, irfft(rfft(windows.astype(np.float32), FFT) * response, FFT), strict=True
    ):
        total[frame * STEP : frame * STEP + FFT] += piece
    return total[STEP : STEP + len(signal)]
