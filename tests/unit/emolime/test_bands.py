"""Parts of a recording: they sum to it, have the edges they claim, and keep their phase."""

import numpy as np
import pytest

from sercues.emolime import bands

RATE = 16000
SETTINGS = {"scale": "mel", "n_bands": 8, "shape": "sharp", "time_bins": 1}


def noise(n_samples: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(n_samples)).astype(np.float32)


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype("f4")


@pytest.mark.parametrize("shape", ["sharp", "mel"])
def test_parts_of_less_than_a_transform_sum_to_the_recording(shape):
    samples = noise(500)
    found = bands.cut(samples, RATE, SETTINGS | {"shape": shape})
    assert np.abs(found.signals.sum(axis=0) - samples).max() < 1e-6


def test_a_rate_without_resampling_has_its_own_edges():
    found = bands.cut(noise(24414), 24414, SETTINGS)
    assert found.high_hz[-1] == pytest.approx(12207)


@pytest.mark.parametrize(("hz", "band"), [(100, 0), (600, 1), (1000, 2), (3000, 5), (7000, 7)])
@pytest.mark.parametrize("shape", ["sharp", "mel"])
def test_a_tone_is_in_its_band(hz, band, shape):
    found = bands.cut(tone(hz), RATE, SETTINGS | {"shape": shape})
    assert found.low_hz[band] < hz < found.high_hz[band]
    # the ends of the tone are clicks, so only its middle is in one band
    inner = found.signals[:, 4000:-4000]
    assert np.argmax(bands.level(inner)) == band
    assert bands.level(inner)[band] > 0.99 * bands.level(tone(hz)[4000:-4000])


def test_the_published_blocks_have_the_edges_they_truly_have():
    """Centres of 128 Slaney filters in blocks of 16, as measured on the published code's plots."""
    true = [386, 760, 1148, 1689, 2484, 3654, 5374]
    found = bands.mel_block_edges(8, RATE / 2)[1:-1]
    np.testing.assert_allclose(found, true, rtol=0.005)
    # within a few per cent these are the bands of equal width in mel
    np.testing.assert_allclose(bands.edges("mel", 8, 8000)[1:-1], true, rtol=0.03)


def test_edges():
    np.testing.assert_allclose(bands.edges("linear", 4, 8000), [0, 2000, 4000, 6000, 8000])
    np.testing.assert_allclose(bands.edges("octave", 4, 8000), [0, 1000, 2000, 4000, 8000])
    np.testing.assert_allclose(bands.edges([9000.0, 500.0, 100.0], 8, 8000), [0, 100, 500, 8000])
    with pytest.raises(ValueError, match="bark"):
        bands.edges("bark", 4, 8000)


def test_pieces_are_silent_outside_their_time():
    found = bands.cut(noise(16000), RATE, SETTINGS | {"time_bins": 4})
    for signal, start, end in zip(found.signals, found.start_s, found.end_s, strict=True):
        inside = slice(round(start * RATE), round(end * RATE))
        assert signal[inside].any()
        outside = signal.copy()
        outside[inside] = 0
        assert not outside.any()
    assert len(found) == 32 and found.end_s[-1] == 1.0


def test_what_rounding_would_hide_is_silent():
    samples = tone(500)
    fade = np.hanning(len(samples))
    found = bands.cut((samples * fade).astype(np.float32), RATE, SETTINGS)
    assert found.sounding.tolist() == [1]
    assert bands.cut(np.zeros(16000, np.float32), RATE, SETTINGS).sounding.tolist() == []


def test_a_masked_clip_keeps_phase_and_length():
    samples = tone(500) + tone(3000)
    mask = np.arange(8) != 5
    rest = bands.cut(samples, RATE, SETTINGS).mixtures(mask[None])[0]
    assert len(rest) == len(samples)
    np.testing.assert_allclose(rest[4000:-4000], tone(500)[4000:-4000], atol=2e-3)
