"""The parts of a recording that EmoLIME masks: frequency bands, time bins, or both.

The parts sum to the recording, so a masked recording is the sum of the unmasked parts, keeps its phase
and needs no re-synthesis. After Hjuler, Clemmensen & Das (arXiv 2504.05368), whose code masks mel
spectrograms and synthesises sound by Griffin–Lim.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.signal import ShortTimeFFT

from sercues.audio.mel import hz_to_mel, mel_to_hz
from sercues.core.imports import import_torchaudio

N_FFT, HOP = 2048, 512  # samples, of the published code
SILENT = 2**-15 / 12**0.5  # root mean square of rounding to 16 bits, full scale 1
N_MELS = 128  # mel filters that the published code splits into blocks


@dataclass(frozen=True)
class Parts:
    """A recording in parts.

    Attributes
    ----------
    signals : numpy.ndarray of float32, shape (n_parts, n_samples)
        Their sum is the recording.
    low_hz, high_hz : numpy.ndarray, shape (n_parts,)
        Hz, edges of each part.
    start_s, end_s : numpy.ndarray, shape (n_parts,)
        s from the first sample.
    """

    signals: np.ndarray
    low_hz: np.ndarray
    high_hz: np.ndarray
    start_s: np.ndarray
    end_s: np.ndarray

    def __len__(self) -> int:
        return len(self.signals)

    @property
    def sounding(self) -> np.ndarray:
        """Indices of the parts that are not silent, the only ones worth masking."""
        return np.flatnonzero(level(self.signals) >= SILENT)

    def mixtures(self, gains: np.ndarray) -> np.ndarray:
        """Sums of the parts with gains or masks of shape (n, n_parts), shape (n, n_samples)."""
        return gains.astype(np.float32) @ self.signals


def level(signals: np.ndarray) -> np.ndarray:
    """Root mean square along the last axis, full scale 1."""
    return np.sqrt((signals.astype(np.float64) ** 2).mean(axis=-1))


def edges(scale: str | list[float], count: int, low_pass_hz: float) -> np.ndarray:
    """Edges of adjacent frequency bands from 0 Hz to `low_pass_hz`.

    Parameters
    ----------
    scale : {'mel', 'linear', 'octave'} or list of float
        Bands of equal width in mel (Slaney's scale), of equal width in Hz, of an octave, or between
        these frequencies.
    count : int
        Number of bands; not used with a list.
    low_pass_hz : float
        Half the sampling rate. Frequencies of a list from it on are left out.

    Returns
    -------
    numpy.ndarray, shape (n_bands + 1,)
        Hz.
    """
    if isinstance(scale, list):
        inner = sorted({hz for hz in scale if 0 < hz < low_pass_hz})
        return np.array([0.0, *inner, low_pass_hz])
    if scale == "mel":
        return mel_to_hz(np.linspace(0, hz_to_mel(low_pass_hz), count + 1))
    if scale == "linear":
        return np.linspace(0, low_pass_hz, count + 1)
    if scale == "octave":
        return np.array([0.0, *(low_pass_hz / 2.0 ** np.arange(count - 1, -1, -1))])
    raise ValueError(f"unknown scale of bands: {scale}")


def cut(samples: np.ndarray, rate: int, settings: dict) -> Parts:
    """Split a recording into the parts of a protocol.

    Parameters
    ----------
    samples : numpy.ndarray of float32, shape (n_samples,)
        Mono.
    rate : int
        Hz.
    settings : dict
        The protocol's `bands` block: `scale`, `n_bands`, `shape` and `time_bins`.

    Returns
    -------
    Parts
        In order of time, then of frequency.
    """
    if settings["shape"] == "sharp":
        limits = edges(settings["scale"], settings["n_bands"], rate / 2)
        gains = sharp_gains(limits, rate)
    else:
        limits = mel_block_edges(settings["n_bands"], rate / 2)
        gains = mel_block_gains(settings["n_bands"], rate)
    bands = filtered(samples, rate, gains)
    at = np.linspace(0, len(samples), settings["time_bins"] + 1).round().astype(int)
    pieces = list(pairwise(at))
    signals = np.zeros((len(pieces), *bands.shape), np.float32)
    for signal, (start, end) in zip(signals, pieces, strict=True):
        signal[:, start:end] = bands[:, start:end]
    places = [(*band, *piece) for piece in pieces for band in pairwise(limits)]
    low, high, start, end = np.array(places, float).T
    return Parts(signals.reshape(-1, len(samples)), low, high, start / rate, end / rate)


def sharp_gains(limits: np.ndarray, rate: int) -> np.ndarray:
    """Gain of each band at each frequency of the transform, 1 inside and 0 outside.

    Parameters
    ----------
    limits : numpy.ndarray, shape (n_bands + 1,)
        Hz.
    rate : int
        Hz.

    Returns
    -------
    numpy.ndarray, shape (n_bands, N_FFT // 2 + 1)
        Sums to 1 over the bands.
    """
    frequencies = np.arange(N_FFT // 2 + 1) * rate / N_FFT
    band = np.searchsorted(limits[1:-1], frequencies, side="right")
    return (band == np.arange(len(limits) - 1)[:, None]).astype(float)


def mel_block_edges(count: int, low_pass_hz: float) -> np.ndarray:
    """True edges of the published blocks in Hz: halfway in mel between the filters' centres."""
    sizes = [len(block) for block in np.array_split(np.arange(N_MELS), count)]
    # filter i of 128 has its centre at (i + 1) / 129 of the scale
    inner = (np.cumsum(sizes)[:-1] + 0.5) / (N_MELS + 1)
    return mel_to_hz(np.array([0.0, *inner, 1.0]) * hz_to_mel(low_pass_hz))


def mel_block_gains(count: int, rate: int) -> np.ndarray:
    """`sharp_gains` of the published blocks: `n_bands` runs of 128 triangular mel filters.

    Each frequency is shared among the blocks in proportion to its filters' weights, so adjacent blocks
    cross-fade over one filter. The published code shares power and then estimates amplitude and phase;
    here amplitude is shared and the phase kept. Block lengths differ by one filter if `n_bands` does
    not divide 128.
    """
    # imported here because sharp bands need no torch
    functional = import_torchaudio().functional
    filters = functional.melscale_fbanks(
        N_FFT // 2 + 1, 0.0, rate / 2, N_MELS, rate, norm="slaney", mel_scale="slaney"
    ).numpy()
    blocks = np.array_split(filters.astype(float), count, axis=1)
    gains = np.stack([block.sum(axis=1) for block in blocks])
    total = gains.sum(axis=0)
    # no filter has weight below the first and above the last
    gains[0, : np.argmax(total > 0)] = 1
    gains[-1, len(total) - np.argmax(total[::-1] > 0) :] = 1
    return gains / gains.sum(axis=0)


def filtered(samples: np.ndarray, rate: int, gains: np.ndarray) -> np.ndarray:
    """The recording filtered by each row of `gains`, with its phase kept.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples,)
    rate : int
        Hz.
    gains : numpy.ndarray, shape (n_bands, N_FFT // 2 + 1)

    Returns
    -------
    numpy.ndarray of float32, shape (n_bands, n_samples)
    """
    transform = ShortTimeFFT(np.hanning(N_FFT + 1)[:-1], HOP, rate)
    # the transform needs half a window; padding is cut off again
    padded = np.pad(samples.astype(np.float64), (0, max(0, N_FFT - len(samples))))
    spectrum = transform.stft(padded)
    bands = [transform.istft(spectrum * gain[:, None], k1=len(padded)) for gain in gains]
    return np.stack(bands)[:, : len(samples)].astype(np.float32)
