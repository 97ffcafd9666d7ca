"""Rules for a verdict from an interval, and rows of the table `claims`."""

import math
from collections.abc import Sequence

import numpy as np

from sercues.core import render
from sercues.stats.bootstrap import NO_INTERVAL, Estimate

HOLDS, DOES_NOT, UNDECIDED = "holds", "does not", "undecided"


def extreme(differences: Sequence[Estimate]) -> str:
    """Holds if all intervals lie above zero, does not if one lies below, else undecided."""
    if any(difference.high < 0 for difference in differences):
        return DOES_NOT
    return HOLDS if all(difference.low > 0 for difference in differences) else UNDECIDED


def equivalence(difference: Estimate, bound: float) -> str:
    """Holds if the interval lies within ± `bound`, does not if outside, else undecided."""
    if difference.low >= -bound and difference.high <= bound:
        return HOLDS
    outside = difference.low > bound or difference.high < -bound
    return DOES_NOT if outside else UNDECIDED


def apart(difference: Estimate) -> str:
    """Holds if the interval excludes zero, else undecided."""
    return HOLDS if difference.low > 0 or difference.high < 0 else UNDECIDED


def row(
    claim: str,
    statements: dict,
    measured: str,
    effect: Estimate,
    verdict: str,
    p: float = np.nan,
) -> dict:
    """One row of the table `claims`, without cue, corpus, protocol, method and q."""
    return {
        "claim": claim,
        "cue": "–",
        "statement": statements[claim]["statement"],
        "published": str(statements[claim]["published"]),
        "measured": measured,
        "effect": effect.value,
        "ci_low": effect.low,
        "ci_high": effect.high,
        "p": p,
        "n_clips": int(effect.n_clips),
        "n_speakers": int(effect.n_speakers),
        "verdict": verdict,
    }


def words(estimate: Estimate) -> str:
    """Text of value, interval or the reason for its absence, clips and speakers."""
    if not estimate.n_clips or not math.isfinite(estimate.value):
        return "not measured, for there are no such clips"
    if math.isfinite(estimate.low):
        ends = f"[{render.number(estimate.low)}, {render.number(estimate.high)}]"
    else:
        ends = f"({NO_INTERVAL})"
    return f"{render.number(estimate.value)} {ends}, {estimate.n_clips} clips, {estimate.n_speakers} speakers"
