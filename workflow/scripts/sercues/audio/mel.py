"""Mel scale of Slaney's Auditory Toolbox, as in librosa."""

import numpy as np

BREAK_HZ, MEL_HZ, LOG_STEP = 1000.0, 200 / 3, np.log(6.4) / 27


def hz_to_mel(hz):
    """Mel of a frequency on Slaney's scale: linear below 1 kHz, logarithmic above."""
    above = BREAK_HZ / MEL_HZ + np.log(np.maximum(hz, BREAK_HZ) / BREAK_HZ) / LOG_STEP
    return np.where(np.asarray(hz) < BREAK_HZ, np.asarray(hz) / MEL_HZ, above)


def mel_to_hz(mel):
    """Inverse of `hz_to_mel`."""
    above = BREAK_HZ * np.exp(LOG_STEP * (np.asarray(mel) - BREAK_HZ / MEL_HZ))
    return np.where(np.asarray(mel) < BREAK_HZ / MEL_HZ, np.asarray(mel) * MEL_HZ, above)
