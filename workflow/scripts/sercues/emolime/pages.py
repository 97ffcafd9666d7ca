"""The page of the EmoLIME study: agreement, variance components and faithfulness."""

import math
from collections.abc import Sequence

import pandas as pd

from sercues.core import render
from sercues.core.names import MIN_REFIT_SPEAKERS
from sercues.core.render import Page, Table, Text
from sercues.emolime.agreement import MEASURES
from sercues.stats.level import PERCENT

SCOPE = "for these classifiers and these corpora, if other speakers are drawn; not for others"
CAPTION = (
    f"How alike two explanations are, and what differs between them: mean similarity with {PERCENT} interval, "
    "p of differences. Profiles: mean weights per classifier, corpus and emotion; clips: single "
    "explanations. Refits: another fit of the classifier, which shares no training speaker with the first and "
    f"heard none of the clip. Intervals and p of clips hold {SCOPE}. p of profiles: permuted as if neither "
    "classifiers nor corpora mattered. †: no interval, for the values were read off a figure or speakers "
    "are too few."
)
VARIANCE_CAPTION = (
    "What band weights vary with: shares of the variance about the mean weight of each band, summed over "
    f"bands (crossed random effects), with {PERCENT} intervals, bootstrap over speakers. × is what a combination "
    "has beyond its parts; residual: classifier × clip and the fit. An estimate below zero, an effect of "
    "chance, counts as zero. Intervals hold for these classifiers, corpora and emotions; with few of them, "
    "their own shares are rough. †: too few speakers."
)
FAITHFUL_CAPTION = (
    f"Do the weights of the bands say what the classifier needs? Means over clips with {PERCENT} intervals, "
    "bootstrap over speakers. Chance is 50 % of the random orders; †: too few speakers."
)
NAMES = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's r",
    "cosine": "cosine",
    "top2": "two largest bands common",
}
FAITHFUL = {
    "correct": "accuracy (%)",
    "r2": "R² of the surrogate",
    "shapley": "Spearman's r with Shapley values",
    "deletion": "deletion: area, random less own",
    "deletion_rank": "random orders beaten, deletion (%)",
    "insertion": "insertion: area, own less random",
    "insertion_rank": "random orders beaten, insertion (%)",
}
PER_CENT = ("correct", "deletion_rank", "insertion_rank")
HEAD = ["source", "of", "another", *(NAMES[name] for name in MEASURES), "clips (speakers)"]
VARIANCE_HEAD = ["source", "component", "levels", "share (%)", "clips (speakers)"]
FAITHFUL_HEAD = ["corpus", "classifier", *FAITHFUL.values(), "clips (speakers)"]


def page(
    agreement: pd.DataFrame,
    variance: pd.DataFrame,
    faithfulness: pd.DataFrame,
    absent: Sequence[str],
    without_refits: Sequence[str],
) -> Page:
    """Page of the tables.

    Parameters
    ----------
    agreement, variance, faithfulness : pandas.DataFrame
        Tables `agreement`, `variance_components` and `band_faithfulness`.
    absent : sequence of str
        Classifiers that are not in them.
    without_refits : sequence of str
        Corpora without refits, though classifiers have some.
    """
    parts = [Table(CAPTION, HEAD, _rows(agreement), n_texts=3)]
    if without_refits:
        parts.append(
            Text(
                f"No refits on {', '.join(without_refits)}: fewer than {MIN_REFIT_SPEAKERS} speakers, or too few "
                "clips of an emotion. Rows of refits are about the other corpora."
            )
        )
    parts += [
        Table(VARIANCE_CAPTION, VARIANCE_HEAD, _variance_rows(variance), n_texts=2),
        Table(FAITHFUL_CAPTION, FAITHFUL_HEAD, _faithful_rows(faithfulness), n_texts=2),
    ]
    if absent:
        names = ", ".join(absent)
        parts.append(Text(f"Left out, for the weights could not be had: {names}."))
    return Page("Bands", parts)


def _rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells of the table `agreement`, one row per comparison."""
    rows = []
    for texts, of_row in table.groupby(["source", "level", "comparison"], sort=False):
        by_measure = of_row.set_index("measure")
        cells = []
        for name in MEASURES:
            if name not in by_measure.index:
                cells.append("–")
                continue
            row = by_measure.loc[name]
            tested = f", p = {row['p']:.3f}" if math.isfinite(row["p"]) else ""
            cells.append(render.cell(row["value"], row["ci_low"], row["ci_high"], 2) + tested)
        first = of_row.iloc[0]
        rows.append([*texts, *cells, render.clips(first.n_clips, first.n_speakers)])
    return rows


def _variance_rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells of the table `variance_components`, one row per source and component."""
    rows = []
    for row in table.itertuples():
        share = render.cell(*(100 * end for end in (row.value, row.ci_low, row.ci_high)), 0)
        clips = render.clips(row.n_clips, row.n_speakers)
        rows.append([row.source, row.component, str(row.levels), share, clips])
    return rows


def _faithful_rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells of the table `band_faithfulness`, one row per corpus and classifier."""
    rows = []
    for texts, of_row in table.groupby(["corpus", "classifier"], sort=False):
        by_measure = of_row.set_index("measure")
        cells = []
        for name in FAITHFUL:
            values = by_measure.loc[name, ["value", "ci_low", "ci_high"]].astype(float)
            scale, digits = (100, 0) if name in PER_CENT else (1, 2)
            cells.append(render.cell(*(scale * values), digits))
        first = of_row.iloc[0]
        rows.append([*texts, *cells, render.clips(first.n_clips, first.n_speakers)])
    return rows
