"""Planted cues are recovered, others are not."""

import numpy as np
import pandas as pd
import pytest

from known_cues import LEVEL, heard, study
from runs import of_run
from sercues.analysis import recovery
from sercues.core import tables
from sercues.corpora import synthetic
from sercues.cues import descriptors, measure
from sercues.cues.catalogue import CUES
from sercues.stats.bootstrap import Resampling


def recovered(planted, **changes):
    """Table `recovery` of the study of known cues, its emotion happy called neutral."""
    cues, explained, manifest = study(noise=0.02)
    explained = explained.replace({"true_emotion": {"happy": "neutral"}})
    for cue, add in changes.items():
        cues[cue] += add * cues["clip_id"].str.contains("sad")
    truth = pd.DataFrame(planted, columns=["emotion", "cue", "size", "unit"])
    settings = {"emotions": ["angry", "neutral", "sad"], "resampling": Resampling(2000, 1)}
    table = recovery.recovery_table(heard(cues, explained, manifest), truth, **settings)
    return of_run(table, "recovery")


def test_planted_cues_are_recovered_by_sign_and_others_are_told_apart():
    planted = [
        ("angry", "loudness", 6.0, "dB"),
        ("angry", "jitter", -0.1, "ratio"),
        ("sad", "hnr", 3.0, "dB"),
        ("neutral", "none", 0.0, "none"),
    ]
    # harmonicity of sad clips is made that of neutral ones
    found = recovered(planted, hnr=LEVEL["happy"] - LEVEL["sad"])
    tables.checked(found, "recovery")
    assert len(found) == 2 * len(CUES)
    outcome = found.set_index(["emotion", "cue"])["outcome"]
    assert outcome["angry", "loudness"] == "recovered"
    assert outcome["angry", "jitter"] == "wrong sign"
    assert outcome["sad", "hnr"] == "missed"
    assert outcome["sad", "loudness"] == "changed"
    planted, counts = recovery.shown(found)
    shown = {row[4]: row for row in planted.rows}
    assert len(planted.rows) == len(shown) == 3
    assert shown["loudness"][2] == "crp" and shown["loudness"][5] == "6.00 dB"
    assert {row[-1] for row in planted.rows} == {"recovered", "wrong sign", "missed"}
    assert [row[3:6] for row in counts.rows] == [["1 of 3 (33.3 %)"] * 3]


def test_recovered_cues_are_counted_by_method():
    outcomes = {
        "occlusion": ["recovered"] * 28
        + ["missed", "wrong sign"]
        + ["changed"] * 3
        + ["unchanged"],
        "crp": ["unchanged"] * 39 + ["changed"],
    }
    table = pd.concat(
        pd.DataFrame({"outcome": words}).assign(method=method) for method, words in outcomes.items()
    ).assign(corpus="synthetic", protocol="corrected", target="predicted_label")
    found = recovery.shares(table)
    assert found["method"].tolist() == ["occlusion", "crp"]
    counts = found[["planted", "recovered", "wrong sign", "missed", "others", "changed"]]
    assert counts.to_numpy().tolist() == [[30, 28, 1, 1, 4, 3], [0, 0, 0, 0, 40, 1]]
    first, second = recovery.shown(table.assign(planted=np.nan))[1].rows
    counted = ["28 of 30 (93.3 %)", "1 of 30 (3.3 %)", "1 of 30 (3.3 %)", "3 of 4 (75.0 %)"]
    assert first[2:] == ["occlusion", *counted]
    assert second[2:] == ["crp", "–", "–", "–", "1 of 40 (2.5 %)"]


def test_where_nothing_is_planted_little_is_discovered():
    rng = np.random.default_rng(5)
    found = []
    for seed in range(20):
        cues, explained, manifest = study(noise=0.02)
        cues[list(CUES)] = rng.normal(size=(len(cues), len(CUES)))
        explained = explained.replace({"true_emotion": {"happy": "neutral"}})
        clips = heard(cues, explained, manifest)
        truth = pd.DataFrame(columns=["emotion", "cue", "size", "unit"])
        settings = {"emotions": ["angry", "sad"], "resampling": Resampling(500, seed)}
        found.append(recovery.recovery_table(clips, truth, **settings))
    changed = pd.concat(found)["outcome"] == "changed"
    assert changed.mean() <= 0.05


@pytest.mark.parametrize("strength", [1.0, 0.0])
def test_segments_that_are_the_planted_interval_give_back_what_was_planted(tmp_path, strength):
    """The perfect method, from sound to outcome: 90 % recovered, and nothing where nothing is."""
    truth = synthetic.build(
        tmp_path, 1, n_speakers=12, clips_per_emotion=1, strength=strength, processes=2
    )
    paths = {path.stem: str(path) for path in tmp_path.glob("*.wav")}
    key = {"fold": 0, "seed": 1, "target": "predicted_label"}
    clips = truth.drop_duplicates("clip_id").assign(**key)
    chosen = clips.assign(region="salient", draw=0, rank=1, score=1.0)
    rows = pd.concat(descriptors.extract(paths, processes=2))
    explained = clips.assign(
        true_emotion=clips["emotion"], predicted_emotion=clips["emotion"], correct=True
    )
    manifest = clips[["clip_id"]].assign(speaker=clips["clip_id"].str.split("_").str[0])
    cues = heard(measure.measure(chosen, rows, "masked"), explained, manifest)
    emotions = sorted(set(truth["emotion"]))
    settings = {"emotions": emotions, "resampling": Resampling(500, 1)}
    outcome = recovery.recovery_table(cues, truth, **settings)["outcome"]
    if strength:
        planted = outcome[outcome.isin(["recovered", "wrong sign", "missed"])]
        assert len(planted) == truth.groupby(["emotion", "cue"]).ngroups - 1
        assert (planted == "recovered").mean() >= 0.9 and "wrong sign" not in set(planted)
    else:
        assert set(outcome) <= {"changed", "unchanged"}
        assert (outcome == "changed").mean() <= 0.05
