"""Occlusion: how much the logit drops when a patch of the spectrogram is covered.

Zeiler & Fergus 2014 (arXiv 1311.2901), as in captum's `Occlusion`: the patch moves over a grid, the
value of a cell is the mean drop over the patches that cover it, and patches are clipped at the
edges.
"""

import copy
import logging
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from sercues.core.errors import InputError
from sercues.saliency.fills import check_fill, fill_value
from sercues.saliency.incremental import Engine, UnknownLayerError
from sercues.saliency.maps import Maps

log = logging.getLogger("sercues")

# Windows per forward pass of captum, the fastest on a CPU. Fixed, as the batch size changes the last
# bits of a convolution.
BATCH = 8


def explain(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    front_end: dict,
    *,
    patch: list[int],
    stride: list[int],
    fill: str,
) -> Maps:
    """Occlusion maps of a batch of clips, computed together by the incremental engine.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode; maps (batch, 1, n_mels, frames) to (batch, classes). Not changed.
    inputs : torch.Tensor of float32, shape (clips, 1, n_mels, frames)
        Network input, on the network's device.
    targets : torch.Tensor of int64, shape (clips,)
        The class to explain.
    front_end : dict
        The protocol's `front_end` block, for the values of fills.
    patch, stride : list of int
        Mel bands and frames.
    fill : {"floor", "loudest", "mean", "noise"}
        Content of covered cells: −top_db, 0 dB, the mean of the clip's spectrogram with padding, or
        its cells in random order, the same order for all clips of one size.

    Returns
    -------
    Maps
        With `completeness`: 1 if the drops of the patches add up to the drop when everything is
        covered, as in a linear network; a different value if patches interact.

    Raises
    ------
    InputError
        The patch does not fit the spectrogram, the stride leaves gaps, or `fill` is unknown.
    """
    _check(patch, stride, fill, inputs.shape[-2:])
    # a copy, as setting the memory layout that is fast on a CPU changes the network
    network = copy.deepcopy(network).to(memory_format=torch.channels_last)
    drops_of = drops(network, patch, stride)
    with torch.inference_mode():
        clips = inputs.split(1)
        covered = torch.cat(
            [torch.zeros_like(clip) + fill_value(clip, fill, front_end) for clip in clips]
        )
        cells = drops_of(inputs, targets, covered)
        logits, logits_covered = network(inputs), network(covered)
        return Maps.of(
            _checked(*clip, math.prod(patch))
            for clip in zip(cells, logits, logits_covered, targets.tolist(), strict=True)
        )


def drops(
    network: nn.Module, patch: list[int], stride: list[int]
) -> Callable[[Tensor, int, float | Tensor], Tensor]:
    """Prepare the occlusion of many clips with one network.

    Only what a patch affects is recomputed. For unknown layers captum makes whole forward passes
    instead, with a warning; the maps are the same.

    Parameters
    ----------
    network, patch, stride
        As in `explain`.

    Returns
    -------
    callable
        Takes clips (clips, 1, n_mels, frames), their classes and the fill, a number or in the shape
        of the clips; returns the mean drop of the logit per cell, shape (clips, n_mels, frames).
    """
    try:
        engine = Engine(network)
    except UnknownLayerError as unknown:
        log.warning("occlusion in whole passes of captum, because of layer %s", unknown)
    else:
        return lambda clips, targets, value: engine.drops(clips, patch, stride, value)[
            torch.arange(len(clips)), targets
        ]
    # imported here, as it takes a second and is rarely needed
    from captum.attr import Occlusion

    occlusion = Occlusion(network)
    settings = {"sliding_window_shapes": (1, *patch), "strides": (1, *stride)}
    settings["perturbations_per_eval"] = BATCH

    def one_by_one(clips, targets, value):
        values = (torch.zeros_like(clips) + value).split(1)
        arguments = zip(clips.split(1), targets.tolist(), values, strict=True)
        return torch.cat(
            [
                occlusion.attribute(clip, target=target, baselines=fill, **settings)
                for clip, target, fill in arguments
            ]
        )[:, 0]

    return one_by_one


def _checked(
    cells: Tensor, logits: Tensor, logits_covered: Tensor, target: int, n_cells: int
) -> dict:
    """Map and checks of a clip, from the drop per cell and the logits uncovered and covered."""
    drop = (logits[target] - logits_covered[target]).item()
    # the drop of a patch is assigned to each of its cells
    total = cells.double().sum().item() / n_cells
    return {
        "maps": cells.float().cpu().numpy(),
        "logits": logits[target].item(),
        "predicted": logits.argmax().item(),
        "completeness": total / drop if drop else math.nan,
    }


def _check(patch, stride, fill, size) -> None:
    check_fill("occlusion.fill", fill)
    if any(cells > total for cells, total in zip(patch, size, strict=True)):
        raise InputError(
            f"occlusion.patch {list(patch)} is larger than the spectrogram {list(size)}; shrink it."
        )
    if any(step > cells for step, cells in zip(stride, patch, strict=True)):
        raise InputError(
            f"occlusion.stride {list(stride)} leaves gaps between patches of {list(patch)}; shrink it."
        )
