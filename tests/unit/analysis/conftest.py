"""Fixtures for the tests of the analysis."""

import pytest

from paths import CLAIMS
from sercues.analysis import claims, defects


@pytest.fixture
def statements():
    return claims.read_statements(CLAIMS, [*claims.CLAIMS, *defects.DEFECTS])
