"""Sounds of the EmoLIME study: which clips, and which parts of them."""

import numpy as np
import pandas as pd

from known_bands import RATE, explanation, noise
from sercues.core import tables
from sercues.emolime import sounds
from sercues.emolime.bands import cut

BANDS = {"scale": "mel", "n_bands": 8, "shape": "sharp", "time_bins": 1}


def test_examples_are_of_each_emotion_in_turn_correct_ones_first():
    checks = pd.DataFrame(
        [explanation("1", "sad", "sad", 0.6)[1], explanation("2", "sad", "sad", 0.9)[1],
         explanation("3", "sad", "angry", 1.0)[1], explanation("4", "angry", "sad", 0.9)[1],
         explanation("5", "angry", "angry", 0.5)[1], explanation("6", "angry", "angry", 0.9)[1] | {"refit": True}]
    )  # fmt: skip
    assert sounds.examples(checks, 3)["clip_id"].tolist() == ["5", "2", "1"]
    assert sounds.examples(tables.empty("band_checks"), 3).empty
    # named ones in their order; the last has no explanation by its own fold
    assert sounds.examples(checks, ["4", "1", "6"])["clip_id"].tolist() == ["4", "1"]
    assert sounds.examples(tables.empty("band_checks"), ["4"]).empty


def test_sounds_are_sums_of_the_parts_they_say():
    parts = cut(noise(), RATE, BANDS)
    found = sounds.versions(parts, np.array([0.5, -1, 2, 0, 0, 1, 0, -2.0]))
    np.testing.assert_allclose(found["whole"], noise(), atol=1e-6)
    np.testing.assert_allclose(found["best"], parts.signals[2] + parts.signals[5], atol=1e-6)
    np.testing.assert_allclose(found["best"] + found["rest"], noise(), atol=1e-6)
    weighted = 0.25 * parts.signals[0] + parts.signals[2] + 0.5 * parts.signals[5]
    np.testing.assert_allclose(found["weighted"], weighted, atol=1e-6)
    assert not sounds.versions(parts, -np.ones(8))["weighted"].any()
