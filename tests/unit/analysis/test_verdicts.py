"""Verdicts follow q, in families of one kind of test."""

import numpy as np
import pandas as pd
import pytest

from sercues.analysis import verdicts
from sercues.stats import permutation
from sercues.stats.bootstrap import Estimate

STATEMENTS = {"claim": {"statement": "It is so", "published": "yes"}}
EFFECT = Estimate(0.5, 0.4, 0.6, 20, 10)


def judged(*rows):
    """Rows of (kind, p, p_against), judged."""
    table = [verdicts.row("claim", STATEMENTS, row[0], "", EFFECT, *row[1:]) for row in rows]
    return verdicts.judged(pd.DataFrame(table))


@pytest.mark.parametrize("kind", verdicts.FAMILIES)
@pytest.mark.parametrize(
    ("p", "against", "verdict"),
    [
        (0.001, 0.999, "holds"),
        (0.999, 0.001, "does not"),
        (0.3, 0.7, "undecided"),
        (np.nan, np.nan, "undecided"),
    ],
)
def test_a_small_q_decides_and_no_interval_does(kind, p, against, verdict):
    # the interval of every row excludes zero
    assert judged((kind, p, against)).verdict.tolist() == [verdict]


def test_a_p_that_is_small_alone_decides_nothing_among_many():
    many = judged(("difference", 0.04, np.nan), *[("difference", 0.9, np.nan)] * 9)
    assert many.q[0] == pytest.approx(0.4) and many.verdict[0] == "undecided"
    assert judged(("difference", 0.04, np.nan)).verdict[0] == "holds"


def test_families_are_tests_of_one_sort_of_one_kind():
    rng = np.random.default_rng(0)
    p = rng.random((9, 2)) / 10
    kinds = np.array(["direction", "difference", "equivalence"] * 3)
    found = judged(*[(kind, *pair) for kind, pair in zip(kinds, p, strict=True)])
    q = found[["q", "q_against"]].to_numpy()
    both = kinds == "direction"
    np.testing.assert_allclose(q[both], permutation.false_discovery_rate(p[both]))
    for kind in ("difference", "equivalence"):
        for column in (0, 1):
            known = permutation.false_discovery_rate(p[kinds == kind, column])
            np.testing.assert_allclose(q[kinds == kind, column], known)


def test_a_defect_keeps_its_verdict():
    row = verdicts.row("claim", STATEMENTS, "defect", "", EFFECT) | {"verdict": "repaired"}
    assert verdicts.judged(pd.DataFrame([row])).verdict.tolist() == ["repaired"]


def test_one_sided_p_of_a_two_sided_one():
    assert verdicts.one_sided(0.04, 1.0) == pytest.approx((0.02, 0.98))
    assert verdicts.one_sided(0.04, -1.0) == pytest.approx((0.98, 0.02))
    assert np.isnan(verdicts.one_sided(np.nan, 1.0)).all()
