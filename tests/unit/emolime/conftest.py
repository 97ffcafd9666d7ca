"""Fixtures for the tests of the EmoLIME study."""

import numpy as np
import pytest
import soundfile

from heard_bands import RATE


@pytest.fixture
def recording(tmp_path):
    """Two seconds of noise without anything between 754 and 1,145 Hz, the third band."""
    rng = np.random.default_rng(0)
    # it fades in and out, since an abrupt end sounds in every band
    spectrum = np.fft.rfft(0.1 * rng.standard_normal(2 * RATE) * np.hanning(2 * RATE) ** 2)
    hz = np.fft.rfftfreq(2 * RATE, 1 / RATE)
    spectrum[(hz > 700) & (hz < 1200)] = 0
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.fft.irfft(spectrum), RATE, subtype="FLOAT")
    return str(path)
