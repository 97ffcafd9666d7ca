"""Tables of methods: what beats chance, and mean curves."""

import numpy as np
import pandas as pd
import pytest

from known_methods import areas, parameter_randomisation, plausible, results
from runs import PLACE
from sercues.core import tables
from sercues.evaluation import faithfulness
from sercues.evaluation.fills import FILLS, NO_FILL
from sercues.evaluation.methods import (
    JUDGED,
    MEASURES,
    curve_table,
    measured,
    method_table,
    page,
    verdict_table,
)
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
        {"crp": ["mean"]},
        Resampling(2000, 1),
    )
    verdicts = tables.stacked([(PLACE, verdict_table(table))], "faithfulness_verdicts")
    tables.checked(verdicts, "faithfulness_verdicts")
    table = tables.stacked([(PLACE, table)], "methods")
    tables.checked(table, "methods")
    own = table[table["own_fill"]]
    assert set(own["method"]) == {"crp"} and set(own["fill"]) == {"mean"}
    found = table[table["fill"].isin(["background", NO_FILL])].set_index(["method", "measure"])
    good, blind = found.loc[("crp", "percentile")], found.loc[("random", "percentile")]
    assert good["ci_low"] > 0.9 and good["q"] < 0.05 and good["n_speakers"] == 10
    assert blind["ci_low"] < 0.5 < blind["ci_high"] and blind["q"] > 0.05
    assert np.isnan(found.loc[("crp", "regret"), "p"])
    assert found.loc[("crp", "significant"), "value"] > 0.5
    assert found.loc[("crp", "significant"), "chance"] == pytest.approx(0.02)
    assert found.loc[("crp", "percentile"), "chance"] == 0.5
    assert np.isnan(found.loc[("crp", "regret"), "chance"])
    ranks, curves, shown = page(table, verdicts, []).parts
    crp, random = ranks.rows
    assert crp[2:4] == ["crp", "20 (10)"] and ranks.head[4:-1] == list(FILLS)
    assert all("*" in value for value in crp[4:-1]) and not any("*" in value for value in random)
    assert ["‡" in value for value in crp[4:-1]] == [name == "mean" for name in FILLS]
    assert (crp[-1], random[-1]) == ("more", "undecided")
    assert curves.rows[0][curves.head.index("by chance (%)")] == "2.0"
    assert [row[2:4] for row in curves.rows[-4:]] == [["greedy", fill] for fill in FILLS]
    crp, random = shown.rows
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
    assert best["p"].isna().all() and curves.rows[-1][-1] == "–"


@pytest.mark.parametrize(
    "mean, of_fill, verdict",
    [
        (0.9, {}, "more"),
        (0.1, {}, "less"),
        # the order that an audit measured: above chance under the fill of the method only
        (0.4, {"floor": 0.8}, "fills disagree"),
        (0.9, {"background": 0.5}, "undecided"),
        (0.5, {}, "undecided"),
    ],
)
def test_a_method_has_a_verdict_only_where_all_fills_agree(mean, of_fill, verdict, manifest):
    rows = pd.concat([results("crp", mean, **of_fill), results("random", 0.5)])
    clips = measured(rows, areas(), parameter_randomisation("crp"), plausible("crp"))
    table = method_table(clips, manifest, {}, Resampling(2000, 1))
    found = verdict_table(table).set_index(["method", "measure"])
    assert set(found.index) == {(name, measure) for name in ("crp", "random") for measure in JUDGED}
    row = found.loc[("crp", "percentile")]
    assert row["verdict"] == verdict and row["n_fills"] == len(FILLS)
    if verdict == "fills disagree":
        assert (row["n_above"], row["n_below"]) == (1, 3)
    # one family: every fill and measure of every method
    tested = table[table["p"].notna()]
    assert (tested["q"] >= tested["p"]).all()
    assert len(tested) == 2 * len(JUDGED) * len(FILLS) + 2


def test_few_speakers_give_no_verdict(manifest):
    clips = measured(results("crp", 0.9), areas(), parameter_randomisation("crp"), plausible("crp"))
    table = method_table(clips, manifest.assign(speaker="one"), {}, Resampling(100, 1))
    assert set(verdict_table(table)["verdict"]) == {"undecided"}


def test_mean_curves_have_the_areas_of_their_clips_whatever_the_number_of_windows(manifest):
    resampling = Resampling(500, 1)
    found = results("crp", 0.9)[lambda rows: rows["fill"] == "floor"]
    # one clip in two falls twice as far
    steep = [0.75, 0.2, 0.125, 0.0, 0.125]
    found["deletion_curve"] = [steep if i % 2 else [1.0, 0.5, 0.0] for i in range(20)]
    areas_of_floor = areas()[lambda rows: rows["fill"] == "floor"]
    table = curve_table(found, areas_of_floor, manifest, resampling)
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
    few = curve_table(found, areas_of_floor, manifest.assign(speaker="one"), resampling)
    assert few["ci_low"].isna().all()
    np.testing.assert_allclose(few["value"], table["value"], atol=1e-12)


def test_a_clip_explained_by_two_models_has_one_curve(manifest):
    resampling = Resampling(50, 1)
    found = results("crp", 0.9)
    again = found.assign(fold=1, deletion_curve=[[0.25, 0.0]] * len(found))
    table = curve_table(pd.concat([found, again]), areas(), manifest, resampling)
    first = table[(table["method"] == "crp") & (table["curve"] == "deletion")].iloc[0]
    assert (first["value"], first["n_clips"]) == (0.5, 20)
