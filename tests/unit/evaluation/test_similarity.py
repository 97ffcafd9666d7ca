"""Explanations against those of other networks, fills and windows."""

import numpy as np
import pandas as pd
import pytest

from compared_networks import CLIPS, LABELS, SIZE, compared
from made_networks import saved
from sercues.analysis import failure_checks
from sercues.classifiers import resnet
from sercues.core.names import LAYERS
from sercues.evaluation import similarity
from sercues.stats.bootstrap import Resampling

pytestmark = pytest.mark.usefixtures("one_thread")
GRID = np.column_stack([np.arange(10, 110, 10), np.arange(20, 120, 10)])
CRP = {"layer": "block2", "concepts": 5, "channel": None, "condition": "class"}


def test_equal_opposite_and_constant_maps():
    relevance = np.random.default_rng(2).random(SIZE)
    same = similarity.of_maps(relevance, relevance, GRID, 3, True)
    assert same == pytest.approx({"windows": 1, "overlap": 1, "chance": 0.3})
    opposite = similarity.of_maps(relevance, 1 - relevance, GRID, 3, True)
    assert opposite["windows"] == pytest.approx(-1) and opposite["overlap"] == 0
    constant = similarity.of_maps(relevance, np.ones(SIZE), GRID, 3, True)
    assert np.isnan(constant["windows"])


def test_a_choice_within_the_other_overlaps_it_whole():
    few, many = GRID[2:3], GRID[1:5]
    assert similarity.of_choices(few, many, 100) == {"overlap": 1, "chance": 0.4}
    assert similarity.of_choices(many, few, 100) == {"overlap": 1, "chance": 0.4}
    half = np.array([[25, 35]])
    assert similarity.of_choices(few - 10, half, 100)["overlap"] == 0.5
    assert np.isnan(similarity.of_choices(few, few[:0], 100)["overlap"])


def test_blind_choices_overlap_as_chance_says():
    rng = np.random.default_rng(1)
    found = [
        similarity.of_choices(*(GRID[rng.permutation(10)[:k]] for k in (5, 3)), 100)
        for _ in range(4000)
    ]
    assert found[0]["chance"] == 0.5
    assert np.mean([row["overlap"] for row in found]) == pytest.approx(0.5, abs=0.02)


def test_what_ignores_the_network_stays_and_what_explains_it_changes(files):
    taught = ["weights", "labels", "fold"]
    energy = compared(files, "energy", {})
    assert set(energy["kind"]) == {*taught, "window", "net"}
    # a map without negative relevance has the same windows by net relevance
    net = energy[energy["kind"] == "net"]
    assert len(net) == len(CLIPS)
    assert net[["overlap", "windows"]].to_numpy() == pytest.approx(1)
    networks = energy[energy["kind"].isin(taught)]
    assert len(networks) == len(CLIPS) * (len(LAYERS) + 2)
    assert networks[["windows", "overlap"]].to_numpy() == pytest.approx(1)
    found = compared(files, "gradcam", {"layer": "block2"})
    for change in ("conv1", "randomised labels", "another fold"):
        assert found[found["change"] == change]["windows"].fillna(0).abs().max() < 0.9


def test_the_network_of_another_seed_is_compared_where_there_is_one(files, tmp_path):
    spectrograms, paths, shuffled = files
    more = [tmp_path / f"fold{fold}/seed2/model.pt" for fold in (0, 1)]
    for path in more:
        saved(resnet.ResNet(len(LABELS)).eval(), LABELS, path)
    both = (spectrograms, [*paths, *more], shuffled)
    for seed in (1, 2):
        found = compared(both, "energy", {}, seed)
        others = found[found["kind"].isin(["fold", "seed"])].groupby("change")["clip_id"].count()
        assert others.to_dict() == {"another fold": len(CLIPS), "another seed": len(CLIPS)}
    assert "seed" not in set(compared(files, "energy", {})["kind"])


@pytest.mark.parametrize(("method", "params", "verdict"), [
    ("random", {}, "red"), ("energy", {}, "red"), ("crp", CRP, "green"),
])  # fmt: skip
def test_a_blind_method_is_flagged_and_one_that_asks_the_network_is_not(
    files, method, params, verdict
):
    found = compared(files, method, params)
    manifest = pd.DataFrame({"clip_id": CLIPS, "speaker": ["a", "b", "c"]})
    for signature in failure_checks.UNMOVED:
        row = failure_checks.unmoved_maps(signature, found, manifest, Resampling(100, 1))
        assert row["verdict"] == verdict, row["measured"]


def test_every_length_of_windows_but_the_own_is_compared(files):
    found = compared(files, "energy", {})
    choices = found[found["kind"] == "window"]
    lengths = [f"windows of {seconds} s" for seconds in ("0.10", "0.20", "0.30")]
    assert set(choices["change"]) == set(lengths)
    assert choices["windows"].isna().all()


def test_windows_of_net_relevance_are_others_where_positive_relevance_hides_negative(tmp_path):
    relevance = np.zeros(SIZE)
    for index, (start, end) in enumerate(GRID):
        relevance[0, start:end] = 10 - index
        relevance[1, start:end] = -2 * (10 - index)
    clip = pd.Series({"n_total": SIZE[1], "frame_step_s": 0.015})
    clip["speech_start_frame"], clip["speech_end_frame"] = GRID.min(), GRID.max()
    windows = {"window_frames": 10, "k": 3, "positive_only": True, "inside_speech": True}
    first, *_ = similarity._other_choices(relevance, clip, windows)
    assert first == pytest.approx(
        {"kind": "net", "change": "net relevance", "windows": -1, "overlap": 0, "chance": 0.3}
    )


def test_other_fills_are_compared_where_the_method_has_one(files):
    params = {"patch": [8, 20], "stride": [8, 20], "fill": "floor"}
    found = compared(files, "occlusion", params)
    fills = found[found["kind"] == "fill"]
    assert set(fills["change"]) == {"fill: loudest", "fill: mean", "fill: noise"}
    assert len(fills) == 3 * len(CLIPS) and fills["windows"].dropna().between(-1, 1).all()
