"""Laws of occlusion."""

import numpy as np
import pytest
import torch

from made_networks import FRONT_END
from random_networks import OCCLUSION, SIZE, linear_network
from sercues.saliency import explain, fills

pytestmark = pytest.mark.usefixtures("one_thread")


def explain_linear(inputs, targets, patch, stride, fill="floor"):
    """Occlusion maps of a linear network, and weight times distance from the fill per cell."""
    network = linear_network()
    params = {"patch": patch, "stride": stride, "fill": fill}
    maps = explain.explain_batch("occlusion", network, inputs, targets, FRONT_END, params)
    weights = network[1].weight.detach().reshape(3, *SIZE)[targets]
    values = [fills.fill_value(clip[None], fill, FRONT_END) for clip in inputs]
    covered = torch.cat([torch.zeros(1, 1, *SIZE) + value for value in values])[:, 0]
    return maps, (weights * (inputs[:, 0] - covered)).numpy()


@pytest.mark.parametrize("fill", fills.FILLS)
def test_single_cells_of_a_linear_network_give_weight_times_distance(inputs, targets, fill):
    maps, products = explain_linear(inputs, targets, [1, 1], [1, 1], fill)
    np.testing.assert_allclose(maps.maps, products, atol=1e-5)
    np.testing.assert_allclose(maps.completeness, 1, atol=1e-3)


def test_every_cell_of_a_patch_carries_the_drop_of_the_whole_patch(inputs, targets):
    maps, products = explain_linear(inputs, targets, [4, 6], [4, 6])
    patches = products.reshape(3, 4, 4, 4, 6).sum(axis=(2, 4))
    np.testing.assert_allclose(maps.maps, np.kron(patches, np.ones((1, 4, 6))), atol=1e-5)
    np.testing.assert_allclose(maps.completeness, 1, atol=1e-3)


def test_patches_are_averaged_where_they_overlap_and_cut_off_at_the_edge(inputs, targets):
    maps, products = explain_linear(inputs, targets, [16, 10], [16, 8])
    columns = products.sum(axis=1)
    first, second, last = columns[:, :10], columns[:, 8:18], columns[:, 16:]
    drops = [part.sum(axis=1) for part in (first, second, last)]
    np.testing.assert_allclose(maps.maps[:, 0, 0], drops[0], atol=1e-5)
    np.testing.assert_allclose(maps.maps[:, 0, 8], (drops[0] + drops[1]) / 2, atol=1e-5)
    np.testing.assert_allclose(maps.maps[:, 5, 20], drops[2], atol=1e-5)


def test_a_clip_that_is_all_fill_has_an_empty_map(network, targets):
    silence = torch.full((3, 1, *SIZE), -2.0)
    maps = explain.explain_batch("occlusion", network, silence, targets, FRONT_END, OCCLUSION)
    np.testing.assert_allclose(maps.maps, 0, atol=1e-6)
    assert np.isnan(maps.completeness).all()
