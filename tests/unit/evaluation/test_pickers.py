"""Trivial pickers: windows chosen without a network."""

import numpy as np
import pandas as pd
import pytest

from made_segments import CORRECTED
from planted_places import TRUTH, maps, spectrograms, voices
from runs import spoken
from sercues.cues.catalogue import F0
from sercues.evaluation import localisation, pickers
from sercues.stats.bootstrap import Resampling


def test_every_picker_scores_windows_by_its_measure():
    clip = spectrograms(["a"]).iloc[0].copy()
    log_mel = np.full((2, 140), -60.0)
    log_mel[:, 30:40] = -10
    clip["log_mel"] = log_mel.ravel()
    frames = voices(["a"])
    frames.loc[frames["time_s"].between(0.6, 0.749), ["voiced", F0]] = [False, 0.0]
    scores = pickers.window_scores(clip, frames, CORRECTED)
    assert set(scores) == set(pickers.PICKERS)
    assert {len(values) for values in scores.values()} == {14}
    assert scores["loudest"].argmax() == 3 == scores["softest"].argmin()
    # nobody speaks in the window from 0.6 s
    assert scores["most_voiced"][4] == 0 == scores["most_voiced"].min()
    assert scores["highest_pitch"].argmin() == 4
    assert set(np.flatnonzero(scores["highest_pitch"] == 25)) == {7, 8, 9}


@pytest.fixture
def study():
    """Forty clips: angry ones louder on the planted interval, sad ones softer."""
    clips = [f"clip{index}" for index in range(40)]
    emotions = ["angry" if index % 2 else "sad" for index in range(40)]
    table = spectrograms(clips)
    frames = voices(clips).assign(**{F0: 20.0})
    for row, emotion in enumerate(emotions):
        levels = np.reshape(table.at[row, "log_mel"], (2, 140)) / 20
        levels[:, 67:100] += 20 if emotion == "angry" else -20
        table.at[row, "log_mel"] = levels.ravel()
    truth = pd.concat(
        [
            TRUTH[:1].assign(clip_id=clip, emotion=emotion)
            for clip, emotion in zip(clips, emotions, strict=True)
        ]
    )
    return clips, table, frames, truth


def test_the_best_picker_of_each_emotion_is_that_of_its_cue(study):
    clips, table, frames, truth = study
    chosen = maps(clips, lambda rng: rng.random((2, 140)))
    found = pickers.point(chosen, table, frames, truth, CORRECTED)
    means = {name: rows["auc"].mean() for name, rows in found.items()}
    # right for one half, wrong for the other
    assert means["loudest"] == means["softest"] == pytest.approx(0.5)
    assert means["most_voiced"] == means["highest_pitch"] == 0.5
    best = pickers.best_of_emotion(found, truth)
    assert (best["auc"] == 1).all() and (best["pointing"] == 1).all()
    # a map of the level, signed by the emotion, is right always, but not beyond that
    signs = truth.set_index("clip_id")["emotion"].map({"angry": 1.0, "sad": -1.0})
    levels = table.set_index("clip_id")["log_mel"]
    right = chosen.assign(map=[signs[clip] * levels[clip] + 100 for clip in chosen["clip_id"]])
    pointed = localisation.point(right, table, truth, CORRECTED)
    tested = localisation.pointing_table(pointed, spoken(clips), Resampling(500, 1), best)
    area = tested.set_index("measure").loc["auc"]
    assert area["value"] == 1 and area["beyond"] == area["beyond_high"] == 0
    blind = localisation.point(chosen, table, truth, CORRECTED)
    tested = localisation.pointing_table(blind, spoken(clips), Resampling(500, 1), best)
    area = tested.set_index("measure").loc["auc"]
    assert area["beyond"] == pytest.approx(area["value"] - 1) and area["beyond_high"] < -0.3
