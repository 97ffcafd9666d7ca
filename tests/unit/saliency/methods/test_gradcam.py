"""Laws of Grad-CAM."""

import numpy as np
import pytest
import torch
from torch import nn

from made_networks import FRONT_END
from random_networks import SIZE
from sercues.saliency import explain

pytestmark = pytest.mark.usefixtures("one_thread")


def test_gradcam_weights_the_channels_of_a_layer_by_their_gradient(inputs):
    torch.manual_seed(5)
    body = nn.Conv2d(1, 4, 3, padding=1)
    head = nn.Linear(4, 3)
    network = nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head).eval()
    targets = torch.tensor([0, 1, 2])
    maps = explain.explain_batch("gradcam", network, inputs, targets, FRONT_END, {"layer": "0"})
    with torch.no_grad():
        channels = body(inputs)
        weighted = (channels * head.weight[targets][:, :, None, None]).sum(dim=1)
    expected = weighted.clamp_min(0) / (SIZE[0] * SIZE[1])
    np.testing.assert_allclose(maps.maps, expected, atol=1e-6)
