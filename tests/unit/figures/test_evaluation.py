"""Figures of dots with intervals show the numbers of their tables."""

import numpy as np
import pandas as pd
import pytest

from sercues.evaluation.fills import FILLS
from sercues.figures import evaluation, style


@pytest.fixture
def methods():
    rows = []
    for index, method in enumerate(("crp", "energy", "occlusion")):
        for measure in ("percentile", "deletion_percentile", "regret"):
            value = 0.9 - 0.2 * index
            for fill in FILLS:
                own = method == "occlusion" and fill == "floor"
                row = {"method": method, "measure": measure, "value": value}
                rows.append(row | {"fill": fill, "own_fill": own})
                value -= 0.01
    # has areas only, and no place in the figure
    greedy = {"method": "greedy", "measure": "deletion", "value": 0.1}
    rows.append(greedy | {"fill": "floor", "own_fill": False})
    table = pd.DataFrame(rows).assign(target="predicted_label")
    return table.assign(ci_low=table["value"] - 0.05, ci_high=table["value"] + 0.05)


@pytest.fixture
def summary():
    rows = [
        {"method": method, "region": region, "group": group, "value": value}
        for method in ("crp", "occlusion")
        for region, value in (("salient", 0.5), ("full", 0.4), ("random", np.nan))
        for group in ("correct", "misclassified", "difference")
    ]
    table = pd.DataFrame(rows).assign(target="predicted_label")
    return table.assign(ci_low=np.nan, ci_high=np.nan)


@pytest.fixture
def curves():
    shares = np.arange(21) / 20
    rows = []
    names = ("random_orders", "crp", "energy", "greedy", "lime", "occlusion", "random")
    for index, method in enumerate(names):
        falling = 0.9 * (1 - shares) ** (1 + index) + 0.05
        for curve, values in (("deletion", falling), ("insertion", falling[::-1])):
            part = pd.DataFrame({"share": shares, "value": values})
            for lower, fill in enumerate(FILLS):
                filled = part.assign(value=part["value"] * (1 - 0.1 * lower))
                rows.append(filled.assign(method=method, curve=curve, fill=fill))
    table = pd.concat(rows, ignore_index=True).assign(target="predicted_label")
    return table.assign(ci_low=table["value"] * 0.9, ci_high=table["value"] * 1.05)


METHODS = ["occlusion", "crp", "lime", "energy", "random"]


def dots(ax):
    """Places of the dots of one panel."""
    lines = [line for line in ax.lines if line.get_marker() == "o" and line.get_color() != "white"]
    return np.concatenate([line.get_xydata() for line in lines])


def test_methods_stand_in_their_order_at_their_values(methods):
    figure = evaluation.faithfulness(methods, "c · corrected", METHODS)
    assert len(figure.axes) == 2
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["occlusion", "crp", "energy"]
    at = dots(figure.axes[0])
    # the dots of a fill stand at the same shift for every method
    expected = [[50 - i, 90 - i, 70 - i] for i in range(len(FILLS))]
    np.testing.assert_allclose(at[:, 0], np.ravel(expected))
    np.testing.assert_allclose(np.round(at[:, 1]), np.tile([0, 1, 2], len(FILLS)))
    own = [line.get_xydata() for line in figure.axes[0].lines if line.get_color() == "white"]
    np.testing.assert_allclose(np.concatenate(own)[:, 0], [50])
    assert len(figure.legends[0].get_texts()) == len(FILLS) + 1


def test_regions_have_a_dot_for_each_group_that_was_measured(summary):
    figure = evaluation.plausibility(summary, "c · corrected", METHODS)
    assert [ax.get_title() for ax in figure.axes] == ["occlusion", "crp"]
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["salient", "full"]
    assert sorted(dots(figure.axes[0])[:, 0]) == [0.4, 0.4, 0.5, 0.5]


def test_curves_of_a_method_stand_beside_those_of_no_method(curves):
    figure = evaluation.curves(curves, "c · corrected", METHODS)
    assert [ax.get_title() for ax in figure.axes[:3]] == ["occlusion", "crp", "lime"]
    assert len(figure.axes) == 3 * 2 * len(FILLS)
    upper, lower = figure.axes[0], figure.axes[3]
    assert "deletion" in upper.get_ylabel() and "insertion" in lower.get_ylabel()
    for row, fill in enumerate(np.repeat(list(FILLS), 2)):
        assert fill in figure.axes[3 * row].get_ylabel()
    assert len(figure.legends[0].get_texts()) == 5
    # random orders, energy, greedy and the method itself, each with its band
    for ax, curve in ((upper, "deletion"), (lower, "insertion")):
        assert len(ax.lines) == len(ax.collections) == 4
        own = curves[(curves["method"] == "occlusion") & (curves["curve"] == curve)]
        own = own[own["fill"] == "floor"]
        np.testing.assert_allclose(ax.lines[-1].get_xdata(), 100 * own["share"])
        np.testing.assert_allclose(ax.lines[-1].get_ydata(), own["value"])
        edges = ax.collections[-1].get_paths()[0].vertices[:, 1]
        assert {edges.min(), edges.max()} <= {*own["ci_low"], *own["ci_high"]}


def test_the_same_numbers_give_the_same_bytes(methods, summary, curves, tmp_path):
    for name, draw, table in (
        ("f", evaluation.faithfulness, methods),
        ("p", evaluation.plausibility, summary),
        ("c", evaluation.curves, curves),
    ):
        for copy, rows in (("a", table), ("b", table.sample(frac=1, random_state=1))):
            style.save(draw(rows, "title", METHODS), tmp_path / f"{name}{copy}.svg")
        first, second = ((tmp_path / f"{name}{copy}.svg").read_bytes() for copy in "ab")
        assert first == second


@pytest.mark.parametrize(
    "draw, of", [("faithfulness", "methods"), ("plausibility", "summary"), ("curves", "curves")]
)
def test_nothing_measured_gives_an_empty_figure(draw, of, tmp_path, request):
    table = request.getfixturevalue(of).iloc[:0]
    style.save(getattr(evaluation, draw)(table, "title", METHODS), tmp_path / "f.svg")
    assert (tmp_path / "f.svg").stat().st_size > 0
