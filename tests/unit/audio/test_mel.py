"""The mel scale."""

import numpy as np

from sercues.audio import mel
from sercues.core.imports import import_torchaudio


def test_mel_scale_is_its_own_inverse_and_that_of_torchaudio():
    hz = np.array([0, 60, 999, 1000, 1001, 4000, 8000.0])
    np.testing.assert_allclose(mel.mel_to_hz(mel.hz_to_mel(hz)), hz, atol=1e-9)

    filters = import_torchaudio().functional.melscale_fbanks(
        20001, 0.0, 8000.0, 8, 16000, norm=None, mel_scale="slaney"
    )
    peaks = filters.argmax(dim=0).numpy() * 8000 / 20000
    own = mel.mel_to_hz(np.linspace(0, mel.hz_to_mel(8000), 10)[1:-1])
    np.testing.assert_allclose(peaks, own, atol=0.5)
