"""Fills are in units of the network input."""

import pytest
import torch

from made_networks import FRONT_END
from sercues.saliency import fills

pytestmark = pytest.mark.usefixtures("one_thread")


def test_fills_are_in_units_of_the_network_input(inputs):
    assert fills.fill_value(inputs[:1], "floor", FRONT_END) == -2
    assert fills.fill_value(inputs[:1], "loudest", FRONT_END) == 2
    assert fills.fill_value(inputs[:1], "mean", FRONT_END) == pytest.approx(inputs[0].mean())
    noise = fills.fill_value(inputs[:1], "noise", FRONT_END)
    assert noise.shape == inputs[:1].shape and not torch.equal(noise, inputs[:1])
    assert torch.equal(noise.flatten().sort().values, inputs[:1].flatten().sort().values)
    raw = {"top_db": 80, "normalisation": {"mean": 0.0, "std": 1.0}}
    assert fills.fill_value(inputs[:1], "floor", raw) == -80
    assert fills.fill_value(inputs[:1], "loudest", raw) == 0
