"""Fixtures for the tests of the analysis."""

import pytest

from paths import ROOT
from sercues.analysis import claims, defects

CLAIMS = ROOT / "config" / "claims.yaml"


@pytest.fixture
def statements():
    return claims.read_statements(CLAIMS, [*claims.CLAIMS, *defects.DEFECTS])
