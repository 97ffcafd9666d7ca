"""Laws of the localisation on planted intervals."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import tabulate_localisation
from known_cues import LEVEL, SETTINGS, study
from sercues.analysis import recovery
from sercues.core import job, tables
from sercues.corpora import synthetic
from sercues.cues import descriptors, measure
from sercues.cues.catalogue import CUES
from sercues.cues.clips import clip_cues
from sercues.evaluation import localisation
from sercues.stats import permutation

TRUTH = pd.DataFrame(
    [
        {"clip_id": "a", "start_s": 1.0, "end_s": 1.5, "cue": "loudness"},
        {"clip_id": "a", "start_s": 1.0, "end_s": 1.5, "cue": "jitter"},
        {"clip_id": "neutral", "start_s": 1.0, "end_s": 1.5, "cue": "none"},
    ]
).assign(emotion="angry", size=1.0, unit="dB")

WINDOWS = {"window_frames": 10, "k": 5, "positive_only": True, "inside_speech": True}


def spectrograms(clips):
    """Where frames lie: clips of 2.1 s from second 0, all speech."""
    place = {"n_total": 140, "start_s": 0.0, "speech_start_frame": 0, "speech_end_frame": 140}
    return pd.DataFrame({"clip_id": clips}).assign(**place, frame_step_s=0.015)


def maps(clips, draw):
    """Maps of two bands and 140 frames, as `draw(rng)` gives them."""
    rng = np.random.default_rng(7)
    key = {"fold": 0, "seed": 1, "target_kind": "predicted", "n_mels": 2, "n_total": 140}
    rows = [key | {"clip_id": clip, "map": draw(rng).ravel()} for clip in clips]
    return pd.DataFrame(rows)


def segments(rows, clip_id="a", fold=0, **columns):
    """Rows of table `segments` from (region, draw, start_s, end_s)."""
    table = pd.DataFrame(rows, columns=["region", "draw", "start_s", "end_s"])
    table["rank"] = table.groupby(["region", "draw"]).cumcount() + 1
    key = {"clip_id": clip_id, "fold": fold, "seed": 1, "target_kind": "predicted", "score": 1.0}
    return table.assign(**key | columns)[tables.columns("segments")]


def test_the_share_is_of_time_and_over_all_draws():
    rows = [
        ("salient", 0, 1.0, 1.2),  # inside
        ("salient", 0, 1.4, 1.6),  # half
        ("salient", 0, 0.5, 0.7),  # outside
        ("random", 0, 0.0, 0.2),
        ("random", 1, 1.1, 1.3),
        ("full", 0, 0.0, 2.0),
    ]
    shares = localisation.on_planted(segments(rows), TRUTH)
    assert len(shares) == 1
    found = shares.iloc[0].to_dict()
    assert found == pytest.approx({"salient": 0.5, "random": 0.5, "full": 0.25})


def test_clips_without_a_planted_cue_do_not_count():
    rows = [("salient", 0, 1.0, 1.2), ("random", 0, 1.0, 1.2)]
    both = pd.concat([segments(rows), segments(rows, "neutral")])
    shares = localisation.on_planted(both, TRUTH)
    assert list(shares.index.get_level_values("clip_id")) == ["a"]


def test_a_clip_explained_by_several_models_counts_once():
    at = {"hit": (1.0, 1.2), "miss": (0.2, 0.4)}
    parts = [
        segments([("salient", 0, *at["hit"]), ("random", 0, *at["miss"])], fold=0),
        segments([("salient", 0, *at["miss"]), ("random", 0, *at["miss"])], fold=1),
    ]
    manifest = pd.DataFrame({"clip_id": ["a"], "speaker": ["s"]})
    names = {"corpus": "synthetic", "protocol": "corrected", "method": "crp"}
    table = localisation.localisation_table(
        pd.concat(parts), TRUTH, manifest, **names, draws=10, seed=1
    ).set_index("region")
    assert table.loc["salient", "value"] == table.loc["salient", "delta_random"] == 0.5
    assert (table["n_clips"] == 1).all() and table["ci_low"].isna().all()
    assert np.isnan(table.loc["random", "delta_random"])


@pytest.fixture
def entries(tmp_path):
    """Tables of twenty clips, ten speakers, of a method that is right and one that is blind."""
    rng = np.random.default_rng(0)
    clips = [f"clip{index:02}" for index in range(20)]
    truth = pd.concat([TRUTH[:1].assign(clip_id=clip) for clip in clips])
    parts = {"crp": [], "occlusion": []}
    for clip in clips:
        drawn = [
            ("random", draw, start, start + 0.1)
            for draw, start in enumerate(rng.uniform(0, 1.9, 50))
        ]
        parts["crp"].append(segments([("salient", 0, 1.2, 1.3), *drawn], clip))
        blind = rng.uniform(0, 1.9)
        parts["occlusion"].append(segments([("salient", 0, blind, blind + 0.1), *drawn], clip))
    manifest = pd.DataFrame({"clip_id": clips, "speaker": [clip[-1] for clip in clips]})
    truth.to_parquet(tmp_path / "truth.parquet")
    manifest.to_parquet(tmp_path / "manifest.parquet")
    # cues of the same clips: without a neutral one there is nothing to recover
    key = {"fold": 0, "seed": 1, "target_kind": "predicted"}
    explained = pd.DataFrame({"clip_id": clips}).assign(
        **key, true="angry", predicted="angry", correct=True
    )
    explained.to_parquet(tmp_path / "explained.parquet")
    cues = [
        key
        | {"clip_id": clip, "region": region, "draw": 0, "n_frames": 9}
        | dict.fromkeys(CUES, 1.0)
        for clip in clips
        for region in ("salient", "full", "random", "paired", "matched", "energy")
    ]
    pd.DataFrame(cues).to_parquet(tmp_path / "cues.parquet")
    spectrograms(clips).to_parquet(tmp_path / "spectrograms.parquet")
    maps(clips, lambda rng: rng.random((2, 140))).to_parquet(tmp_path / "saliency.parquet")
    for method, found in parts.items():
        pd.concat(found).to_parquet(tmp_path / f"{method}.parquet")
    return tmp_path


def test_a_method_that_is_right_beats_random_and_a_blind_one_does_not(entries, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    methods = ["crp", "occlusion"]
    tabulate_localisation.main(
        SimpleNamespace(
            input=SimpleNamespace(
                segments=[entries / f"{method}.parquet" for method in methods],
                cues=[entries / "cues.parquet"] * 2,
                explained=[entries / "explained.parquet"] * 2,
                saliency=[entries / "saliency.parquet"] * 2,
                spectrograms=[entries / "spectrograms.parquet"] * 2,
                truths=[entries / "truth.parquet"] * 2,
                manifests=[entries / "manifest.parquet"] * 2,
            ),
            output=SimpleNamespace(
                csv=entries / "localisation.csv",
                pointing=entries / "pointing.csv",
                recovery=entries / "recovery.csv",
                markdown=entries / "localisation.md",
                html=entries / "localisation.html",
            ),
            params=SimpleNamespace(
                entries=[("synthetic", "corrected", method) for method in methods],
                emotions=["angry", "neutral"],
                windows={"corrected": WINDOWS},
                draws=1000,
                seed=1,
            ),
        )
    )
    found = pd.read_csv(entries / "localisation.csv").set_index(["method", "region"])
    right, blind = found.loc[("crp", "salient")], found.loc[("occlusion", "salient")]
    assert right["value"] == 1 and right["delta_random_low"] > 0.5
    assert blind["delta_random_low"] < 0 < blind["delta_random_high"]
    assert right["n_speakers"] == 10
    text = (entries / "localisation.md").read_text(encoding="utf-8")
    assert "| synthetic | corrected | crp | salient | 100.0 [100.0, 100.0] |" in text
    assert "<td class='text'>salient</td>" in (entries / "localisation.html").read_text("utf-8")


# ---- pointing


def planted(rng):
    """Relevance on the planted interval, frames 67 to 100, and a little noise."""
    relevance = 0.1 * rng.random((2, 140))
    relevance[:, 67:100] += 1.0
    return relevance


def test_a_map_of_the_planted_interval_points_at_it():
    found = localisation.point(maps(["a"], planted), spectrograms(["a"]), TRUTH, WINDOWS)
    assert found[["auc", "pointing"]].iloc[0].tolist() == [1, 1]
    # middles of windows: 75 ms, 225 ms, …; those of 1.0 to 1.5 s are planted
    assert found["pointing_chance"].iloc[0] == pytest.approx(3 / 14)


def test_the_area_of_a_map_is_that_of_scikit_learn():
    relevance = np.random.default_rng(0).standard_normal((2, 140)).astype(np.float32)
    found = localisation.point(
        maps(["a"], lambda _: relevance), spectrograms(["a"]), TRUTH, WINDOWS
    )
    scores = relevance.clip(0).sum(axis=0).reshape(14, 10).sum(axis=1)
    # windows of 150 ms; those whose middle is in 1.0 to 1.5 s are planted
    middle = 0.075 + 0.15 * np.arange(14)
    area = roc_auc_score((middle >= 1.0) & (middle < 1.5), scores)
    assert found["auc"].item() == pytest.approx(area, abs=1e-12)


def test_blind_maps_are_at_chance_and_maps_of_the_rest_below_it():
    clips = [f"clip{index}" for index in range(60)]
    truth = pd.concat([TRUTH[:1].assign(clip_id=clip) for clip in clips])
    manifest = pd.DataFrame({"clip_id": clips, "speaker": [clip[-1] for clip in clips]})
    names = {"corpus": "synthetic", "protocol": "corrected", "method": "crp"}
    tested = {}
    for name, draw in (
        ("blind", lambda rng: rng.random((2, 140))),
        ("right", planted),
        ("rest", lambda rng: 2 - planted(rng)),
    ):
        found = localisation.point(maps(clips, draw), spectrograms(clips), truth, WINDOWS)
        table = localisation.pointing_table(found, manifest, **names, draws=1000, seed=1)
        table = permutation.with_q(table, localisation.FAMILY)
        tables.checked(table, "pointing")
        assert table["q"].tolist() == pytest.approx(permutation.false_discovery_rate(table["p"]))
        tested[name] = table.set_index("measure")
    assert tested["blind"].loc["auc", "value"] == pytest.approx(0.5, abs=0.06)
    assert tested["blind"].loc["auc", "p"] > 0.05 > tested["right"].loc["auc", "p"]
    assert tested["right"].loc["pointing", "value"] == 1
    assert tested["rest"].loc["auc", "value"] == 0 == tested["rest"].loc["pointing", "value"]


def test_clips_without_a_planted_or_another_window_are_left_out():
    everything = TRUTH[:1].assign(start_s=0.0, end_s=9.0)
    for truth in (everything, TRUTH[2:].assign(clip_id="a")):
        found = localisation.point(maps(["a"], planted), spectrograms(["a"]), truth, WINDOWS)
        assert found.empty


# ---- recovery


def recovered(planted, **changes):
    """Table `recovery` of the study of known cues, its emotion happy called neutral."""
    cues, explained, manifest = study(noise=0.02)
    explained = explained.replace({"true": {"happy": "neutral"}})
    for cue, add in changes.items():
        cues[cue] += add * cues["clip_id"].str.contains("sad")
    truth = pd.DataFrame(planted, columns=["emotion", "cue", "size", "unit"])
    clips = clip_cues(cues, explained, manifest)
    settings = SETTINGS | {"emotions": ["angry", "neutral", "sad"], "draws": 2000}
    return recovery.recovery_table(clips, truth, **settings)


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
    ).assign(corpus="synthetic", protocol="corrected", target_kind="predicted")
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
        explained = explained.replace({"true": {"happy": "neutral"}})
        clips = clip_cues(cues, explained, manifest)
        truth = pd.DataFrame(columns=["emotion", "cue", "size", "unit"])
        settings = SETTINGS | {"emotions": ["angry", "sad"], "draws": 500, "seed": seed}
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
    key = {"fold": 0, "seed": 1, "target_kind": "predicted"}
    clips = truth.drop_duplicates("clip_id").assign(**key)
    chosen = clips.assign(region="salient", draw=0, rank=1, score=1.0)
    rows = pd.concat(descriptors.extract(paths, processes=2))
    explained = clips.assign(true=clips["emotion"], predicted=clips["emotion"], correct=True)
    manifest = clips[["clip_id"]].assign(speaker=clips["clip_id"].str.split("_").str[0])
    heard = clip_cues(measure.measure(chosen, rows, "masked"), explained, manifest)
    emotions = sorted(set(truth["emotion"]))
    settings = SETTINGS | {"emotions": emotions, "draws": 500}
    outcome = recovery.recovery_table(heard, truth, **settings)["outcome"]
    if strength:
        planted = outcome[outcome.isin(["recovered", "wrong sign", "missed"])]
        assert len(planted) == truth.groupby(["emotion", "cue"]).ngroups - 1
        assert (planted == "recovered").mean() >= 0.9 and "wrong sign" not in set(planted)
    else:
        assert set(outcome) <= {"changed", "unchanged"}
        assert (outcome == "changed").mean() <= 0.05
