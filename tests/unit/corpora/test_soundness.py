"""What is measured of a sound, and what is wrong with it."""

import numpy as np
import pytest

from made_corpora import noise, write
from sercues.corpora import soundness
from sercues.corpora.labels import SILENT, TOO_SHORT, UNREADABLE


def test_any_rate_any_channels_wav_or_flac(tmp_path):
    for rate in (8000, 11025, 24414, 48000, 96000):
        for channels in (1, 2, 6):
            sound = soundness.measure(
                write(tmp_path / f"{rate}_{channels}.wav", noise(0, rate, channels=channels), rate)
            )
            assert (sound["sample_rate"], sound["channels"]) == (rate, channels)
            assert sound["duration_s"] == pytest.approx(0.4, abs=1e-4)
            assert sound["reason"] is None
    samples = (noise(1) * 2**15).astype(np.int16)
    wav = soundness.measure(write(tmp_path / "a.wav", samples))
    flac = soundness.measure(write(tmp_path / "a.flac", samples))
    assert wav == flac


def test_same_samples_at_another_rate_are_another_sound(tmp_path):
    hashes = {
        soundness.measure(write(tmp_path / f"{rate}.wav", noise(1, 16000), rate))["audio_sha256"]
        for rate in (8000, 16000)
    }
    assert len(hashes) == 2


def test_level_is_that_of_the_down_mix(tmp_path):
    time = np.arange(16000) / 16000
    sine = (0.5 * np.sin(2 * np.pi * 100 * time)).astype(np.float32)
    left_only = np.stack([sine, np.zeros_like(sine)], axis=1)
    mono = soundness.measure(write(tmp_path / "mono.wav", sine))["level_dbfs"]
    half = soundness.measure(write(tmp_path / "left.wav", left_only))["level_dbfs"]
    assert mono == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.01)
    assert mono - half == pytest.approx(20 * np.log10(2), abs=0.01)


def test_silence(tmp_path):
    quiet = noise(0) / 0.05
    cases = {
        "digital": np.zeros(8000, np.float32),
        "offset": np.full(8000, 0.25, np.float32),
        "below": quiet * 10 ** (-81 / 20),
        "above": quiet * 10 ** (-79 / 20),
    }
    found = {
        name: soundness.measure(write(tmp_path / f"{name}.wav", samples, subtype="FLOAT"))
        for name, samples in cases.items()
    }
    assert {name for name, sound in found.items() if sound["reason"] == SILENT} == {
        "digital",
        "offset",
        "below",
    }
    assert found["digital"]["level_dbfs"] is None
    assert found["above"]["reason"] is None


def test_too_short_is_told_at_the_limit(tmp_path):
    for seconds, reason in ((0.31, None), (0.29, TOO_SHORT)):
        assert soundness.measure(write(tmp_path / "a.wav", noise(0, seconds=seconds)))[
            "reason"
        ] == (reason)


def test_a_streamed_wav_without_a_known_size_is_not_truncated(tmp_path):
    file = write(tmp_path / "a.wav", noise(0))
    data = bytearray(file.read_bytes())
    data[40:44] = data[4:8] = b"\xff" * 4
    file.write_bytes(data)
    sound = soundness.measure(file)
    assert sound["reason"] is None and sound["duration_s"] == pytest.approx(0.4)


def test_a_header_that_announces_terabytes_is_unreadable(tmp_path):
    file = write(tmp_path / "1001_DFA_ANG_XX.flac", noise(0))
    data = bytearray(file.read_bytes())
    data[21] |= 15  # STREAMINFO: 36 bits of the number of samples
    data[22:26] = b"\xff" * 4
    file.write_bytes(data)
    assert soundness.measure(file)["reason"] == UNREADABLE
