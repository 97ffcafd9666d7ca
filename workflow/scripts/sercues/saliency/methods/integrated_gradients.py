"""Integrated gradients, from a filled spectrogram to the clip.

Sundararajan, Taly & Yan 2017 (arXiv 1703.01365), computed by captum.
"""

import math

import torch
from torch import Tensor, nn

from sercues.saliency.fills import check_fill, fill_value
from sercues.saliency.maps import Maps

BATCH = 10  # steps per pass; fixed, so that maps do not depend on the shard


def explain(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    front_end: dict,
    *,
    steps: int,
    fill: str,
) -> Maps:
    """Integrated gradients of a batch of clips, from a filled spectrogram to the clip.

    Parameters
    ----------
    network, inputs, targets, front_end
        As in `explain.explain_batch`.
    steps : int
        Points of the integral (Gauss–Legendre).
    fill : {"floor", "loudest", "mean", "noise"}
        Content of the starting point, as in occlusion.

    Returns
    -------
    Maps
        With `completeness`: the sum of the map over the difference of the logits, 1 up to the
        error of the integral.

    Raises
    ------
    InputError
        `fill` is unknown.
    """
    from captum.attr import IntegratedGradients

    check_fill("integrated_gradients.fill", fill)
    method = IntegratedGradients(network)

    def cells(clip: Tensor, target: int) -> dict:
        start = torch.zeros_like(clip) + fill_value(clip, fill, front_end)
        relevance = method.attribute(
            clip, start, target=target, n_steps=steps, internal_batch_size=BATCH
        )
        with torch.inference_mode():
            drop = (network(clip) - network(start))[0, target].item()
        total = relevance.double().sum().item()
        return {
            "maps": relevance[0, 0].detach().float().cpu().numpy(),
            "completeness": total / drop if drop else math.nan,
        }

    return Maps.one_by_one(network, inputs, targets, cells)
