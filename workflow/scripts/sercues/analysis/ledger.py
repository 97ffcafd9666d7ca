"""The page of the claims of the paper and defects of its code, with their verdicts."""

import pandas as pd

from sercues.analysis import blind
from sercues.core.render import Heading, Page, Text, Titled
from sercues.stats.level import PERCENT
from sercues.stats.permutation import LARGEST_Q

HEAD = ["corpus", "protocol", "method", "cue", "measured", "q", "q against", "verdict"]
SECTIONS = {
    "Claims of the paper": "What it says, what was measured, and whether it holds. "
    f"Intervals: {PERCENT}, bootstrap over speakers. A claim holds if q < {LARGEST_Q:g}, and does not if "
    f"q against it < {LARGEST_Q:g}; a difference that was not seen leaves it undecided. q: the false "
    "discovery rate (Benjamini–Hochberg) among the tests of one sort (a direction, a difference, a difference "
    "too small to count, an equivalence, none) of one corpus, protocol and method. p are of sign flips of the speakers' differences, "
    "those of sizes by bootstrap over speakers; with fewer than 20 speakers or skewed effects up to 9 % of "
    "true nulls have p < 0.05.",
    "Defects of its code": "What its code does, and how much of that is in these results: repeated by "
    "the protocol, or repaired.",
}


def page(claims: pd.DataFrame, choices: pd.DataFrame) -> Page:
    """Page of the table `claims`, one table per claim and defect, and of `blind_verdicts`."""
    defect = claims["claim"].str.startswith("defect_")
    parts = []
    for (title, text), rows in zip(
        SECTIONS.items(), (claims[~defect], claims[defect]), strict=True
    ):
        parts += [Heading(title), Text(text)]
        parts += [_entry(of_claim) for _, of_claim in rows.groupby("claim", sort=False)]
        if title == "Claims of the paper":
            parts += [Heading("Verdicts of a blind choice"), blind.shown(choices)]
    return Page("Claims", parts)


def _entry(rows: pd.DataFrame) -> Titled:
    """The rows of one claim."""
    rows = rows.assign(
        **{
            name.replace("_", " "): rows[name].map(lambda q: "–" if pd.isna(q) else f"{q:.3g}")
            for name in ("q", "q_against")
        }
    )
    cells = rows[HEAD].astype(str).itertuples(index=False)
    first = rows.iloc[0]
    return Titled(
        first.statement, f"published: {first.published}", HEAD, [list(row) for row in cells]
    )
