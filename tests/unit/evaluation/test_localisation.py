"""Laws of the localisation on planted intervals."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from made_segments import CORRECTED
from planted_places import TRUTH, maps, segments, spectrograms
from runs import of_run, spoken
from sercues.core import tables
from sercues.evaluation import localisation
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling


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
    table = localisation.localisation_table(
        pd.concat(parts), TRUTH, manifest, Resampling(10, 1)
    ).set_index("region")
    assert table.loc["salient", "value"] == table.loc["salient", "delta_random"] == 0.5
    assert (table["n_clips"] == 1).all() and table["ci_low"].isna().all()
    assert np.isnan(table.loc["random", "delta_random"])


# ---- pointing


def planted(rng):
    """Relevance on the planted interval, frames 67 to 100, and a little noise."""
    relevance = 0.1 * rng.random((2, 140))
    relevance[:, 67:100] += 1.0
    return relevance


def test_a_map_of_the_planted_interval_points_at_it():
    found = localisation.point(maps(["a"], planted), spectrograms(["a"]), TRUTH, CORRECTED)
    assert found[["auc", "pointing"]].iloc[0].tolist() == [1, 1]
    # middles of windows: 75 ms, 225 ms, …; those of 1.0 to 1.5 s are planted
    assert found["pointing_chance"].iloc[0] == pytest.approx(3 / 14)


def test_the_area_of_a_map_is_that_of_scikit_learn():
    relevance = np.random.default_rng(0).standard_normal((2, 140)).astype(np.float32)
    found = localisation.point(
        maps(["a"], lambda _: relevance), spectrograms(["a"]), TRUTH, CORRECTED
    )
    scores = relevance.clip(0).sum(axis=0).reshape(14, 10).sum(axis=1)
    # windows of 150 ms; those whose middle is in 1.0 to 1.5 s are planted
    middle = 0.075 + 0.15 * np.arange(14)
    area = roc_auc_score((middle >= 1.0) & (middle < 1.5), scores)
    assert found["auc"].item() == pytest.approx(area, abs=1e-12)


def test_blind_maps_are_at_chance_and_maps_of_the_rest_below_it():
    clips = [f"clip{index}" for index in range(60)]
    truth = pd.concat([TRUTH[:1].assign(clip_id=clip) for clip in clips])
    manifest = spoken(clips)
    tested = {}
    for name, draw in (
        ("blind", lambda rng: rng.random((2, 140))),
        ("right", planted),
        ("rest", lambda rng: 2 - planted(rng)),
    ):
        found = localisation.point(maps(clips, draw), spectrograms(clips), truth, CORRECTED)
        table = localisation.pointing_table(found, manifest, Resampling(1000, 1))
        table = permutation.with_q(of_run(table, "pointing"), localisation.FAMILY)
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
        found = localisation.point(maps(["a"], planted), spectrograms(["a"]), truth, CORRECTED)
        assert found.empty
