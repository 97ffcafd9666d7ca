"""Verdicts follow the intervals."""

import numpy as np

from sercues.analysis.verdicts import apart, equivalence, extreme
from sercues.stats.bootstrap import Estimate


def test_verdicts_follow_the_intervals():
    def between(low, high):
        return Estimate((low + high) / 2, low, high, 10, 10)

    above, across, below = between(1, 2), between(-1, 1), between(-2, -1)
    unknown = between(np.nan, np.nan)
    assert extreme([above, above]) == "holds"
    assert extreme([above, across]) == "undecided"
    assert extreme([above, across, below]) == "does not"
    assert extreme([above, unknown]) == "undecided"
    assert equivalence(across, 1.5) == "holds"
    assert equivalence(across, 0.5) == "undecided"
    assert equivalence(above, 0.5) == "does not"
    assert equivalence(below, 0.5) == "does not"
    assert apart(below) == "holds"
    assert apart(across) == apart(unknown)
