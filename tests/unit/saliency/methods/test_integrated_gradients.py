"""Laws of integrated gradients."""

import numpy as np
import pytest

from made_networks import FRONT_END
from random_networks import SIZE, linear_network
from sercues.saliency import explain

pytestmark = pytest.mark.usefixtures("one_thread")


def test_integrated_gradients_of_a_linear_network_are_weight_times_distance(inputs, targets):
    network = linear_network()
    params = {"steps": 5, "fill": "floor"}
    maps = explain.explain_batch(
        "integrated_gradients", network, inputs, targets, FRONT_END, params
    )
    weights = network[1].weight.detach().reshape(3, *SIZE)[targets]
    np.testing.assert_allclose(maps.maps, (weights * (inputs[:, 0] + 2)).numpy(), atol=1e-5)
    np.testing.assert_allclose(maps.completeness, 1, atol=1e-3)


def test_integrated_gradients_add_up_to_the_difference_of_the_logits(network, inputs, targets):
    params = {"steps": 200, "fill": "mean"}
    maps = explain.explain_batch(
        "integrated_gradients", network, inputs, targets, FRONT_END, params
    )
    np.testing.assert_allclose(maps.completeness, 1, atol=0.05)
