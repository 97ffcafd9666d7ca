"""Sounds, descriptors and segments made for the tests of cues."""

import numpy as np

from sercues.cues import descriptors

RATE = descriptors.RATE


def buzz(f0, rate: int = RATE, tilt: float = 1.0, jitter: float = 0.0) -> np.ndarray:
    """Harmonics of `f0` (Hz per sample) with amplitudes k^−tilt, up to 5 kHz."""
    rng = np.random.default_rng(2)
    phase = 2 * np.pi * np.cumsum(np.asarray(f0, float)) / rate
    period = (phase // (2 * np.pi)).astype(int)
    wobble = jitter * 2 * np.pi * rng.standard_normal(period.max() + 2)
    phase = phase + np.interp(phase / (2 * np.pi), np.arange(len(wobble)), wobble)
    top = int(5000 / np.max(f0))
    return 0.05 * sum(np.cos(k * phase) / k**tilt for k in range(1, top))


def burst(start: float, end: float, total: float = 2.0, f0: float = 120) -> np.ndarray:
    """A buzz in [start, end) s, faint noise elsewhere."""
    time = np.arange(round(total * RATE)) / RATE
    inside = (time >= start) & (time < end)
    noise = 1e-4 * np.random.default_rng(3).standard_normal(len(time))
    return (noise + inside * buzz(np.full(len(time), f0))).astype(np.float32)
