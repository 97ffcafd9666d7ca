"""Cues of the emotions, and their differences from the baselines."""

import math
from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sercues.core import render
from sercues.core.names import KEY
from sercues.cues.catalogue import CUES
from sercues.figures import style
from sercues.figures.style import MISSING
from sercues.stats.permutation import LARGEST_Q

DELTA_LIMIT = 1.0  # standard deviations at the ends of the colours of Δf
CORRECTNESS = ("correct clips", "misclassified clips, by true emotion")


# ---- cue profiles --------------------------------------------------------------------------------


@style.report_style()
def cue_profiles(table2: pd.DataFrame, table3: pd.DataFrame, title: str) -> Figure:
    """Each cue over the emotions, for correct and, beside them, misclassified clips.

    Salient segments with their interval, full speech and random segments as points: the table's
    mean less its Δf. Colours are methods.

    Parameters
    ----------
    table2, table3 : pandas.DataFrame
        Rows of the table `table` of one corpus and protocol: correct and misclassified clips.
    title : str
        Over the figure.
    """
    panels = _panels(table2, table3)
    emotions, methods = _emotions(panels), _methods(panels)
    cues = _cues(panels)
    n_rows = math.ceil(len(cues) / 2)
    figure = Figure(figsize=(max(9, 2.6 + 2 * len(emotions)), 0.9 + 2.1 * n_rows))
    blocks = figure.subfigures(n_rows, 2, wspace=0.03).ravel()
    for cue, block in zip(cues, blocks, strict=False):
        block.suptitle(f"{CUES[cue].label} ({CUES[cue].unit})", fontsize=9)
        pair = block.subplots(1, 2, sharey=True)
        for ax, part, words in zip(pair, panels, CORRECTNESS, strict=True):
            _profile(ax, part[part["cue"] == cue], emotions, methods)
            ax.set_title(words, fontsize=8, color="0.35")
    figure.suptitle(title)
    figure.legend(
        handles=[*_method_handles(methods), *_region_handles()],
        loc="outside lower center",
        ncols=len(methods) + 3,
    )
    return figure


def _profile(ax: Axes, part: pd.DataFrame, emotions: list[str], methods: list[str]) -> None:
    """Points and intervals of one cue."""
    colours = _colours(methods)
    step = 0.78 / (3 * len(methods))
    for index, method in enumerate(methods):
        rows = part[part["method"] == method].set_index("emotion").reindex(emotions)
        x = np.arange(len(emotions)) + (3 * index + 1.5 - 1.5 * len(methods)) * step
        colour = colours[method]
        mean = rows["mean"].to_numpy(float)
        low, high = rows["ci_low"].to_numpy(float), rows["ci_high"].to_numpy(float)
        ax.vlines(x - step, low, high, color=colour, linewidth=1.4)
        ax.plot(x - step, mean, "o", color=colour, markersize=4.5)
        full, random = (mean - rows[f"delta_{name}"].to_numpy(float) for name in ("full", "random"))
        ax.plot(x, full, "D", color=colour, markersize=3.8, fillstyle="none")
        ax.plot(x + step, random, "x", color=colour, markersize=4.2)
    for boundary in np.arange(len(emotions) - 1) + 0.5:
        ax.axvline(boundary, color="0.9", linewidth=0.8, zorder=0)
    counts = part.groupby("emotion")["n_clips"].max().reindex(emotions, fill_value=0)
    ax.set_xticks(range(len(emotions)), [f"{e}\n{n}" for e, n in counts.items()])
    ax.set_xlim(-0.5, len(emotions) - 0.5)
    ax.tick_params(axis="x", length=0)
    ax.ticklabel_format(axis="y", useOffset=False)
    ax.locator_params(axis="y", nbins=5)
    sns.despine(ax=ax)


def _method_handles(methods: list[str]) -> list[Line2D]:
    colours = _colours(methods)
    return [Line2D([], [], color=colours[name], linewidth=4, label=name) for name in methods]


def _region_handles() -> list[Line2D]:
    look = {"color": "0.3", "linestyle": "none"}
    return [
        Line2D([], [], color="0.3", marker="o", label="salient segments, 95 % interval"),
        Line2D([], [], marker="D", fillstyle="none", label="full speech", **look),
        Line2D([], [], marker="x", label="random segments", **look),
    ]


# ---- differences as a heat map -------------------------------------------------------------------


def spread(cues: pd.DataFrame) -> pd.Series:
    """Standard deviation over clips of each cue in full speech, in the unit of the cue.

    The yardstick that makes Δf of different cues comparable (as in Glass's Δ): one is the
    difference between a clip and another one, not between two parts of a clip.

    Parameters
    ----------
    cues : pandas.DataFrame
        Rows of the table `cues`, of any number of methods; a clip counts once.
    """
    full = cues[cues["region"] == "full"].sort_values([*KEY, *CUES])
    return full.groupby("clip_id")[list(CUES)].mean().std()


@style.report_style()
def deltas(table2: pd.DataFrame, table3: pd.DataFrame, spread: pd.Series, title: str) -> Figure:
    """Δf of salient segments against full speech and random segments, emotion × cue.

    Numbers are in the unit of the cue; colours in standard deviations of the cue, see `spread`;
    a dot marks a small q, a dagger a difference without an interval.

    Parameters
    ----------
    table2, table3, title
        As in `cue_profiles`.
    spread : pandas.Series
        Standard deviation by cue.
    """
    panels = _panels(table2, table3)
    emotions, methods, cues = _emotions(panels), _methods(panels), _cues(panels)
    baselines = {"delta_full": "full speech", "delta_random": "random segments"}
    rows = [
        (method, part[part["method"] == method], words)
        for method in methods
        for part, words in zip(panels, CORRECTNESS, strict=True)
    ]
    shown = pd.concat(panels).groupby("cue")[list(baselines)]
    decimals = {cue: render.decimals(shown.get_group(cue), 2) for cue in cues}

    height = 1.7 + len(rows) * (0.45 + 0.34 * len(emotions))
    figure = Figure(figsize=(2.4 + 2 * 0.74 * len(cues), height))
    grid = figure.subplots(len(rows), 2, sharex=True, sharey=True, squeeze=False)
    for axes, (method, part, words) in zip(grid, rows, strict=True):
        for ax, (column, baseline) in zip(axes, baselines.items(), strict=True):
            _delta_panel(ax, part, column, emotions, cues, spread, decimals)
            ax.set_title(f"{method}, {words}: salient − {baseline}", loc="left")
    names = [f"{fill(CUES[cue].label, 12)}\n({fill(CUES[cue].unit, 12)})" for cue in cues]
    for ax in grid[-1]:
        ax.set_xticklabels(names, rotation=0, fontsize=7.5)
    figure.colorbar(
        ScalarMappable(Normalize(-DELTA_LIMIT, DELTA_LIMIT), style.diverging()),
        ax=grid,
        extend="both",
        label="Δf / standard deviation of the cue over clips (full speech)",
        shrink=min(1.0, 3 / height),
        aspect=30,
        pad=0.01,
    )
    figure.suptitle(title)
    note = f"• q < {LARGEST_Q:g} (see Table 2)     † no interval: too few speakers"
    figure.supxlabel(note, fontsize=9)
    return figure


def _delta_panel(
    ax: Axes,
    part: pd.DataFrame,
    column: str,
    emotions: list[str],
    cues: list[str],
    spread: pd.Series,
    decimals: dict[str, int],
) -> None:
    """One heat map of the column `column`."""

    def values(name: str) -> pd.DataFrame:
        cells = part.pivot(index="emotion", columns="cue", values=name)
        return cells.reindex(index=emotions, columns=cues).astype(float)

    delta, low, q = values(column), values(f"{column}_low"), values(f"{column}_q")
    scale = spread.reindex(cues).where(lambda sd: sd > 0)
    # a cue without spread has a number and no colour
    standardised = delta.div(scale, axis=1).fillna(0.0)
    marks = np.where(q < LARGEST_Q, " •", np.where(low.isna(), " †", ""))
    words = [
        [
            render.fixed(delta.at[emotion, cue], decimals[cue], signed=True) + mark
            for cue, mark in zip(cues, row, strict=True)
        ]
        for emotion, row in zip(emotions, marks, strict=True)
    ]
    sns.heatmap(
        standardised,
        ax=ax,
        mask=delta.isna(),
        annot=np.array(words),
        fmt="",
        annot_kws={"fontsize": 7.5},
        cmap=style.diverging(),
        vmin=-DELTA_LIMIT,
        vmax=DELTA_LIMIT,
        cbar=False,
        linewidths=0.5,
    )
    for text in ax.texts:
        if text.get_text().endswith("•"):
            text.set_fontweight("bold")
    ax.set_facecolor(MISSING)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(length=0)
    ax.tick_params(axis="y", rotation=0)


# ---- shared --------------------------------------------------------------------------------------


def _panels(table2: pd.DataFrame, table3: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Correct and misclassified clips by true emotion, of one kind of map: predicted if there."""
    kinds = {*table2["target"], *table3["target"]}
    kind = "predicted_label" if "predicted_label" in kinds else "true_label"
    return tuple(
        table[(table["target"] == kind) & (table["grouped_by"] == "true_emotion")]
        for table in (table2, table3)
    )


def _emotions(panels: Sequence[pd.DataFrame]) -> list[str]:
    return list(dict.fromkeys(name for part in panels for name in part["emotion"]))


def _methods(panels: Sequence[pd.DataFrame]) -> list[str]:
    return sorted({name for part in panels for name in part["method"]})


def _cues(panels: Sequence[pd.DataFrame]) -> list[str]:
    """Cues of the tables in the order of `CUES`."""
    return [cue for cue in CUES if any((part["cue"] == cue).any() for part in panels)]


def _colours(methods: list[str]) -> dict[str, tuple]:
    return dict(zip(methods, sns.color_palette("colorblind", len(methods)), strict=True))
