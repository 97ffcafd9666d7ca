"""A classifier that hears two bands, and what it says of a recording."""

from itertools import pairwise

import numpy as np
import pandas as pd

from paths import ROOT
from sercues.core import settings
from sercues.emolime import masking
from sercues.emolime.bands import edges

RATE = 16000
PROTOCOL = settings.protocol({}, "emolime", ROOT / "config/protocols")
BANDS = PROTOCOL["bands"]
LABELS = ["angry", "sad"]


class OfBands:
    """A classifier that hears two bands: one speaks for the first label, one against it."""

    labels = LABELS

    def __init__(self, gains: dict[int, float]):
        self.gains = gains

    def represent(self, samples):
        limits = edges("mel", 8, RATE / 2)
        # mean level well inside each band, whatever else sounds
        power = np.abs(np.fft.rfft(samples)) ** 2 / len(samples)
        hz = np.fft.rfftfreq(len(samples), 1 / RATE)
        inside = [(hz > low + 40) & (hz < high - 40) for low, high in pairwise(limits)]
        return np.array([float(power[band].mean() > 1e-6) for band in inside])

    def probabilities(self, model, represented):
        _, fold = model
        score = sum(gain * represented[:, band] for band, gain in self.gains.items())
        p = 1 / (1 + np.exp(-(score + fold)))
        return np.stack([p, 1 - p], axis=1)


def scored(path, monkeypatch, gains, models=((False, 0),), bands=BANDS) -> pd.DataFrame:
    """Table `masked_scores` of a recording, by a classifier that hears bands with these gains."""
    monkeypatch.setattr(masking, "_classifier", lambda description: OfBands(gains))
    clips = [{"clip_id": "clip", "path": path, "models": list(models), "drawn": True}]
    frames = masking.score_clips(clips, {"front_end": PROTOCOL["front_end"]}, bands, 1)
    return pd.concat(frames)
