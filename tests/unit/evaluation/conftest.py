"""Fixtures for the tests of the evaluation."""

import pytest

from known_errors import EXPECTATIONS
from sercues.evaluation import plausibility


@pytest.fixture
def expectations():
    return plausibility.read_expectations(EXPECTATIONS)
