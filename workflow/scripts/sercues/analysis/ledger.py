"""The page of the claims of the paper and defects of its code, with their verdicts."""

import pandas as pd

from sercues.core.render import Heading, Page, Text, Titled
from sercues.stats.level import PERCENT

HEAD = ["corpus", "protocol", "method", "cue", "measured", "q", "verdict"]
SECTIONS = {
    "Claims of the paper": "What it says, what was measured, and whether it holds. "
    f"Intervals: {PERCENT}, bootstrap over speakers. q: the false discovery rate among the claims of "
    "one corpus, protocol and method. Saliency adds nothing where salient segments are like random, matched or the loudest "
    "windows, within the bound that a row states; a difference that was not seen leaves it undecided.",
    "Defects of its code": "What its code does, and how much of that is in these results: repeated by "
    "the protocol, or repaired.",
}


def page(claims: pd.DataFrame) -> Page:
    """Page of the table `claims`, one table per claim and defect."""
    defect = claims["claim"].str.startswith("defect_")
    parts = []
    for (title, text), rows in zip(
        SECTIONS.items(), (claims[~defect], claims[defect]), strict=True
    ):
        parts += [Heading(title), Text(text)]
        parts += [_entry(of_claim) for _, of_claim in rows.groupby("claim", sort=False)]
    return Page("Claims", parts)


def _entry(rows: pd.DataFrame) -> Titled:
    """The rows of one claim."""
    q = rows["q"].map(lambda value: "–" if pd.isna(value) else f"{value:.3g}")
    cells = rows.assign(q=q)[HEAD].astype(str).itertuples(index=False)
    first = rows.iloc[0]
    return Titled(
        first.statement, f"published: {first.published}", HEAD, [list(row) for row in cells]
    )
