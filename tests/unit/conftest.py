"""Fixtures that tests of several packages share."""

import pytest


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Folder with the tables and networks of a small corpus."""
    from sampled_clips import fill

    folder = tmp_path_factory.mktemp("place")
    fill(folder)
    return folder


@pytest.fixture
def manifest():
    """Twenty clips of ten speakers."""
    from runs import CLIPS, spoken

    return spoken(CLIPS)
