"""The multiply-adds of occlusion."""

import arithmetic
import pytest

from paths import ROOT
from sercues.core import settings


def test_multiply_adds_of_occlusion_are_those_of_the_grid():
    protocol = settings.protocol({}, "corrected", ROOT / "config/protocols")
    whole, ours, passes = arithmetic.multiply_adds(protocol)
    assert passes == 128 * 43
    # 131 million multiply-adds a pass of 128 × 134 cells
    assert whole / passes == pytest.approx(0.1315, rel=0.01)
    assert 10 < whole / ours < 12
