"""Laws of concept relevance propagation."""

import gc
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from zennit.layer import Sum

from random_networks import CRP, SIZE
from sercues.classifiers import resnet
from sercues.core.errors import InputError
from sercues.saliency.methods import crp

pytestmark = pytest.mark.usefixtures("one_thread")
PUBLISHED = {"layer": "block1.conv1", "concepts": 5, "channel": 35, "condition": "argmax"}


def test_relevance_of_a_linear_network_is_weight_times_input(inputs, targets):
    torch.manual_seed(4)
    head = nn.Linear(SIZE[0] * SIZE[1], 3, bias=False)
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), head).eval()
    network[0].weight.data.fill_(1.0)
    maps = crp.explain(network, inputs, targets, **{**CRP, "layer": "0", "channel": 0})
    products = head.weight.detach().reshape(3, *SIZE)[targets] * inputs[:, 0]
    np.testing.assert_allclose(maps.maps, products, atol=1e-5)
    np.testing.assert_allclose(maps.conservation, 1, atol=1e-4)
    np.testing.assert_allclose(maps.concept_share, 1)


def test_explaining_leaves_no_graph_behind(network, inputs, targets, monkeypatch):
    clips, forward = [], crp.Propagator.forward

    def remembered(self, clip):
        logits = forward(self, clip)
        clips.append(weakref.ref(self.clip))
        return logits

    monkeypatch.setattr(crp.Propagator, "forward", remembered)
    for clip, target in zip(inputs, targets, strict=True):
        crp.explain(network, clip[None], target[None], **CRP)
    gc.collect()
    assert len(clips) == len(inputs) and all(clip() is None for clip in clips)


def test_relevance_of_the_last_channels_is_weight_times_mean_activation(network, inputs):
    propagator = crp.Propagator(network, "block2")
    propagator.forward(inputs[:1])
    relevance = propagator.to_layer(1).sum(dim=(0, 2, 3))
    activation = propagator.output.detach().mean(dim=(0, 2, 3))
    products = network.fc.weight[1].detach() * activation
    torch.testing.assert_close(relevance, products, atol=1e-5, rtol=1e-4)


def test_relevance_sums_to_the_logit_where_the_head_has_no_bias(network, inputs):
    network.fc.bias.data.zero_()
    propagator = crp.Propagator(network, "block2")
    logits = propagator.forward(inputs[:1])
    relevance = propagator.to_input(propagator.to_layer(1))
    assert relevance.sum().item() == pytest.approx(logits[0, 1].item(), rel=1e-4)


@pytest.mark.parametrize("layer", ["block1", "block2"])
def test_maps_of_every_channel_add_up_to_the_map_without_condition(network, inputs, layer):
    propagator = crp.Propagator(network, layer)
    propagator.forward(inputs[:1])
    relevance = propagator.to_layer(0)
    whole = propagator.to_input(relevance)
    total = torch.zeros_like(whole, dtype=torch.float64)
    for channel in range(relevance.shape[1]):
        kept = torch.zeros_like(relevance)
        kept[:, channel] = relevance[:, channel]
        total += propagator.to_input(kept)
    torch.testing.assert_close(total, whole.double(), rtol=0, atol=1e-4 * whole.abs().max().item())


def test_the_chosen_concepts_masked_together_are_the_sum_of_their_maps(network, inputs, targets):
    maps = crp.explain(network, inputs[:1], targets[:1], **CRP)
    channels = [int(concept.split(":")[1]) for concept in maps.concepts[0]]
    single = [
        crp.explain(network, inputs[:1], targets[:1], **{**CRP, "channel": k}) for k in channels
    ]
    total = sum(each.maps for each in single)
    np.testing.assert_allclose(maps.maps, total, atol=1e-5 * np.abs(total).max())
    assert maps.concept_share[0] == pytest.approx(sum(each.concept_share[0] for each in single))


def test_concepts_are_the_channels_that_speak_most_for_the_class(network, inputs, targets):
    maps = crp.explain(network, inputs, targets, **CRP)
    propagator = crp.Propagator(network, "block2")
    for clip, target, concepts in zip(inputs, targets, maps.concepts, strict=True):
        propagator.forward(clip[None])
        relevance = propagator.to_layer(int(target)).sum(dim=(0, 2, 3))
        best = relevance.argsort(descending=True)[:5]
        assert concepts == [f"block2:{channel}" for channel in best]
    assert (maps.concepts_alive == 5).all()


def test_an_addition_of_two_inputs_shares_relevance_like_a_stacked_sum(network, inputs, targets):
    class Add(Sum):
        def forward(self, main, shortcut):
            return main + shortcut

    class Block(resnet.ResidualBlock):
        def forward(self, x):
            main = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
            return self.relu2(self.add(main, self.shortcut(x)))

    class Stacked(resnet.ResidualBlock):
        def forward(self, x):
            main = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
            return self.relu2(self.add(torch.stack([main, self.shortcut(x)], dim=-1)))

    maps = []
    for kind, addition in ((Block, Add), (Stacked, Sum)):
        for block in (network.block1, network.block2):
            block.__class__, block.add = kind, addition()
        maps.append(crp.explain(network, inputs, targets, **CRP))
    assert (maps[0].conservation > 0.999).all()
    largest = np.abs(maps[1].maps).max()
    np.testing.assert_allclose(maps[0].maps, maps[1].maps, atol=1e-5 * largest)


@pytest.mark.parametrize("params", [CRP, PUBLISHED])
def test_relevance_is_conserved_and_the_logits_stay(network, inputs, targets, params):
    maps = crp.explain(network, inputs, targets, **params)
    np.testing.assert_allclose(maps.conservation, 1, atol=1e-3)
    assert (maps.canonization_shift < 1e-5).all()
    logits = network(inputs).detach().numpy()
    np.testing.assert_allclose(maps.logits, logits[np.arange(3), targets], atol=1e-5)
    np.testing.assert_array_equal(maps.predicted, logits.argmax(axis=1))


def test_only_channels_in_favour_of_the_class_are_concepts(network, inputs, targets):
    network.fc.weight.data[0] = -network.fc.weight.data[0].abs()
    network.fc.weight.data[0, 7] = 1.0
    maps = crp.explain(network, inputs[:1], targets[:1], **CRP)
    assert maps.concepts == [["block2:7"]]


def test_published_condition_ignores_the_explained_class(network, inputs):
    first = crp.explain(network, inputs, torch.tensor([0, 0, 0]), **PUBLISHED)
    other = crp.explain(network, inputs, torch.tensor([1, 1, 1]), **PUBLISHED)
    np.testing.assert_array_equal(first.maps, other.maps)
    assert first.concepts == [["block1.conv1:35"]] * 3
    assert (first.logits != other.logits).all()
    by_class = crp.explain(
        network, inputs, torch.tensor(first.predicted), **{**PUBLISHED, "condition": "class"}
    )
    np.testing.assert_array_equal(first.maps, by_class.maps)


def test_a_dead_channel_gives_an_empty_map(network, inputs, targets):
    network.block2.shortcut.weight.data[9] = 0
    network.block2.bn2.weight.data[9] = 0
    network.block2.bn2.bias.data[9] = -1
    maps = crp.explain(network, inputs, targets, **{**CRP, "channel": 9})
    assert (maps.concepts_alive == 0).all()
    assert (maps.maps == 0).all()
    assert np.isnan(maps.conservation).all()
    assert (maps.concept_share == 0).all()


def test_a_network_registered_out_of_order_is_refused(network, inputs, targets):
    block = network.block1
    names = ["conv1", "conv2", "bn1", "bn2", "relu1", "shortcut", "add", "relu2"]
    block._modules = {name: block._modules[name] for name in names}
    with pytest.raises(InputError, match="right after"):
        crp.explain(network, inputs, targets, **CRP)
