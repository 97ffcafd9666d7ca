"""Figures with intervals: how faithful each method is, and how plausible its cues are."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sercues.core.names import REGIONS
from sercues.evaluation.fills import FILLS, NO_FILL
from sercues.evaluation.methods import CURVES, GREEDY, RANDOM_ORDERS, in_order
from sercues.figures import style
from sercues.stats.level import PERCENT

FAITHFULNESS = {
    "percentile": "sets of windows with a\nsmaller drop of the logit (%)",
    "deletion_percentile": "random orders beaten,\ndeletion (%)",
    "insertion_percentile": "random orders beaten,\ninsertion (%)",
    "planted_auc": "planted window scores\nabove another (%)",
}
# colour of each fill, and of what needs none
COLOURS = dict(zip(FILLS, ("C0", "C1", "C2", "C4"), strict=True)) | {NO_FILL: "0.3"}
REACH = 0.27  # of the fills of a method, above and below its place
GROUPS = ("correct", "misclassified")


class LineStyle(NamedTuple):
    """Legend label, colour and line style of a curve."""

    label: str
    colour: str
    line: str | tuple


METHOD = LineStyle("order of the method", "C0", "-")
BESIDE = {
    RANDOM_ORDERS: LineStyle("mean of random orders", "0.4", (0, (1, 1.5))),
    "energy": LineStyle("loudest window first (energy)", "C1", "--"),
    GREEDY: LineStyle("best of every step (greedy)", "C2", "-."),
}
BAND = 0.2  # opacity of an interval


@style.report_style()
def faithfulness(methods: pd.DataFrame, title: str, order: Sequence[str]) -> Figure:
    """Each measure with a known chance level, by method and fill; the line marks chance.

    Dots are open where the method itself uses the fill.

    Parameters
    ----------
    methods : pandas.DataFrame
        Rows of the table `methods` of one corpus and protocol; only maps of the predicted class.
    title : str
        Over the figure.
    order : sequence of str
        Methods in the order of the figure.
    """
    shown = methods[(methods["target"] == "predicted_label") & methods["value"].notna()]
    shown = shown[shown["measure"].isin(FAITHFULNESS)]
    measures = [name for name in FAITHFULNESS if name in set(shown["measure"])]
    names = in_order(shown["method"], order)
    figure = Figure(figsize=(1.6 + 2.1 * max(len(measures), 1), 1.7 + 0.5 * len(names)))
    axes = figure.subplots(1, max(len(measures), 1), sharey=True, squeeze=False)[0]
    for ax, measure in zip(axes, measures, strict=False):
        of_measure = shown[shown["measure"] == measure]
        fills = [name for name in COLOURS if name in set(of_measure["fill"])]
        shifts = np.linspace(-REACH, REACH, len(fills)) if len(fills) > 1 else [0.0]
        for fill, shift in zip(fills, shifts, strict=True):
            rows = of_measure[of_measure["fill"] == fill].set_index("method").reindex(names)
            own = rows.pop("own_fill").eq(True).to_numpy()
            rows, y = 100 * rows[["ci_low", "value", "ci_high"]], np.arange(len(names)) + shift
            _dots(ax, rows, y, COLOURS[fill])
            ax.plot(rows["value"][own], y[own], "o", color="white", markersize=2.4)
        _finish(ax, names, 50, FAITHFULNESS[measure])
    handles = [
        Line2D([], [], color=COLOURS[name], marker="o", label=name)
        for name in FILLS
        if name in set(shown["fill"])
    ]
    if shown["own_fill"].any():
        open_dot = {"marker": "o", "markerfacecolor": "white", "color": "0.3"}
        handles.append(Line2D([], [], **open_dot, label="own fill of the method"))
    figure.suptitle(title)
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


@style.report_style()
def curves(table: pd.DataFrame, title: str, order: Sequence[str]) -> Figure:
    """Mean deletion and insertion curves, a column per method, with the orders `BESIDE`.

    A row per curve and fill.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of the table `curves` of one corpus and protocol; only maps of the predicted class.
    title : str
        Over the figure.
    order : sequence of str
        Methods in the order of the figure.
    """
    shown = table[(table["target"] == "predicted_label") & table["value"].notna()]
    # the mean over many random orders replaces the single one of the method random
    others = {*BESIDE, "random"}
    names = in_order(set(shown["method"]) - others, order) or [""]
    fills = [name for name in FILLS if name in set(shown["fill"])] or [""]
    panels = [(fill, curve) for fill in fills for curve in CURVES]
    figure = Figure(figsize=(1.2 + max(1.75 * len(names), 4.5), 1.4 + 1.9 * len(panels)))
    grid = figure.subplots(len(panels), len(names), sharex=True, sharey=True, squeeze=False)
    for axes, (fill, curve) in zip(grid, panels, strict=True):
        drawn = shown[(shown["fill"] == fill) & (shown["curve"] == curve)]
        for ax, method in zip(axes, names, strict=True):
            for name, line_style in (*BESIDE.items(), (method, METHOD)):
                rows = drawn[drawn["method"] == name]
                _curve(ax, rows.sort_values("share"), line_style)
            sns.despine(ax=ax)
        axes[0].set_ylabel(f"{curve}, {fill}\nprobability")
    for ax in grid[-1]:
        ax.set_xlabel("windows covered (deletion)\nor uncovered (insertion) (%)")
    for ax, method in zip(grid[0], names, strict=True):
        ax.set_title(method)
    grid[0, 0].set(xlim=(0, 100), ylim=(0, 1), xticks=(0, 50, 100))
    handles = [
        Line2D([], [], color=line_style.colour, linestyle=line_style.line, label=line_style.label)
        for line_style in (METHOD, *BESIDE.values())
    ]
    handles.append(Patch(color="0.5", alpha=BAND, linewidth=0, label=f"{PERCENT} interval"))
    figure.suptitle(title)
    # a legend of three columns is wider than one or two panels
    columns = 2 if len(names) < 3 else 3
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
    return figure


@style.report_style()
def plausibility(summary: pd.DataFrame, title: str, order: Sequence[str]) -> Figure:
    """Plausibility of correct and misclassified clips, by region; 0 is chance.

    Parameters
    ----------
    summary : pandas.DataFrame
        Rows of the table `plausibility_summary` of one corpus and protocol; only maps of the
        predicted class.
    title : str
        Over the figure.
    order : sequence of str
        Methods in the order of the figure.
    """
    shown = summary[(summary["target"] == "predicted_label") & summary["value"].notna()]
    names = in_order(shown["method"], order) or [""]
    regions = [name for name in REGIONS if name in set(shown["region"])]
    figure = Figure(figsize=(1.6 + 2.8 * len(names), 1.7 + 0.34 * len(regions)))
    axes = figure.subplots(1, len(names), sharey=True, sharex=True, squeeze=False)[0]
    for ax, method in zip(axes, names, strict=True):
        for group, shift, colour in zip(GROUPS, (-0.14, 0.14), ("C0", "C3"), strict=True):
            rows = shown[(shown["method"] == method) & (shown["group"] == group)]
            rows = rows.set_index("region").reindex(regions)
            _dots(ax, rows, np.arange(len(regions)) + shift, colour)
        _finish(ax, regions, 0, "plausibility")
        ax.set_title(method)
    handles = [
        Line2D([], [], color=colour, marker="o", label=f"{group} clips")
        for group, colour in zip(GROUPS, ("C0", "C3"), strict=True)
    ]
    figure.suptitle(title)
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _curve(ax: Axes, rows: pd.DataFrame, line_style: LineStyle) -> None:
    """A line through the values, with its interval if there is one."""
    x = 100 * rows["share"].to_numpy(float)
    low, value, high = (rows[name].to_numpy(float) for name in ("ci_low", "value", "ci_high"))
    ax.fill_between(x, low, high, color=line_style.colour, alpha=BAND, linewidth=0)
    ax.plot(x, value, color=line_style.colour, linestyle=line_style.line, linewidth=1.4)


def _dots(ax: Axes, rows: pd.DataFrame, y: np.ndarray, colour: str) -> None:
    """A dot per row at its value, with its interval if there is one."""
    low, value, high = (rows[name].to_numpy(float) for name in ("ci_low", "value", "ci_high"))
    ax.hlines(y, low, high, color=colour, linewidth=1.4)
    ax.plot(value, y, "o", color=colour, markersize=4.5)


def _finish(ax: Axes, names: Sequence[str], chance: float, label: str) -> None:
    """Names from the top, a line at chance."""
    ax.axvline(chance, color="0.6", linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(label)
    sns.despine(ax=ax, left=True)
