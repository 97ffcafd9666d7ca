"""LIME as a saliency method: what each part of the spectrogram adds to a logit."""

import numpy as np
import pytest
import torch
from torch import nn

from made_networks import FRONT_END
from sercues.classifiers import resnet
from sercues.core.errors import InputError
from sercues.saliency import explain, surrogate
from sercues.saliency.methods import lime

FLOOR = -2.0
SETTINGS = {"time_bins": 4, "masks": 1024, "fill": "floor"}


class Linear(nn.Module):
    """Logits that are sums over cells."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, x):
        return torch.einsum("bcmt,kmt->bk", x, self.weights)


def clip(seed=0, size=(16, 21)):
    torch.manual_seed(seed)
    return torch.rand(1, 1, *size) * 4 - 2


def test_of_a_linear_network_each_part_weighs_what_it_adds():
    torch.manual_seed(1)
    network, inputs = Linear(torch.randn(3, 16, 21)), clip()
    found = lime.explain(network, inputs, torch.tensor([2]), FRONT_END, **SETTINGS)
    adds = (network.weights[2] * (inputs[0, 0] - FLOOR)).detach().numpy()
    grid = lime.parts_of((16, 21), 4)
    for part in range(4):
        cells = found.maps[0][grid == part]
        assert np.ptp(cells) == 0
        assert cells.sum() == pytest.approx(adds[grid == part].sum(), abs=1e-3)
    assert found.completeness[0] == pytest.approx(1, abs=1e-4)
    assert found.logits[0] == pytest.approx(network(inputs)[0, 2].item())


def test_it_is_captums_lime_with_the_same_masks_and_kernel():
    from captum._utils.models.linear_model import SkLearnLinearRegression
    from captum.attr import LimeBase

    torch.manual_seed(0)
    network, inputs = resnet.ResNet(3).eval(), clip(size=(32, 41))
    found = lime.explain(network, inputs, torch.tensor([1]), FRONT_END, **SETTINGS)
    grid = torch.from_numpy(lime.parts_of((32, 41), 4))
    masks = iter(surrogate.all_masks(4))
    theirs = LimeBase(
        network,
        interpretable_model=SkLearnLinearRegression(),
        similarity_func=lambda _, __, mask, **kwargs: torch.tensor(
            surrogate.kernel(mask.numpy().astype(bool))
        ),
        perturb_func=lambda original, **kwargs: torch.from_numpy(next(masks))[None].float(),
        perturb_interpretable_space=True,
        from_interp_rep_transform=lambda mask, original, **kwargs: torch.where(
            mask[0].bool()[grid], original, torch.full_like(original, FLOOR)
        ),
        to_interp_rep_transform=None,
    )
    weights = theirs.attribute(inputs, target=1, n_samples=16)[0]
    sizes = np.bincount(grid.numpy().ravel())
    ours = [found.maps[0][grid.numpy() == part][0] * sizes[part] for part in range(4)]
    np.testing.assert_allclose(ours, weights.numpy(), rtol=1e-3, atol=1e-5)


def test_parts_that_the_fill_does_not_change_weigh_nothing():
    torch.manual_seed(1)
    network, inputs = Linear(torch.randn(3, 16, 21)), clip()
    inputs[..., 11:] = FLOOR  # padding
    found = lime.explain(network, inputs, torch.tensor([0]), FRONT_END, **SETTINGS)
    grid = lime.parts_of((16, 21), 4)
    assert (found.maps[0][grid >= 2] == 0).all() and found.maps[0][grid < 2].all()
    empty = torch.full_like(inputs, FLOOR)
    assert not lime.explain(network, empty, torch.tensor([0]), FRONT_END, **SETTINGS).maps.any()


def test_a_fill_that_is_none_is_told():
    with pytest.raises(InputError, match=r"lime\.fill is 'zero'; set it to one of floor"):
        explain.explain_batch(
            "lime", None, clip(), torch.tensor([0]), FRONT_END, SETTINGS | {"fill": "zero"}
        )
