"""Tables of methods: what beats chance, and mean curves."""

import numpy as np
import pandas as pd
import pytest

from known_methods import areas, parameter_randomisation, plausible, results
from runs import PLACE
from sercues.core import tables
from sercues.evaluation import faithfulness
from sercues.evaluation.methods import MEASURES, curve_table, measured, method_table, page
from sercues.stats.bootstrap import Resampling


def test_what_beats_chance_is_marked_and_what_does_not_is_not(manifest):
    table = method_table(
        measured(
            pd.concat([results("crp", 0.97), results("random", 0.5)]),
            areas(),
            parameter_randomisation("crp"),
            plausible("crp"),
        ),
        manifest,
        Resampling(2000, 1),
    )
    table = tables.stacked([(PLACE, table)], "methods")
    tables.checked(table, "methods")
    found = table.set_index(["method", "measure"])
    good, blind = found.loc[("crp", "percentile")], found.loc[("random", "percentile")]
    assert good["ci_low"] > 0.9 and good["q"] < 0.05 and good["n_speakers"] == 10
    assert blind["ci_low"] < 0.5 < blind["ci_high"] and blind["q"] > 0.05
    assert np.isnan(found.loc[("crp", "regret"), "p"])
    assert found.loc[("crp", "significant"), "value"] > 0.5
    (shown,) = page(table, []).parts
    crp, random, greedy = shown.rows
    assert crp[2:4] == ["crp", "20 (10)"]
    assert any("*" in value for value in crp) and not any("*" in value for value in random)
    assert found.loc[("crp", "parameter_randomisation"), "value"] == pytest.approx(0.2)
    assert found.loc[("crp", "label_randomisation"), "value"] == pytest.approx(0.3)
    assert np.isnan(found.loc[("random", "parameter_randomisation"), "value"])
    forgot = shown.head.index(MEASURES["parameter_randomisation"].label)
    assert random[forgot] == "–" != crp[forgot]
    assert found.loc[("crp", "plausibility"), "value"] == pytest.approx(0.4)
    assert found.loc[("random", "plausibility"), "value"] == pytest.approx(0)
    assert ("energy", "plausibility") not in found.index
    assert MEASURES["planted_auc"].label not in shown.head
    assert found.loc[("crp", "planted_auc"), "n_clips"] == 0
    assert np.isnan(found.loc[("random", "significant"), "p"])
    best = found.loc["greedy"]
    assert best["value"].dropna().to_dict() == {"deletion": 0.125, "insertion": 0.75}
    assert best["p"].isna().all() and greedy[2:5] == ["greedy", "20 (10)", "–"]


def test_mean_curves_have_the_areas_of_their_clips_whatever_the_number_of_windows(manifest):
    resampling = Resampling(500, 1)
    found = results("crp", 0.9)
    # one clip in two falls twice as far
    steep = [0.75, 0.2, 0.125, 0.0, 0.125]
    found["deletion_curve"] = [steep if i % 2 else [1.0, 0.5, 0.0] for i in range(20)]
    table = curve_table(found, areas(), manifest, resampling)
    tables.checked(tables.stacked([(PLACE, table)], "curves"), "curves")
    assert set(table["method"]) == {"crp", "greedy", "random_orders"}
    assert (table.groupby(["method", "curve"])["share"].agg(list).map(len) == 21).all()
    heights = table.set_index(["method", "curve", "share"])
    drawn = {
        place: faithfulness.area(part["value"])
        for place, part in table.groupby(["method", "curve"])
    }
    areas_of = [faithfulness.area(curve) for curve in found["deletion_curve"]]
    assert drawn["crp", "deletion"] == pytest.approx(np.mean(areas_of))
    assert drawn["crp", "insertion"] == pytest.approx(
        faithfulness.area(found["insertion_curve"][0])
    )
    assert drawn["random_orders", "deletion"] == pytest.approx(0.5)
    at = heights.loc["crp", "deletion", 0.25]
    assert at["value"] == pytest.approx((0.2 + 0.75) / 2) and at["n_speakers"] == 10
    # speakers differ, as they spoke clips of one kind only
    assert 0.2 <= at["ci_low"] < at["value"] < at["ci_high"] <= 0.75
    few = curve_table(found, areas(), manifest.assign(speaker="one"), resampling)
    assert few["ci_low"].isna().all()
    np.testing.assert_allclose(few["value"], table["value"], atol=1e-12)


def test_a_clip_explained_by_two_models_has_one_curve(manifest):
    resampling = Resampling(50, 1)
    found = results("crp", 0.9)
    again = found.assign(fold=1, deletion_curve=[[0.25, 0.0]] * 20)
    table = curve_table(pd.concat([found, again]), areas(), manifest, resampling)
    first = table[(table["method"] == "crp") & (table["curve"] == "deletion")].iloc[0]
    assert (first["value"], first["n_clips"]) == (0.5, 20)
