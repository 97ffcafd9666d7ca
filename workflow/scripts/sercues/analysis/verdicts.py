"""Rows of the table `claims`, their families of q, and the rules of a verdict.

A claim has two p, one for it and one against it, and a verdict needs a q below `LARGEST_Q`: holds by the
first, does not by the second, else undecided. What kind of claim it is says which test each p is of:

* direction: one-sided tests that an effect is above zero, and that it is below;
* difference: a two-sided test that an effect is not zero, and a test of equivalence, that it is smaller
  than counts;
* equivalence: the same two the other way round;
* conjunction: no test of its own, but the largest p and q of the differences that must all hold, and the
  smallest against them.

The families in each corpus, protocol and method are the tests of one sort of one kind of claim
(`FAMILIES`).
"""

import math

import numpy as np
import pandas as pd

from sercues.core import render
from sercues.stats.bootstrap import NO_INTERVAL, Estimate
from sercues.stats.permutation import LARGEST_Q, false_discovery_rate

HOLDS, DOES_NOT, UNDECIDED = "holds", "does not", "undecided"
# families of p and of p_against by kind; both directions are one
FAMILIES = {
    "direction": ("direction", "direction"),
    "difference": ("difference", "too small a difference"),
    "equivalence": ("equivalence", "too large a difference"),
}
CONJUNCTION = "conjunction"


def row(
    claim: str,
    statements: dict,
    kind: str,
    measured: str,
    effect: Estimate,
    p: float = np.nan,
    p_against: float = np.nan,
) -> dict:
    """One row of the table `claims`, undecided, without cue, corpus, protocol, method and q."""
    return {
        "claim": claim,
        "cue": "–",
        "statement": statements[claim]["statement"],
        "published": str(statements[claim]["published"]),
        "kind": kind,
        "measured": measured,
        "effect": effect.value,
        "ci_low": effect.low,
        "ci_high": effect.high,
        "p": p,
        "p_against": p_against,
        "q": np.nan,
        "q_against": np.nan,
        "n_clips": int(effect.n_clips),
        "n_speakers": int(effect.n_speakers),
        "verdict": UNDECIDED,
    }


def one_sided(p: float, value: float) -> tuple[float, float]:
    """p that an effect is above zero and that it is below, from its two-sided p and its value."""
    above = p / 2 if value > 0 else 1 - p / 2
    return above, 1 - above if value > 0 else p / 2


def judged(rows: pd.DataFrame) -> pd.DataFrame:
    """The claims of one corpus, protocol and method with q, q_against and verdict.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of `row`; those that are of no kind in `FAMILIES` are left as they are.
    """
    ends = ("p", "p_against")
    p = rows[list(ends)].to_numpy(dtype=float)
    families = np.array([FAMILIES.get(kind, ("", "")) for kind in rows["kind"]], dtype=str).reshape(
        -1, 2
    )
    q = rows[["q", "q_against"]].to_numpy(dtype=float, copy=True)
    for family in sorted({name for pair in FAMILIES.values() for name in pair}):
        q[families == family] = false_discovery_rate(p[families == family])
    rows = rows.assign(q=q[:, 0], q_against=q[:, 1])
    tested = families[:, 0] != ""
    verdicts = [verdict(*pair) for pair in q]
    return rows.assign(verdict=np.where(tested, verdicts, rows["verdict"]))


def verdict(q: float, q_against: float) -> str:
    """Holds by a small q, else does not by a small q against it, else undecided."""
    if q < LARGEST_Q:
        return HOLDS
    return DOES_NOT if q_against < LARGEST_Q else UNDECIDED


def words(estimate: Estimate) -> str:
    """Text of value, interval or the reason for its absence, clips and speakers."""
    if not estimate.n_clips or not math.isfinite(estimate.value):
        return "not measured, for there are no such clips"
    if math.isfinite(estimate.low):
        ends = f"[{render.number(estimate.low)}, {render.number(estimate.high)}]"
    else:
        ends = f"({NO_INTERVAL})"
    return f"{render.number(estimate.value)} {ends}, {estimate.n_clips} clips, {estimate.n_speakers} speakers"
