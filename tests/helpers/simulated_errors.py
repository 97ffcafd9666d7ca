"""Clips of simulated speakers, some misclassified, whose plausibility depends on what a test asks."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy.special import expit, softmax

from sercues.core.names import REGIONS

CLASSES = np.array(["angry", "fear", "happy", "sad"])
# what the plausibility of a clip depends on, beside chance
CONDITIONS = ("unrelated", "class", "confidence", "speaker", "clip")


def rounded(values: np.ndarray) -> np.ndarray:
    """`values` in steps of 1/2, for plausibility has many ties."""
    return np.round(2 * values) / 2


def simulated(condition: str, n_speakers: int = 40, n_clips: int = 32, seed=0, effect: float = 0.4):
    """Tables `plausibility`, `predictions` and `manifest` of clips whose errors follow known laws.

    Clips predicted angry are more often right, speakers differ in how often theirs are, and so do clips
    of another confidence: the odds of being right are e^(class + speaker + 2 margin).

    Parameters
    ----------
    condition : str
        What plausibility depends on. unrelated: nothing. class: the predicted class, and it is higher
        where precision is. confidence: the margin. speaker: a trait of the speaker, correlated (0.7)
        with the share of right clips. clip: whether the prediction is right (`effect`, in standard
        deviations), in every region alike.
    n_speakers, n_clips : int
        Speakers, and clips of each.
    seed : int or sequence of int
    effect : float
        Of the condition clip.
    """
    rng = np.random.default_rng(seed)
    n = n_speakers * n_clips
    speaker = np.repeat(np.arange(n_speakers), n_clips)
    predicted = rng.integers(len(CLASSES), size=n)
    scores = rng.normal(0, 0.7, (n, len(CLASSES)))
    scores[np.arange(n), predicted] = scores.max(axis=1) + rng.gamma(2, 0.5, n)
    shares = np.sort(softmax(scores, axis=1), axis=1)
    margin = shares[:, -1] - shares[:, -2]
    ability, other = rng.normal(0, 0.7, (2, n_speakers))
    precision = np.array([1.2, 0.0, 0.0, 0.0])[predicted]
    right = rng.random(n) < expit(precision + ability[speaker] + 2 * margin - 1.0)
    trait = 0.7 * ability + np.sqrt(1 - 0.7**2) * other
    depends = {
        "unrelated": np.zeros(n),
        "class": 1.2 * (predicted == 0),
        "confidence": 2.0 * margin,
        "speaker": trait[speaker] / 0.7,
        "clip": effect * right,
    }[condition]
    key = {"fold": 0, "seed": 1, "clip_id": [f"{s:02}_{i:05}" for i, s in enumerate(speaker)]}
    labels = {"predicted_emotion": CLASSES[predicted], "correct": right}
    clips = pd.DataFrame(key | labels)
    regions = [
        clips.assign(region=region, plausibility=rounded(depends + rng.normal(0, 1, n)))
        for region in REGIONS
    ]
    return SimpleNamespace(
        plausibility=pd.concat(regions, ignore_index=True).assign(target="predicted_label"),
        predictions=clips.assign(scores=list(scores)),
        manifest=pd.DataFrame(
            {"clip_id": clips["clip_id"], "speaker": [f"s{s:02}" for s in speaker]}
        ),
    )
