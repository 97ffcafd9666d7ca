"""Fixtures for the tests of the analysis."""

import pytest

from paths import CLAIMS
from sercues.analysis import claims, defects
from sercues.core.statements import read


@pytest.fixture
def statements():
    return read(CLAIMS, [*claims.CLAIMS, *defects.DEFECTS])
