"""Differences of the cues of the emotions from the baselines, as a heat map."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sercues.core import render
from sercues.core.names import KEY
from sercues.cues.catalogue import CUES
from sercues.cues.labels import LABELS
from sercues.figures import style
from sercues.figures.style import MISSING
from sercues.stats.permutation import LARGEST_Q

DELTA_LIMIT = 1.0  # standard deviations at the ends of the colours of Δf
CORRECTNESS = ("correct clips", "misclassified clips, by true emotion")


def spread(cues: pd.DataFrame) -> pd.Series:
    """Standard deviation over clips of each cue in full speech, in the unit of the cue.

    The unit that makes Δf of different cues comparable (as in Glass's Δ): a difference between clips,
    not between parts of a clip.

    Parameters
    ----------
    cues : pandas.DataFrame
        Rows of the table `cues`, of any number of methods; a clip counts once.
    """
    full = cues[cues["region"] == "full"].sort_values([*KEY, *CUES])
    return full.groupby("clip_id")[list(CUES)].mean().std()


@style.report_style()
def deltas(table2: pd.DataFrame, table3: pd.DataFrame, spread: pd.Series, title: str) -> Figure:
    """Δf of salient segments against full speech, the other windows and random segments, emotion × cue.

    Numbers are in the unit of the cue; colours in standard deviations of the cue, see `spread`;
    a dot marks q < `LARGEST_Q` (full speech is not tested), a dagger a difference without an interval.

    Parameters
    ----------
    table2, table3 : pandas.DataFrame
        Rows of the table `table` of one corpus and protocol: correct and misclassified clips.
    title : str
        Title of the figure.
    spread : pandas.Series
        Standard deviation by cue.
    """
    panels = _panels(table2, table3)
    emotions, methods, cues = _emotions(panels), _methods(panels), _cues(panels)
    baselines = {
        "delta_full": "full speech",
        "delta_rest": "other windows",
        "delta_random": "random segments",
    }
    rows = [
        (method, table[table["method"] == method], clips)
        for method in methods
        for table, clips in zip(panels, CORRECTNESS, strict=True)
    ]
    shown = pd.concat(panels).groupby("cue")[list(baselines)]
    decimals = {cue: render.decimals(shown.get_group(cue), 2) for cue in cues}

    height = 1.7 + len(rows) * (0.45 + 0.34 * len(emotions))
    figure = Figure(figsize=(2.4 + len(baselines) * 0.74 * len(cues), height))
    grid = figure.subplots(len(rows), len(baselines), sharex=True, sharey=True, squeeze=False)
    for axes, (method, table, clips) in zip(grid, rows, strict=True):
        for ax, (column, baseline) in zip(axes, baselines.items(), strict=True):
            _delta_panel(ax, table, column, emotions, cues, spread, decimals)
            ax.set_title(f"{method}, {clips}: salient − {baseline}", loc="left")
    names = [f"{fill(LABELS[cue].text, 12)}\n({fill(LABELS[cue].unit, 12)})" for cue in cues]
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
    table: pd.DataFrame,
    column: str,
    emotions: list[str],
    cues: list[str],
    spread: pd.Series,
    decimals: dict[str, int],
) -> None:
    """One heat map of the column `column`."""

    def values(name: str) -> pd.DataFrame:
        cells = table.pivot(index="emotion", columns="cue", values=name)
        return cells.reindex(index=emotions, columns=cues).astype(float)

    delta, low = values(column), values(f"{column}_low")
    tested = f"{column}_q" in table
    q = values(f"{column}_q") if tested else np.full(delta.shape, np.nan)
    scale = spread.reindex(cues).where(lambda sd: sd > 0)
    # a cue without spread has a number but no colour
    standardised = delta.div(scale, axis=1).fillna(0.0)
    marks = np.where(q < LARGEST_Q, " •", np.where(low.isna(), " †", ""))
    texts = [
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
        annot=np.array(texts),
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
    """Correct and misclassified clips by true emotion; maps of the predicted class if there are any."""
    kinds = {*table2["target"], *table3["target"]}
    kind = "predicted_label" if "predicted_label" in kinds else "true_label"
    return tuple(
        table[(table["target"] == kind) & (table["grouped_by"] == "true_emotion")]
        for table in (table2, table3)
    )


def _emotions(panels: Sequence[pd.DataFrame]) -> list[str]:
    return list(dict.fromkeys(name for panel in panels for name in panel["emotion"]))


def _methods(panels: Sequence[pd.DataFrame]) -> list[str]:
    return sorted({name for panel in panels for name in panel["method"]})


def _cues(panels: Sequence[pd.DataFrame]) -> list[str]:
    """Cues of the tables in the order of `CUES`."""
    return [cue for cue in CUES if any((panel["cue"] == cue).any() for panel in panels)]
