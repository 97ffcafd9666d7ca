"""Tables of the study of bands for readers: robustness and faithfulness, Markdown and HTML."""

import math

import pandas as pd

from sercues import pages
from sercues.robustness import MEASURES

CAPTION = (
    "How alike two explanations are, and what differs between them: mean likeness with 95 % interval, "
    "p of differences. Profiles: mean weights per classifier, corpus and emotion; clips: single "
    "explanations. †: no interval, for the values were read off a figure or speakers are too few."
)
FAITHFUL_CAPTION = (
    "Do the weights of the bands say what the classifier needs? Means over clips with 95 % intervals, "
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


def to_markdown(robustness: pd.DataFrame, faithfulness: pd.DataFrame, absent: list[str]) -> str:
    """Both tables in Markdown, and which classifiers are not in them."""
    return "\n".join(
        [
            pages.flat_markdown(CAPTION, *_rows(robustness), n_texts=3),
            pages.flat_markdown(FAITHFUL_CAPTION, *_faithful_rows(faithfulness), n_texts=2),
            *([f"{_left_out(absent)}\n"] if absent else []),
        ]
    )


def to_html(robustness: pd.DataFrame, faithfulness: pd.DataFrame, absent: list[str]) -> str:
    """The same as a page of its own."""
    tables = [
        pages.html_table(CAPTION, *_rows(robustness), n_texts=3),
        pages.html_table(FAITHFUL_CAPTION, *_faithful_rows(faithfulness), n_texts=2),
    ]
    if absent:
        tables.append(f"<p>{_left_out(absent)}</p>")
    return pages.page("Bands", "".join(tables))


def _left_out(absent: list[str]) -> str:
    return f"Left out, for the weights could not be had: {', '.join(absent)}."


def _rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `robustness`, one row per comparison."""
    header = ["source", "of", "another", *(NAMES[name] for name in MEASURES), "clips (speakers)"]
    rows = []
    for place, part in table.groupby(["source", "level", "comparison"], sort=False):
        found = part.set_index("measure")
        cells = []
        for name in MEASURES:
            if name not in found.index:
                cells.append("–")
                continue
            row = found.loc[name]
            tested = f", p = {row['p']:.3f}" if math.isfinite(row["p"]) else ""
            cells.append(pages.cell(row["value"], row["ci_low"], row["ci_high"], 2) + tested)
        first = part.iloc[0]
        rows.append([*place, *cells, f"{first.n_clips} ({first.n_speakers})"])
    return header, rows


def _faithful_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `band_faithfulness`, one row per corpus and classifier."""
    header = ["corpus", "classifier", *FAITHFUL.values(), "clips (speakers)"]
    rows = []
    for place, part in table.groupby(["corpus", "classifier"], sort=False):
        found = part.set_index("measure")
        cells = []
        for name in FAITHFUL:
            values = found.loc[name, ["value", "ci_low", "ci_high"]].astype(float)
            cell = (*(100 * values), 0) if name in PER_CENT else (*values, 2)
            cells.append(pages.cell(*cell))
        first = part.iloc[0]
        rows.append([*place, *cells, f"{first.n_clips} ({first.n_speakers})"])
    return header, rows
