"""Reading, resampling, and finding speech."""

import numpy as np
import pytest
import soundfile

from sercues.audio import signal
from sercues.core.errors import InputError

RATE = 16000


def tone(seconds, rate=RATE, frequency=220.0, level=0.3):
    return (level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def silence(seconds, rate=RATE, level=1e-4, seed=0):
    noise = np.random.default_rng(seed).normal(0, level, round(seconds * rate))
    return noise.astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 24414, 44100, 96000])
@pytest.mark.parametrize("kind, threshold", [("energy", 40), ("first_interval", 14)])
def test_speech_is_found_where_it_was_put(rate, kind, threshold):
    clip = np.concatenate([silence(0.4, rate), tone(0.9, rate), silence(0.6, rate)])
    start, end = signal.find_speech(clip, rate, kind, threshold, 6)
    assert start == pytest.approx(0.4, abs=signal.FRAME_S)
    assert end == pytest.approx(1.3, abs=signal.FRAME_S)


def test_a_pause_ends_the_first_interval_only():
    clip = np.concatenate([silence(0.3), tone(0.5), silence(0.7), tone(0.5), silence(0.3)])
    assert signal.find_speech(clip, RATE, "first_interval", 14, 6)[1] == pytest.approx(
        0.8, abs=0.02
    )
    assert signal.find_speech(clip, RATE, "energy", 40, 6)[1] == pytest.approx(2.0, abs=0.02)


def test_a_noisy_recording_is_not_all_speech():
    clip = np.concatenate([silence(0.5, level=0.01), tone(1.0), silence(0.5, level=0.01)])
    start, end = signal.find_speech(clip, RATE, "energy", 40, 6)
    assert (start, end) == pytest.approx((0.5, 1.5), abs=0.02)


def test_sound_without_any_silence_is_all_speech():
    start, end = signal.find_speech(tone(1.0), RATE, "energy", 40, 6)
    assert (start, end) == pytest.approx((0.0, 1.0), abs=0.01)


def test_channels_are_averaged(tmp_path):
    left, right = tone(0.2), tone(0.2, frequency=500)
    soundfile.write(tmp_path / "two.wav", np.stack([left, right], 1), RATE, subtype="FLOAT")
    samples, rate = signal.read(tmp_path / "two.wav")
    assert rate == RATE and samples.dtype == np.float32
    np.testing.assert_allclose(samples, (left + right) / 2, atol=1e-7)


@pytest.mark.parametrize("content", [b"", b"no sound at all", b"RIFF\x00\x00\x00\x00WAVE"])
def test_what_is_no_audio_is_named(tmp_path, content):
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.wav"):
        signal.read(path)


@pytest.mark.parametrize("rate", [8000, 11025, 24414, 96000])
def test_resampling_keeps_time_and_pitch(rate):
    resampled = signal.resample(tone(1.0, rate, 440.0), rate, RATE)
    assert len(resampled) == pytest.approx(RATE, abs=1)
    spectrum = np.abs(np.fft.rfft(resampled * np.hanning(len(resampled))))
    assert np.argmax(spectrum) * RATE / len(resampled) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(resampled**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.01)
