"""Explained bands of a clip of noise, for the tests of what readers see of them."""

import numpy as np
import pandas as pd

from sercues.emolime.bands import edges

RATE = 16000


def noise():
    """A second of noise."""
    return (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)


def explanation(clip_id="a<b", emotion="sad", predicted_emotion="sad", original=0.8):
    """Rows of `bands` and the row of `band_checks` of a clip."""
    limits = edges("mel", 8, RATE / 2)
    weights = np.linspace(-1, 2, 8)
    place = {"clip_id": clip_id, "fold": 0, "refit": False, "target": "predicted_label",
             "target_emotion": predicted_emotion}  # fmt: skip
    bands = pd.DataFrame(
        {"part": range(8), "low_hz": limits[:-1], "high_hz": limits[1:], "start_s": 0.2,
         "end_s": 1.2, "silent": False, "weight": weights, "ci_low": weights - 0.2,
         "ci_high": weights + 0.2, "shapley": weights / 2}
    ).assign(**place)  # fmt: skip
    check = place | {"emotion": emotion, "predicted_emotion": predicted_emotion, "r2": 0.5, "n_masks": 256,
                     "original": original}  # fmt: skip
    return bands, check
