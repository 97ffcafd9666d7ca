"""Fixtures for the tests of the saliency methods."""

import pytest
import torch

from random_networks import SIZE, random_network, written
from sercues.classifiers import resnet


@pytest.fixture
def network() -> resnet.ResNet:
    return random_network(1)


@pytest.fixture
def results(tmp_path):
    """Explained clips, their spectrograms and the models of two folds."""
    return written(tmp_path)


@pytest.fixture
def inputs() -> torch.Tensor:
    return torch.randn(3, 1, *SIZE, generator=torch.Generator().manual_seed(2)).clamp(-2, 2)


@pytest.fixture
def targets() -> torch.Tensor:
    return torch.tensor([0, 2, 1])
