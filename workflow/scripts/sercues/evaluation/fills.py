"""What windows hold when they are occluded to test an explanation.

A network's reaction depends on what replaces a window (Sturmfels, Lundberg & Lee 2020, Visualizing
the impact of feature attribution baselines), so every method is tested under several fills. The first
two have the names and values of `saliency.fills`, with which methods perturb clips themselves.
"""

import numpy as np
import pandas as pd

from sercues.segments.matching import generator

FILLS = {
    "floor": "silence at the floor of the spectrogram",
    "mean": "the clip's mean level in all bands, padding included",
    "speech_mean": "the mean spectrum of its speech",
    "background": "its own background: frames drawn from its quietest tenth",
}
NO_FILL = "none"  # of measures that occlude nothing
QUIET = 0.1  # share of the frames that count as background, as in the noise floor of the speech detection
FEWEST = 10  # frames of background, a window of the paper


def fill_of(name: str, clip: pd.Series, floor: float, seed: int) -> np.ndarray:
    """Spectrogram that replaces the windows of a clip, in dB.

    `speech_mean` is taken per band: a flat spectrum of the same level would be no speech, and `mean`
    already is one. `background` resamples whole frames, so that their spectra stay real.

    Parameters
    ----------
    name : str
        One of `FILLS`.
    clip : pandas.Series
        A clip of `explain.read_clips`: spectrogram in dB re its maximum, shape (n_mels, n_total), with
        padding, frames of speech, and as its name the clip_id.
    floor : float
        Lowest level of the spectrogram, in dB.
    seed : int
        The draws of `background` depend only on it and on the clip.

    Returns
    -------
    numpy.ndarray of float32, shape (n_mels, n_total)

    Raises
    ------
    ValueError
        There is no such fill.
    """
    log_mel = np.asarray(clip["log_mel"], dtype=np.float32)
    if name not in FILLS:
        raise ValueError(f"no fill {name}")
    if name == "floor":
        return np.full_like(log_mel, floor)
    if name == "mean":
        return np.full_like(log_mel, log_mel.mean(dtype=np.float64))
    if name == "speech_mean":
        spectrum = log_mel[:, clip["speech_start_frame"] : clip["speech_end_frame"]]
        spectrum = spectrum.mean(axis=1, dtype=np.float64)
        return np.repeat(spectrum[:, None], log_mel.shape[1], axis=1).astype(np.float32)
    quiet = background_frames(log_mel, floor)
    if not len(quiet):
        return np.full_like(log_mel, floor)
    return log_mel[:, generator(seed, clip.name).choice(quiet, size=log_mel.shape[1])]


def background_frames(log_mel: np.ndarray, floor: float) -> np.ndarray:
    """Indices of the quietest tenth of a clip's frames, by mean level over bands.

    At least `FEWEST`, or all where there are fewer; a clip without margins and pauses thus has its
    softest speech among them. Frames at the floor in all bands, padding or digital silence, do not
    count: a clip of nothing else has none.

    Parameters
    ----------
    log_mel : array, shape (n_mels, n_total)
    floor : float
        In dB, as in `fill_of`.
    """
    level = np.asarray(log_mel).mean(axis=0, dtype=np.float64)
    heard = np.flatnonzero((log_mel > floor).any(axis=0))
    count = max(FEWEST, round(QUIET * len(heard)))
    return np.sort(heard[np.argsort(level[heard], kind="stable")[:count]])
