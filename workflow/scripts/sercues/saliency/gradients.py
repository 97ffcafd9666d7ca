"""The usual gradient methods, by captum: Grad-CAM and integrated gradients.

Selvaraju et al. 2017 (arXiv 1610.02391); Sundararajan, Taly & Yan 2017 (arXiv 1703.01365).
"""

import math

import torch
from torch import Tensor, nn

from sercues.errors import InputError
from sercues.saliency.maps import Maps
from sercues.saliency.occlusion import FILLS, fill_value

BATCH = 10  # steps per pass; fixed, so that a map is the same in every shard


def gradcam(
    network: nn.Module, inputs: Tensor, targets: Tensor, front_end: dict, *, layer: str
) -> Maps:
    """Grad-CAM maps of a batch of clips: a layer's channels, weighted by their mean gradient.

    Parameters
    ----------
    network, inputs, targets, front_end
        As in `saliency.explain`.
    layer : str
        Module whose output channels are weighted, such as ``block2``. Its map is resampled to the
        size of the input, bilinearly; negative values are set to zero.

    Raises
    ------
    InputError
        The network has no such layer.
    """
    from captum.attr import LayerAttribution, LayerGradCam

    modules = dict(network.named_modules())
    if layer not in modules:
        raise InputError(
            f"gradcam.layer is '{layer}', which the network does not have; choose among "
            f"{', '.join(name for name in modules if name)}."
        )
    method = LayerGradCam(network, modules[layer])

    def cells(clip: Tensor, target: int) -> dict:
        coarse = method.attribute(clip, target=target, relu_attributions=True).detach()
        fine = LayerAttribution.interpolate(coarse, tuple(clip.shape[-2:]), "bilinear")
        return {"maps": fine[0, 0].cpu().numpy()}

    return _maps(network, inputs, targets, cells)


def integrated_gradients(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    front_end: dict,
    *,
    steps: int,
    baseline: str,
) -> Maps:
    """Integrated gradients of a batch of clips, from a spectrogram of one value to the clip.

    Parameters
    ----------
    network, inputs, targets, front_end
        As in `saliency.explain`.
    steps : int
        Points of the integral (Gauss–Legendre).
    baseline : {"floor", "loudest", "mean", "noise"}
        The value it starts from, as the fill of occlusion.

    Returns
    -------
    Maps
        With `completeness`: the sum of the map over the difference of the logits, 1 but for the
        error of the integral.

    Raises
    ------
    InputError
        `baseline` is unknown.
    """
    from captum.attr import IntegratedGradients

    if baseline not in FILLS:
        raise InputError(
            f"integrated_gradients.baseline is '{baseline}'; set it to one of {', '.join(FILLS)}."
        )
    method = IntegratedGradients(network)

    def cells(clip: Tensor, target: int) -> dict:
        start = torch.zeros_like(clip) + fill_value(clip, baseline, front_end)
        found = method.attribute(
            clip, start, target=target, n_steps=steps, internal_batch_size=BATCH
        )
        with torch.inference_mode():
            drop = (network(clip) - network(start))[0, target].item()
        total = found.double().sum().item()
        return {
            "maps": found[0, 0].detach().float().cpu().numpy(),
            "completeness": total / drop if drop else math.nan,
        }

    return _maps(network, inputs, targets, cells)


def _maps(network, inputs: Tensor, targets: Tensor, cells) -> Maps:
    """Maps of clips explained one by one by `cells`, with the logit and the predicted class."""
    clips = []
    for clip, target in zip(inputs, targets.tolist(), strict=True):
        with torch.inference_mode():
            logits = network(clip[None])[0]
        known = {"logits": logits[target].item(), "predicted": logits.argmax().item()}
        clips.append(known | cells(clip[None], target))
    return Maps.of(clips)
