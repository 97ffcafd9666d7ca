"""The embedded corpus: synthetic, speech-like clips with the emotion in one known interval.

Nothing here is human speech, and no result on it is a finding about people. Each clip is neutral
speech of a made-up speaker, except for one interval in which the cues of its emotion are changed by
known amounts. That gives a ground truth that no real corpus has: where a classifier should look.

The voice is a source-filter synthesiser (Fant 1960; Klatt 1980): glottal pulses (Rosenberg 1971)
with jitter and shimmer, plus breath noise, pass through five moving formants; noise bursts between
the vowels stand for consonants.
"""

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import soundfile
from scipy.fft import irfft, rfft, rfftfreq
from scipy.ndimage import convolve1d

SAMPLE_RATE = 16000  # Hz
STEP = 160  # samples between control frames, 10 ms
STEP_S = STEP / SAMPLE_RATE
FFT = 1024  # samples: a window of two steps and 44 ms for the ringing of the tract

TEXTS = 10  # sentences
EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad")

# Planted change of each cue at strength 1. The directions follow Juslin & Laukka (2003); the sizes
# are chosen so that the paper's network is often, but not always, right on unheard speakers.
PLANTED = {
    "angry": {"loudness": 6.0, "pitch_level": 4.0, "shimmer": 2.0, "slope_500_1500": 8.0},
    "disgust": {"pitch_level": -5.0, "jitter": 0.05, "shimmer": 4.0},
    "fear": {"pitch_level": 6.0, "jitter": 0.015, "hnr": -22.0, "slope_500_1500": -6.0},
    "happy": {"loudness": 4.0, "pitch_level": 4.0, "pitch_variability": 3.0},
    "neutral": {},
    "sad": {"loudness": -6.0, "pitch_level": -4.0, "hnr": -8.0, "slope_500_1500": -8.0},
}
UNITS = {
    "loudness": "dB",
    "pitch_level": "semitones",
    "pitch_variability": "semitones",  # standard deviation of the intonation
    "jitter": "ratio",  # mean difference of adjacent periods over the mean period
    "shimmer": "dB",  # mean difference of adjacent pulse levels
    "hnr": "dB",  # pulses against breath noise at the glottis
    "slope_500_1500": "dB/octave",  # slope of the source above 500 Hz
    "none": "none",  # the row of a neutral clip
}
STRONGEST = 1.25  # strength drawn for a clip: 0 to this, the more likely the stronger
CUE_SPREAD = (0.8, 1.2)  # range of the factor drawn for each cue of a clip

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
    """One stretch of speech: how long, how loud, and its noise."""

    length_s: float
    voice_db: float  # level of the voice against a vowel
    noise_db: float = -100.0  # level of the friction noise
    noise_hz: float = 4000.0  # centre of that noise
    noise_width_hz: float = 1000.0
    formants: tuple | None = None  # F1 to F3; none: those of the vowel that follows


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
    """A made-up voice: the parameters of its neutral speech."""

    code: str  # f01, m01, …
    f0_hz: float
    tract: float  # factor on all formants; 1 is the average man
    slope: float  # dB/octave above 500 Hz, beside the slope of the glottal pulse
    hnr_db: float  # pulses against breath noise
    jitter: float  # ratio
    shimmer_db: float
    intonation: float  # semitones, standard deviation
    level_dbfs: float  # root mean square of voiced neutral speech
    syllables_per_s: float


@dataclass(frozen=True)
class Utterance:
    """One clip with all that is known of it; times in seconds of the clip."""

    samples: np.ndarray  # float64, (n,), at 16 kHz
    speech: tuple[float, float]  # first to last sound
    interval: tuple[float, float]  # where the cues are planted
    sizes: dict[str, float]  # planted change per cue, empty for neutral
    f0_hz: np.ndarray  # requested F0 per control frame of 10 ms
    voiced: np.ndarray  # whether the frame is meant to be voiced


def speakers(seed: int, n: int = 12) -> list[Speaker]:
    """Draw `n` speakers, the first half female (170–240 Hz), the rest male (105–150 Hz)."""
    n_female = (n + 1) // 2
    female = [f"f{i + 1:02d}" for i in range(n_female)]
    male = [f"m{i + 1:02d}" for i in range(n - n_female)]
    return _group(seed, female, (170.0, 240.0), 1.17) + _group(seed, male, (105.0, 150.0), 1.0)


def _group(seed: int, codes: list[str], f0: tuple[float, float], tract: float) -> list[Speaker]:
    """Speakers whose F0 are spread evenly over a range, in drawn order."""
    spread = _generator(seed, "F0", *codes).permutation(np.geomspace(*f0, max(len(codes), 1)))
    return [_speaker(seed, code, hz, tract) for code, hz in zip(codes, spread, strict=True)]


def _speaker(seed: int, code: str, f0_hz: float, tract: float) -> Speaker:
    rng = _generator(seed, "speaker", code)
    return Speaker(
        code=code,
        f0_hz=float(f0_hz * rng.uniform(0.97, 1.03)),
        tract=tract * rng.uniform(0.95, 1.05),
        slope=rng.uniform(-2, 0),
        hnr_db=rng.uniform(22, 26),
        jitter=rng.uniform(0.004, 0.009),
        shimmer_db=rng.uniform(0.2, 0.4),
        intonation=rng.uniform(0.6, 1.2),
        level_dbfs=rng.uniform(-36, -31),
        syllables_per_s=rng.uniform(4.3, 5.5),
    )


def sentence(seed: int, code: str) -> list[tuple[str, str]]:
    """Syllables (consonant, vowel) of the text `code`, the same for all speakers; "" is a pause."""
    rng = _generator(seed, "text", code)
    n = int(rng.integers(7, 10))
    syllables = list(zip(rng.choice(list(CONSONANTS), n), rng.choice(list(VOWELS), n), strict=True))
    if rng.random() < 0.4:
        syllables.insert(int(rng.integers(3, n - 2)), ("", ""))
    return [(str(consonant), str(vowel)) for consonant, vowel in syllables]


def draw_sizes(emotion: str, rng: np.random.Generator, strength: float = 1.0) -> dict[str, float]:
    """Draw the planted change of each cue of one clip, in the units of `UNITS`.

    One strength is drawn for the clip and one factor for each cue; `strength` multiplies them all,
    and 0 plants nothing.
    """
    drawn = strength * STRONGEST * rng.power(3)
    return {
        cue: float(size * drawn * rng.uniform(*CUE_SPREAD))
        for cue, size in PLANTED[emotion].items()
    }


def utterance(
    speaker: Speaker,
    syllables: list[tuple[str, str]],
    sizes: dict[str, float],
    rng: np.random.Generator,
) -> Utterance:
    """Synthesise one clip with `sizes` planted in one interval.

    Parameters
    ----------
    speaker : Speaker
        The voice.
    syllables : list of (consonant, vowel)
        As `sentence` gives them.
    sizes : dict
        Cue to planted change, in the units of `UNITS`; empty for neutral speech.
    rng : numpy.random.Generator
        All that chance decides. Its draws do not depend on `sizes`, so the same state with and
        without planted cues gives the same sentence, said neutrally.

    Returns
    -------
    Utterance
        1.7 to 3.4 s, of which about 1.4 to 2.4 s are speech. The interval lasts 0.6 to 0.9 s and
        lies at a random place of the speech.

    Raises
    ------
    ValueError
        A cue has no unit in `UNITS`.
    """
    if unknown := sorted(set(sizes) - set(UNITS)):
        raise ValueError(f"cues {unknown} cannot be planted; known are {sorted(UNITS)}")
    layout, prosody, pulses, noise = rng.spawn(4)
    track = _tracks(syllables, speaker, layout)
    n = len(track.voice)
    times = np.arange(n) * STEP_S
    interval = _interval(track.speech, layout)
    planted = {cue: sizes.get(cue, 0) * _plateau(times, interval) for cue in UNITS}

    f0_hz = _pitch(speaker, times, track.speech, planted, prosody)
    slope = speaker.slope + prosody.normal(0, 0.4)
    gain_db = _loudness(times, prosody) + planted["loudness"]
    hnr_db = speaker.hnr_db + planted["hnr"]

    heard = np.flatnonzero(track.voice > 1e-3)
    breath = noise.standard_normal(n * STEP) * _per_sample(10 ** (-hnr_db / 20))
    voice = (_pulses(speaker, f0_hz, planted, pulses) + breath) * _per_sample(track.voice)
    response = _tract(track.formants[heard]) * _tilt(np.full(len(heard), slope))
    response = _tilted(response, planted["slope_500_1500"][heard])
    speech = _filtered(voice, heard, response)
    heard = np.flatnonzero(track.noise > 1e-3)
    friction = noise.standard_normal(n * STEP) * _per_sample(track.noise)
    speech += _filtered(friction, heard, _peak(track.noise_hz[heard], track.noise_width_hz[heard]))
    speech *= _per_sample(10 ** (gain_db / 20))

    voiced = track.voice > 0.3
    elsewhere = _per_sample((voiced & ~_inside(times, interval)).astype(float)) > 0.5
    level = speaker.level_dbfs + prosody.normal(0, 1.5)
    speech *= 10 ** (level / 20) / np.sqrt(np.mean(speech[elsewhere] ** 2))
    room = noise.standard_normal(len(speech)) * 10 ** ((level - prosody.uniform(50, 54)) / 20)
    return Utterance(speech + room, track.speech, interval, dict(sizes), f0_hz, voiced)


class _Tracks(NamedTuple):
    """What the articulators do, per control frame."""

    voice: np.ndarray  # amplitude of the voice, (n,)
    noise: np.ndarray  # amplitude of the friction noise, (n,)
    noise_hz: np.ndarray
    noise_width_hz: np.ndarray
    formants: np.ndarray  # Hz, (n, 5)
    speech: tuple[float, float]  # s


def _tracks(syllables, speaker: Speaker, rng: np.random.Generator) -> _Tracks:
    """Lay the sounds of a sentence out in time, with silence before and after, and coarticulate."""
    sounds = []
    for i, (consonant, vowel) in enumerate(syllables):
        if not vowel:
            sounds.append(Sound(rng.uniform(0.1, 0.2), SILENT))
            continue
        onset = CONSONANTS[consonant]
        if i == 0:
            onset = onset[-1:]  # the closure of a first stop is silence before the speech
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


def _interval(speech: tuple[float, float], rng: np.random.Generator) -> tuple[float, float]:
    """Draw the interval of the planted cues: 0.6 to 0.9 s, 0.05 s or more inside the speech."""
    first, last = speech[0] + 0.05, speech[1] - 0.05
    length = min(rng.uniform(0.6, 0.9), last - first)
    start = rng.uniform(first, last - length)
    return float(start), float(start + length)


def _inside(times: np.ndarray, interval: tuple[float, float]) -> np.ndarray:
    return (times >= interval[0]) & (times < interval[1])


def _plateau(times: np.ndarray, interval: tuple[float, float], ramp_s: float = 0.04) -> np.ndarray:
    """0 outside the interval and 1 within, with ramps that lie in the interval."""
    inwards = np.minimum(times - interval[0], interval[1] - times) / ramp_s
    return np.sin(np.pi / 2 * np.clip(inwards, 0, 1)) ** 2


def _pitch(speaker: Speaker, times, speech, planted: dict, rng: np.random.Generator) -> np.ndarray:
    """F0 in Hz: level of the clip, declination, intonation, and what is planted."""
    progress = np.clip((times - speech[0]) / (speech[1] - speech[0]), 0, 1)
    phase, rate = rng.uniform(0, 2 * np.pi), rng.uniform(2.2, 3.5)
    intonation = np.sqrt(2) * np.sin(2 * np.pi * rate * times + phase)  # standard deviation 1
    semitones = rng.normal(0, 0.7) + 1.0 - 2.0 * progress
    semitones = semitones + planted["pitch_level"]
    semitones += (speaker.intonation + planted["pitch_variability"]) * intonation
    return speaker.f0_hz * 2 ** (semitones / 12)


def _loudness(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Natural slow variation of the level, dB, standard deviation 1."""
    phase, rate = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.5)
    return np.sqrt(2) * np.sin(2 * np.pi * rate * times + phase)


def _per_sample(track: np.ndarray) -> np.ndarray:
    """Interpolate a control track, (n,), linearly to samples, (n × 160,)."""
    return np.interp(np.arange(len(track) * STEP) / STEP, np.arange(len(track)), track)


def _pulses(speaker: Speaker, f0_hz: np.ndarray, planted: dict, rng) -> np.ndarray:
    """Derivative of the glottal flow, of unit power whatever the F0, with jitter and shimmer.

    For independent Gaussian deviations the mean difference of neighbours is 2/√π of the standard
    deviation, which turns jitter and shimmer into standard deviations.
    """
    time = np.arange(len(f0_hz) * STEP) / SAMPLE_RATE
    cycles = np.cumsum(_per_sample(f0_hz)) / SAMPLE_RATE
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


def _tract(formants: np.ndarray) -> np.ndarray:
    """Response of the vocal tract: two-pole resonators in cascade, unit gain at 0 Hz (Klatt 1980).

    Formants in Hz, (n, 5), to complex gains, (n, bins).
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


def _tilt(slope: np.ndarray) -> np.ndarray:
    """Gain of a slope in dB/octave from 500 Hz to 3 kHz, (n,) to (n, bins)."""
    octaves = np.log2(np.clip(rfftfreq(FFT, 1 / SAMPLE_RATE), 500, 3000) / 500)
    return np.exp(np.outer(slope * np.log(10) / 20, octaves).astype(np.float32))


def _tilted(response: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """`response`, (n, bins), with another slope but the level it had: loudness is a cue by itself."""
    tilted = response * _tilt(slope)
    hz = rfftfreq(FFT, 1 / SAMPLE_RATE)
    source = np.where(hz < 80, 0, 1 / np.maximum(hz, 80) ** 2).astype(np.float32)  # of the pulses
    change = (np.abs(tilted) ** 2 @ source) / (np.abs(response) ** 2 @ source)
    return tilted / np.sqrt(change)[:, None]


def _peak(centre_hz: np.ndarray, width_hz: np.ndarray) -> np.ndarray:
    """Gain of one broad peak, the colour of friction noise, (n,) to (n, bins)."""
    distance = (rfftfreq(FFT, 1 / SAMPLE_RATE) - centre_hz[:, None]) / width_hz[:, None]
    return (4 / np.sqrt(1 + (2 * distance) ** 4)).astype(np.float32)


def _filtered(signal: np.ndarray, frames: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Filter windows of 20 ms around the control `frames` by their own response and add them up."""
    window = 0.5 - 0.5 * np.cos(np.pi * np.arange(2 * STEP) / STEP)  # neighbours add up to 1
    padded = np.pad(signal, STEP)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * STEP)[frames * STEP] * window
    out = np.zeros(len(signal) + FFT)
    for frame, piece in zip(
        frames, irfft(rfft(windows.astype(np.float32), FFT) * response, FFT), strict=True
    ):
        out[frame * STEP : frame * STEP + FFT] += piece
    return out[STEP : STEP + len(signal)]


def _generator(seed: int, *names: str) -> np.random.Generator:
    """Random numbers that depend on the seed and the names alone, not on any order."""
    digest = hashlib.sha256("/".join((str(seed), *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def build(
    folder: Path,
    seed: int,
    n_speakers: int = 12,
    clips_per_emotion: int = 10,
    emotions: tuple[str, ...] = EMOTIONS,
    strength: float = 1.0,
    processes: int = 1,
) -> pd.DataFrame:
    """Write the corpus as 16 kHz WAV (PCM, 16 bits) into `folder` and return its truth.

    Parameters
    ----------
    folder : Path
        Receives `<speaker>_<text>_<emotion>_<take>.wav` and nothing else; made if absent.
    seed : int
        Same seed, same bytes, however many processes.
    n_speakers : int
        As in `speakers`.
    clips_per_emotion : int
        Clips per speaker and emotion: ten texts, then second takes of them, and so on.
    emotions : sequence of str
        Some of `EMOTIONS`.
    strength : float
        Factor on all planted changes; 0 makes a corpus without any, for control.
    processes : int
        Processes that share the work.

    Returns
    -------
    pandas.DataFrame
        Table `truth`: one row per clip and planted cue. A clip without any (neutral, or strength
        0) has one row, cue "none" and size 0, whose interval was drawn like all others and carries
        nothing.

    Raises
    ------
    ValueError
        An emotion is not among `EMOTIONS`.
    """
    if unknown := sorted(set(emotions) - set(EMOTIONS)):
        raise ValueError(f"emotions {unknown} cannot be planted; known are {EMOTIONS}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    clips = [
        _Clip(folder, seed, speaker, f"t{i % TEXTS + 1:02d}", emotion, i // TEXTS + 1, strength)
        for speaker in speakers(seed, n_speakers)
        for emotion in emotions
        for i in range(clips_per_emotion)
    ]
    if processes > 1:
        with ProcessPoolExecutor(processes) as pool:
            rows = list(pool.map(_build_clip, clips, chunksize=16))
    else:
        rows = list(map(_build_clip, clips))
    truth = pd.DataFrame([row for clip_rows in rows for row in clip_rows])
    return truth.sort_values(["clip_id", "cue"], ignore_index=True)


class _Clip(NamedTuple):
    """All that one clip of the corpus depends on."""

    folder: Path
    seed: int
    speaker: Speaker
    text: str
    emotion: str
    take: int
    strength: float


def _build_clip(clip: _Clip) -> list[dict]:
    """Write one clip and return its rows of the truth."""
    clip_id = f"{clip.speaker.code}_{clip.text}_{clip.emotion}_{clip.take}"
    rng = _generator(clip.seed, clip_id)
    sizes = draw_sizes(clip.emotion, rng, clip.strength)
    made = utterance(clip.speaker, sentence(clip.seed, clip.text), sizes, rng)
    path = clip.folder / f"{clip_id}.wav"
    soundfile.write(path, np.clip(made.samples, -1, 1), SAMPLE_RATE, subtype="PCM_16")
    start_s, end_s = made.interval
    planted = {cue: size for cue, size in sizes.items() if size}
    return [
        {
            "clip_id": clip_id,
            "emotion": clip.emotion,
            "start_s": start_s,
            "end_s": end_s,
            "cue": cue,
            "size": size,
            "unit": UNITS[cue],
        }
        for cue, size in (planted or {"none": 0.0}).items()
    ]
