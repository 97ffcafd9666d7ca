"""Networks that forgot what they learned."""

import pytest
import torch

from sercues.classifiers import resnet
from sercues.core.names import LAYERS
from sercues.evaluation import randomisation

pytestmark = pytest.mark.usefixtures("one_thread")

LABELS = ["angry", "sad"]


@pytest.fixture
def network():
    torch.manual_seed(1)
    return resnet.ResNet(len(LABELS)).eval()


def test_ever_more_layers_are_new_and_the_others_stay(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    new = set()
    for stage, other in randomisation.forgetful(network, seed=3):
        new.add(stage)
        for name, value in other.state_dict().items():
            layer = name.split(".")[0]
            if name.endswith("weight") and "bn" not in name:
                assert torch.equal(value, before[name]) == (layer not in new)
    assert new == set(LAYERS) and LAYERS == LAYERS
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_same_seed_gives_the_same_networks(network):
    one, again, other = (
        [model.fc.weight.sum().item() for _, model in randomisation.forgetful(network, seed)]
        for seed in (3, 3, 4)
    )
    assert one == again != other
