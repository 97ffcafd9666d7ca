"""Clips of which a part is misclassified, and their plausibility."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from paths import ROOT
from sercues.cues.catalogue import CUES
from sercues.evaluation import plausibility
from sercues.stats.bootstrap import Resampling

EXPECTATIONS = ROOT / "config" / "expectations.tsv"
RESAMPLING = Resampling(300, 1)
SIGN = {"angry": 1.0, "sad": -1.0, "neutral": 0.0}


def study(n_speakers=10, wrong_share=0.5, seed=0):
    """Clips whose cues lie on the side of their true emotion; a part of them is misclassified.

    Angry is taken for sad and sad for angry, so a misclassified clip's cues lie on the wrong side.
    Salient segments show the emotion, random ones show noise; every region has a level of its own.
    """
    rng = np.random.default_rng(seed)
    cues, explained, manifest, predictions = [], [], [], []
    for speaker in range(n_speakers):
        height = rng.normal(0, 10)
        for true, sign in SIGN.items():
            for take in range(4):
                clip = f"{speaker}_{true}_{take}"
                wrong = true != "neutral" and rng.random() < wrong_share
                predicted = {"angry": "sad", "sad": "angry"}.get(true, true) if wrong else true
                key = {"clip_id": clip, "fold": 0, "seed": 1}
                labels = {
                    "true_emotion": true,
                    "predicted_emotion": predicted,
                    "correct": not wrong,
                }
                explained.append(
                    key | labels | {"target": "predicted_label", "target_emotion": predicted}
                )
                manifest.append({"clip_id": clip, "speaker": f"s{speaker}"})
                scores = np.array([rng.normal(1 if wrong else 2), 0.0], dtype=np.float32)
                predictions.append(key | labels | {"labels": ["a", "b"], "scores": scores})
                for region, draw, shown in (
                    ("salient", 0, 1.0),
                    ("full", 0, 0.5),
                    ("rest", 0, 0.0),
                    ("loudest", 0, 0.0),
                    ("salient_matched", 0, 1.0),
                    ("control", 0, 0.0),
                    ("random", 0, 0.0),
                    ("random", 1, 0.0),
                ):
                    level = height + {"salient": 5, "loudest": 9}.get(region, 0) + sign * shown
                    row = key | {"target": "predicted_label", "region": region, "draw": draw}
                    row["n_frames"] = 9
                    noise = rng.normal(0, 0.2, len(CUES))
                    cues.append(row | dict(zip(CUES, level + noise, strict=True)))
    rows = {"cues": cues, "explained": explained, "manifest": manifest}
    frames = {name: pd.DataFrame(each) for name, each in rows.items()}
    return SimpleNamespace(**frames, predictions=pd.DataFrame(predictions))


def score(data, expectations):
    """Table `plausibility` of a study."""
    return plausibility.score_clips(data.cues, data.explained, data.manifest, expectations)
