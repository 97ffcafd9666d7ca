"""Silence or noise added around a clip moves its speech and its segments by just as much."""

import numpy as np
import pytest

from paths import ROOT
from planted_voices import said
from sercues.audio import signal
from sercues.audio.spectrograms import FrontEnd
from sercues.core import settings
from sercues.corpora import synthetic
from sercues.corpora.source_filter import SAMPLE_RATE
from sercues.segments.windows import grid, score, seconds, top_k

PROTOCOL = settings.protocol({}, "corrected", ROOT / "config/protocols")
FRONT_END = FrontEnd(PROTOCOL["front_end"])
FRAME_S = PROTOCOL["front_end"]["hop_length"] / PROTOCOL["front_end"]["sample_rate"]
CLIPS = 60
CORPORA = {"crema_d": "crema_d/AudioWAV", "tess": "tess", "emodb": "emodb/wav"}


def times(samples, rate) -> np.ndarray:
    """Start and end of the speech, then of the five loudest windows in order of time, in seconds."""
    found, rules = FRONT_END(samples, rate), PROTOCOL["segments"]
    power = 10 ** (found.log_mel.astype(np.float64) / 10)
    speech = (found.speech_start_frame, found.speech_end_frame)
    windows = grid(rules["window_frames"], speech, FRONT_END.n_total, rules["inside_speech"])
    scores = score(power, windows, rules["positive_only"])
    chosen = windows[np.sort(top_k(scores, rules["k"], rules["positive_only"]))]
    spans = seconds(chosen, found.start_s, found.frame_step_s, keep_offset=True)
    return np.concatenate([[found.speech_start_s, found.speech_end_s], spans.ravel()])


def moved(first, second, by=0.0) -> float:
    """Most seconds between times that should differ by `by`; infinite if their number differs."""
    return np.abs(second - first - by).max() if first.shape == second.shape else np.inf


def own_noise(samples, rate, rng, white: bool) -> np.ndarray:
    """1.0 s of noise like the quietest tenth of a clip's frames of 30 ms without digital silence.

    White of the level of that tenth's loudest frame, or with the mean spectrum of these frames.
    """
    length, n_samples = round(0.03 * rate), rate
    frames = samples[: len(samples) // length * length].reshape(-1, length).astype(np.float64)
    power = (frames**2).mean(axis=1)
    frames, power = frames[power > 1e-9], power[power > 1e-9]
    limit = np.percentile(power, 10)
    noise = rng.normal(size=n_samples)
    if white:
        noise *= np.sqrt(limit)
    else:
        taper = np.hanning(length)
        spectra = np.abs(np.fft.rfft(frames[power <= limit] * taper, axis=1)) ** 2
        spectrum = spectra.mean(axis=0) / (taper**2).sum()
        shape = np.interp(np.fft.rfftfreq(n_samples), np.fft.rfftfreq(length), spectrum)
        noise = np.fft.irfft(np.fft.rfft(noise) * np.sqrt(shape), n_samples)
    return (np.round(noise * 32768) / 32768).astype(np.float32)


def real(folder) -> list:
    """60 clips of a folder."""
    paths = sorted(folder.rglob("*.flac"))
    chosen = np.random.default_rng(7).choice(len(paths), CLIPS, replace=False)
    return [signal.read(paths[index]) for index in chosen]


def synthesised() -> list:
    """Twelve utterances of the embedded corpus in low noise."""
    made = []
    for seed, speaker in enumerate(synthetic.speakers(3)):
        rng = np.random.default_rng(seed)
        lead, tail = rng.normal(0, 3e-4, 4000), rng.normal(0, 3e-4, 3000)
        sound = np.concatenate([lead, said(speaker, {}, seed).samples, tail])
        made.append((sound.astype(np.float32), SAMPLE_RATE))
    return made


@pytest.fixture(scope="module", params=[*CORPORA, "synthetic"])
def clips(request) -> list:
    """Clips of a corpus as samples, rate and their `times`."""
    if request.param == "synthetic":
        sounds = synthesised()
    else:
        sounds = real(request.getfixturevalue("speech") / CORPORA[request.param])
    return [(samples, rate, times(samples, rate)) for samples, rate in sounds]


@pytest.mark.parametrize("length_s", [0.0007, 0.25, 1.0])
def test_zeros_around_a_clip_move_nothing(clips, length_s):
    for samples, rate, before in clips:
        n_zeros = round(length_s * rate)
        zeros = np.zeros(n_zeros, np.float32)
        later = times(np.concatenate([zeros, samples]), rate)
        # the speech moves by whole samples
        assert moved(before[:2], later[:2], n_zeros / rate) < 1e-9
        assert moved(before, later, n_zeros / rate) < FRAME_S
        assert moved(before, times(np.concatenate([samples, zeros]), rate)) < FRAME_S


@pytest.mark.parametrize("white", [True, False])
def test_noise_before_a_clip_moves_hardly_anything(clips, white):
    rng = np.random.default_rng(3)
    moves = []
    for samples, rate, before in clips:
        noise = own_noise(samples, rate, rng, white)
        later = times(np.concatenate([noise, samples]), rate)
        moves.append(moved(before, later, len(noise) / rate))
    # 57 of 60
    assert np.sum(np.array(moves) > FRAME_S) <= 0.05 * len(clips)
