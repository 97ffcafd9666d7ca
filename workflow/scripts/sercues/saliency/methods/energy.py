"""Energy: where the clip is loud; model-independent."""

from torch import Tensor, nn

from sercues.saliency.maps import Maps


def explain(network: nn.Module, inputs: Tensor, targets: Tensor, front_end: dict) -> Maps:
    """Power of each cell re the clip's maximum; parameters as in `explain.explain_batch`."""
    mean, std = (front_end["normalisation"][key] for key in ("mean", "std"))
    power = 10 ** ((inputs[:, 0].double() * std + mean) / 10)
    return Maps.given(network, inputs, targets, power.float().cpu().numpy())
