"""Figures of dots with intervals show the numbers of their tables."""

import numpy as np
import pandas as pd
import pytest

from sercues import figures, intervals


@pytest.fixture
def methods():
    rows = []
    for index, method in enumerate(("crp", "energy", "occlusion")):
        for measure in ("percentile", "deletion_percentile", "regret"):
            value = 0.9 - 0.2 * index
            rows.append({"method": method, "measure": measure, "value": value})
    # has areas only, and no place in the figure
    rows.append({"method": "greedy", "measure": "deletion", "value": 0.1})
    table = pd.DataFrame(rows).assign(target_kind="predicted")
    return table.assign(ci_low=table["value"] - 0.05, ci_high=table["value"] + 0.05)


@pytest.fixture
def summary():
    rows = [
        {"method": method, "region": region, "group": group, "value": value}
        for method in ("crp", "occlusion")
        for region, value in (("salient", 0.5), ("full", 0.4), ("random", np.nan))
        for group in ("correct", "misclassified", "difference")
    ]
    table = pd.DataFrame(rows).assign(target_kind="predicted")
    return table.assign(ci_low=np.nan, ci_high=np.nan)


def dots(ax):
    """Places of the dots of one panel."""
    lines = [line for line in ax.lines if line.get_marker() == "o"]
    return np.concatenate([line.get_xydata() for line in lines])


def test_methods_stand_in_their_order_at_their_values(methods):
    figure = intervals.faithfulness(methods, "c · corrected")
    assert len(figure.axes) == 2
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["occlusion", "crp", "energy"]
    np.testing.assert_allclose(dots(figure.axes[0]), [[50, 0], [90, 1], [70, 2]])


def test_regions_have_a_dot_for_each_group_that_was_measured(summary):
    figure = intervals.plausibility(summary, "c · corrected")
    assert [ax.get_title() for ax in figure.axes] == ["occlusion", "crp"]
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["salient", "full"]
    assert sorted(dots(figure.axes[0])[:, 0]) == [0.4, 0.4, 0.5, 0.5]


def test_the_same_numbers_give_the_same_bytes(methods, summary, tmp_path):
    for name, draw, table in (
        ("f", intervals.faithfulness, methods),
        ("p", intervals.plausibility, summary),
    ):
        for copy, rows in (("a", table), ("b", table.sample(frac=1, random_state=1))):
            figures.save(draw(rows, "title"), tmp_path / f"{name}{copy}.svg")
        first, second = ((tmp_path / f"{name}{copy}.svg").read_bytes() for copy in "ab")
        assert first == second


@pytest.mark.parametrize("draw", ["faithfulness", "plausibility"])
def test_nothing_measured_gives_an_empty_figure(methods, summary, draw, tmp_path):
    table = (methods if draw == "faithfulness" else summary).iloc[:0]
    figures.save(getattr(intervals, draw)(table, "title"), tmp_path / "f.svg")
    assert (tmp_path / "f.svg").stat().st_size > 0
