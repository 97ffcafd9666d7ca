"""Fixtures for the tests of the evaluation."""

import pytest

from compared_networks import written
from known_errors import EXPECTATIONS
from sercues.evaluation import plausibility


@pytest.fixture
def expectations():
    return plausibility.read_expectations(EXPECTATIONS)


@pytest.fixture
def files(tmp_path):
    """Spectrograms, models of two folds, and one of randomised labels."""
    return written(tmp_path)
