"""The embedded corpus: synthetic, speech-like clips with the emotion in one known interval.

Nothing here is human speech, and no result on it is a finding about people. Each clip is neutral
speech of a synthetic speaker, except for one interval in which the cues of its emotion are changed
by known amounts, loudness only where it is one of them. Unlike in a real corpus, it is known where a classifier should look.

The voice is a source-filter synthesiser (Fant 1960; Klatt 1980): glottal pulses (Rosenberg 1971)
with jitter and shimmer, plus breath noise, pass through five moving formants; noise bursts between
the vowels stand for consonants.
"""

import copy
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import soundfile

from sercues.core import job
from sercues.corpora import source_filter
from sercues.corpora.source_filter import (
    CONSONANTS,
    SAMPLE_RATE,
    STEP,
    STEP_S,
    VOWELS,
    Speaker,
)

TEXTS = 10  # sentences
EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad")

# Planted change of each cue at strength 1. The directions follow Juslin & Laukka (2003); the sizes
# are chosen so that the paper's network is often, but not always, correct on held-out speakers.
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
    "hnr": "dB",  # pulses re breath noise at the glottis
    "slope_500_1500": "dB/octave",  # slope of the source above 500 Hz
    "none": "none",  # the row of a neutral clip
}
TOGETHER, ONE = "together", "one"  # which cues of its emotion a clip has
STRONGEST = 1.25  # a clip's strength is drawn between 0 and this; higher ones are more likely
CUE_SPREAD = (0.8, 1.2)  # range of the factor drawn for each cue of a clip


@dataclass(frozen=True)
class Utterance:
    """One clip and its ground truth; times in seconds of the clip."""

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
    """Speakers whose F0 are spaced evenly (in log) over a range, in random order."""
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
    """Syllables (consonant, vowel) of text `code`, the same for all speakers; "" is a pause."""
    rng = _generator(seed, "text", code)
    n = int(rng.integers(7, 10))
    syllables = list(zip(rng.choice(list(CONSONANTS), n), rng.choice(list(VOWELS), n), strict=True))
    if rng.random() < 0.4:
        syllables.insert(int(rng.integers(3, n - 2)), ("", ""))
    return [(str(consonant), str(vowel)) for consonant, vowel in syllables]


def draw_sizes(
    emotion: str, rng: np.random.Generator, strength: float = 1.0, only: int | None = None
) -> dict[str, float]:
    """Draw the planted change of each cue of one clip, in the units of `UNITS`.

    One strength is drawn per clip and one factor per cue; `strength` multiplies all changes. `only`:
    plant one cue of the emotion, of this number, counted on from its first when they are used up.
    """
    clip_strength = strength * STRONGEST * rng.power(3)
    sizes = {
        cue: float(size * clip_strength * rng.uniform(*CUE_SPREAD))
        for cue, size in PLANTED[emotion].items()
    }
    if only is None or not sizes:
        return sizes
    cue = list(sizes)[only % len(sizes)]
    return {cue: sizes[cue]}


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
        Its draws do not depend on `sizes`, so the same state without planted cues gives the same
        sentence, spoken neutrally.

    Returns
    -------
    Utterance
        1.7 to 3.4 s, of which about 1.4 to 2.4 s are speech. The interval lasts 0.6 to 0.9 s and
        has a random position within the speech.

    Raises
    ------
    ValueError
        A cue has no unit in `UNITS`.
    """
    if unknown := sorted(set(sizes) - set(UNITS)):
        raise ValueError(f"cues {unknown} cannot be planted; known are {sorted(UNITS)}")
    layout, prosody, pulses, noise = rng.spawn(4)
    track = source_filter.control_tracks(syllables, speaker, layout)
    n = len(track.voice)
    times = np.arange(n) * STEP_S
    interval = _interval(track.speech, layout)
    planted = {cue: sizes.get(cue, 0) * source_filter.plateau(times, interval) for cue in UNITS}

    prosody_before = copy.deepcopy(prosody)
    f0_hz = source_filter.pitch_track(speaker, times, track.speech, planted, prosody)
    slope = speaker.slope + prosody.normal(0, 0.4)
    gain_db = source_filter.loudness_track(times, prosody) + planted["loudness"]

    frames = np.flatnonzero(track.voice > 1e-3)
    response = source_filter.tract_response(track.formants[frames]) * source_filter.tilt_response(
        np.full(len(frames), slope)
    )
    white = noise.standard_normal(n * STEP)

    def voice(cues: dict, f0_hz: np.ndarray, draws: np.random.Generator) -> np.ndarray:
        """The voice with the planted `cues`, whatever its level then is."""
        breath = white * source_filter.per_sample(10 ** (-(speaker.hnr_db + cues["hnr"]) / 20))
        source = source_filter.glottal_pulses(speaker, f0_hz, cues, draws) + breath
        source *= source_filter.per_sample(track.voice)
        tilted = source_filter.tilted(response, cues["slope_500_1500"][frames])
        return source_filter.filtered(source, frames, tilted)

    nothing = {cue: np.zeros(n) for cue in UNITS}
    neutral = [copy.deepcopy(generator) for generator in (prosody_before, pulses)]
    speech = voice(planted, f0_hz, pulses)
    if sizes:
        neutral_f0 = source_filter.pitch_track(speaker, times, track.speech, nothing, neutral[0])
        aim = voice(nothing, neutral_f0, neutral[1])
        weight = source_filter.per_sample(source_filter.plateau(times, interval))
        speech = source_filter.at_level_of(speech, aim, weight)
    frames = np.flatnonzero(track.noise > 1e-3)
    friction = noise.standard_normal(n * STEP) * source_filter.per_sample(track.noise)
    speech += source_filter.filtered(
        friction,
        frames,
        source_filter.resonance_peak(track.noise_hz[frames], track.noise_width_hz[frames]),
    )
    speech *= source_filter.per_sample(10 ** (gain_db / 20))

    voiced = track.voice > 0.3
    elsewhere = (
        source_filter.per_sample((voiced & ~source_filter.is_inside(times, interval)).astype(float))
        > 0.5
    )
    level = speaker.level_dbfs + prosody.normal(0, 1.5)
    speech *= 10 ** (level / 20) / np.sqrt(np.mean(speech[elsewhere] ** 2))
    room = noise.standard_normal(len(speech)) * 10 ** ((level - prosody.uniform(50, 54)) / 20)
    return Utterance(speech + room, track.speech, interval, dict(sizes), f0_hz, voiced)


def _interval(speech: tuple[float, float], rng: np.random.Generator) -> tuple[float, float]:
    """Draw the interval of the planted cues: 0.6 to 0.9 s, at least 0.05 s inside the speech."""
    first, last = speech[0] + 0.05, speech[1] - 0.05
    length = min(rng.uniform(0.6, 0.9), last - first)
    start = rng.uniform(first, last - length)
    return float(start), float(start + length)


def _generator(seed: int, *names: str) -> np.random.Generator:
    """Generator that depends only on the seed and the names."""
    digest = hashlib.sha256("/".join((str(seed), *names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def build(
    folder: Path,
    seed: int,
    *,
    n_speakers: int,
    clips_per_emotion: int,
    strength: float,
    processes: int,
    planted: str = TOGETHER,
    emotions: tuple[str, ...] = EMOTIONS,
) -> pd.DataFrame:
    """Write the corpus as 16 kHz WAV (16-bit PCM) into `folder` and return its ground truth.

    Parameters
    ----------
    folder : Path
        Receives `<speaker>_<text>_<emotion>_<take>.wav` and nothing else; created if missing.
    seed : int
        Equal seeds give equal files, regardless of `processes`.
    n_speakers : int
        As in `speakers`.
    clips_per_emotion : int
        Clips per speaker and emotion: ten texts, then second takes of these, and so on.
    strength : float
        Factor on all planted changes; 0 gives a control corpus without any.
    processes : int
        Processes that share the work.
    planted : {"together", "one"}
        "together": a clip has all cues of its emotion; "one": one of them, in turn. The sizes are the
        same.
    emotions : sequence of str
        Some of `EMOTIONS`.

    Returns
    -------
    pandas.DataFrame
        Table `truth`: one row per clip and planted cue. A clip without any (neutral, or strength
        0) has one row with cue "none", size 0 and an interval without changes, drawn as usual.

    Raises
    ------
    ValueError
        An emotion is not among `EMOTIONS`, or `planted` is neither.
    """
    if planted not in (TOGETHER, ONE):
        raise ValueError(f"planted is {planted!r}, neither {TOGETHER} nor {ONE}")
    if unknown := sorted(set(emotions) - set(EMOTIONS)):
        raise ValueError(f"emotions {unknown} cannot be planted; known are {EMOTIONS}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    clips = [
        _Clip(
            folder,
            seed,
            speaker,
            f"t{i % TEXTS + 1:02d}",
            emotion,
            i // TEXTS + 1,
            strength,
            i if planted == ONE else None,
        )
        for speaker in speakers(seed, n_speakers)
        for emotion in emotions
        for i in range(clips_per_emotion)
    ]
    rows = job.in_processes(_build_clip, clips, processes, chunk=16)
    truth = pd.DataFrame([row for clip_rows in rows for row in clip_rows])
    return truth.sort_values(["clip_id", "cue"], ignore_index=True)


class _Clip(NamedTuple):
    """All parameters of one clip of the corpus."""

    folder: Path
    seed: int
    speaker: Speaker
    text: str
    emotion: str
    take: int
    strength: float
    only: int | None  # number of the one cue to plant


def _build_clip(clip: _Clip) -> list[dict]:
    """Write one clip and return its rows of the table `truth`."""
    clip_id = f"{clip.speaker.code}_{clip.text}_{clip.emotion}_{clip.take}"
    rng = _generator(clip.seed, clip_id)
    sizes = draw_sizes(clip.emotion, rng, clip.strength, clip.only)
    spoken = utterance(clip.speaker, sentence(clip.seed, clip.text), sizes, rng)
    path = clip.folder / f"{clip_id}.wav"
    soundfile.write(path, np.clip(spoken.samples, -1, 1), SAMPLE_RATE, subtype="PCM_16")
    start_s, end_s = spoken.interval
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
