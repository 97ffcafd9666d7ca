"""Figures of dots with intervals: how faithful each method is, and how plausible its cues are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sercues import figures
from sercues.comparison import ORDER

FAITHFULNESS = {
    "percentile": "sets of windows with a\nsmaller drop of the logit (%)",
    "deletion_percentile": "random orders beaten,\ndeletion (%)",
    "insertion_percentile": "random orders beaten,\ninsertion (%)",
    "planted_auc": "planted window scores\nabove another (%)",
}
REGIONS = ("salient", "energy", "paired", "matched", "random", "full")
GROUPS = ("correct", "misclassified")


@figures.style()
def faithfulness(methods: pd.DataFrame, title: str) -> Figure:
    """Each measure with a known chance, method by method; the line is what a blind choice gives.

    Parameters
    ----------
    methods : pandas.DataFrame
        Rows of the table `methods` of one corpus and protocol; only maps of the predicted class.
    title : str
        Over the figure.
    """
    own = methods[(methods["target_kind"] == "predicted") & methods["value"].notna()]
    own = own[own["measure"].isin(FAITHFULNESS)]
    measures = [name for name in FAITHFULNESS if name in set(own["measure"])]
    names = sorted(set(own["method"]), key=ORDER.index)
    figure = Figure(figsize=(1.6 + 2.1 * max(len(measures), 1), 1.3 + 0.28 * len(names)))
    axes = figure.subplots(1, max(len(measures), 1), sharey=True, squeeze=False)[0]
    for ax, measure in zip(axes, measures, strict=False):
        rows = own[own["measure"] == measure].set_index("method").reindex(names)
        _dots(ax, 100 * rows, np.arange(len(names)), "C0")
        _finish(ax, names, 50, FAITHFULNESS[measure])
    figure.suptitle(title)
    return figure


@figures.style()
def plausibility(summary: pd.DataFrame, title: str) -> Figure:
    """Plausibility of correct and of misclassified clips, region by region; 0 is chance.

    Parameters
    ----------
    summary : pandas.DataFrame
        Rows of the table `plausibility_summary` of one corpus and protocol; only maps of the
        predicted class.
    title : str
        Over the figure.
    """
    own = summary[(summary["target_kind"] == "predicted") & summary["value"].notna()]
    names = sorted(set(own["method"]), key=ORDER.index) or [""]
    regions = [name for name in REGIONS if name in set(own["region"])]
    figure = Figure(figsize=(1.6 + 2.8 * len(names), 1.7 + 0.34 * len(regions)))
    axes = figure.subplots(1, len(names), sharey=True, sharex=True, squeeze=False)[0]
    for ax, method in zip(axes, names, strict=True):
        for group, shift, colour in zip(GROUPS, (-0.14, 0.14), ("C0", "C3"), strict=True):
            rows = own[(own["method"] == method) & (own["group"] == group)]
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


def _dots(ax: Axes, rows: pd.DataFrame, y: np.ndarray, colour: str) -> None:
    """A dot per row at its value, and its interval where there is one."""
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
