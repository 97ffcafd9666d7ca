"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def speech() -> Path:
    """Folder of real speech (FLAC), or a skip with the reason where it is absent."""
    folder = Path(os.environ.get("SERCUES_SPEECH", ROOT.parent / "shared" / "corpora"))
    if not (folder / "crema_d").is_dir():
        pytest.skip(f"no real speech at {folder}; set SERCUES_SPEECH to a folder that holds it")
    return folder


@pytest.fixture
def one_thread():
    """Torch on one thread, so that a sum has the same last bits in every run."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
