"""Clips whose cues are known, for the tests of the tables and of their layouts."""

from dataclasses import replace

import numpy as np
import pandas as pd

from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues, clip_cues
from sercues.stats.bootstrap import Resampling

EMOTIONS = ["angry", "happy", "sad"]
LEVEL = {"angry": 1.0, "happy": 0.5, "sad": 0.1}
SETTINGS = {"emotions": EMOTIONS, "resampling": Resampling(200, 1)}


def study(n_speakers=12, seeds=(1,), noise=0.02, wrong_level=None):
    """Cues, explained and manifest of a corpus with one right and one wrong clip per emotion.

    Every cue of a salient segment is `LEVEL` of the true emotion (`wrong_level` for misclassified
    clips, where given) plus noise; full speech is 0.2 below, the other windows 0.6, random draws 0.3 ± 0.1 below. Two of five
    salient windows have controls: they are 0.1 above, the controls 0.5 below them. Every
    emotion is mistaken for the next one of `EMOTIONS`.
    """
    rng = np.random.default_rng(0)
    cues, explained, manifest = [], [], []
    for speaker in range(n_speakers):
        for index, true in enumerate(EMOTIONS):
            for correct in (True, False):
                clip = f"{speaker:03d}_{true}_{correct}"
                manifest.append({"clip_id": clip, "speaker": f"s{speaker:03d}"})
                predicted = true if correct else EMOTIONS[(index + 1) % len(EMOTIONS)]
                level = LEVEL[true] if correct or not wrong_level else wrong_level[true]
                value = level + rng.normal(0, noise)
                for seed in seeds:
                    key = {"fold": 0, "seed": seed, "clip_id": clip, "target": "predicted_label"}
                    labels = {
                        "true_emotion": true,
                        "predicted_emotion": predicted,
                        "correct": correct,
                    }
                    explained.append(key | labels | {"target_emotion": predicted})
                    for region, draw, below, n_frames in (
                        ("salient", 0, 0.0, 10),
                        ("full", 0, 0.2, 10),
                        ("rest", 0, 0.6, 10),
                        ("random", 0, 0.2, 10),
                        ("random", 1, 0.4, 10),
                        ("salient_matched", 0, -0.1, 4),
                        ("control", 0, 0.3, 4),
                        ("control", 1, 0.5, 4),
                        ("loudest", 0, 9.0, 10),
                    ):
                        row = key | {"region": region, "draw": draw, "n_frames": n_frames}
                        cues.append(row | dict.fromkeys(CUES, value - below))
    return pd.DataFrame(cues), pd.DataFrame(explained), pd.DataFrame(manifest)


def heard(*frames):
    """`ClipCues` of tables like those that `study` gives."""
    return ClipCues.of(clip_cues(*frames))


def changed(cues, region="salient", **values):
    """`cues` with other values of some cues in one region."""
    return replace(cues, values=cues.values | {region: cues.values[region].assign(**values)})


def shuffled(*frames):
    """The same frames, their rows in another order."""
    return [frame.sample(frac=1, random_state=3) for frame in frames]


def cell(table, emotion, cue="loudness", grouped_by="true_emotion"):
    """The one row of an emotion and a cue."""
    rows = table[(table.emotion == emotion) & (table.cue == cue) & (table.grouped_by == grouped_by)]
    assert len(rows) == 1
    return rows.iloc[0]
