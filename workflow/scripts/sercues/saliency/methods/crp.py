"""Concept relevance propagation: which channels of a layer favour the class, and where.

Achtibat et al. 2023 (Nature Machine Intelligence 5, 1006–1019): layer-wise relevance propagation
(Bach et al. 2015) from the explained class to a layer, where all but the chosen channels are set to
zero, and on to the input.
"""

import copy
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import LAYER_MAP_BASE, SpecialFirstLayerMapComposite
from zennit.core import BasicHook, Composite, Hook, stabilize
from zennit.layer import Sum
from zennit.rules import Epsilon, Flat, ZPlus
from zennit.types import Convolution, Linear

from sercues.core.errors import InputError
from sercues.saliency.checks import LARGEST_SHIFT
from sercues.saliency.maps import Maps


def explain(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    front_end: dict | None = None,
    *,
    layer: str,
    concepts: int,
    channel: int | None,
    condition: str,
) -> Maps:
    """CRP maps of a batch of clips.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode; maps (batch, 1, n_mels, frames) to (batch, classes). Not changed. Activations,
        poolings and additions (`zennit.layer.Sum` or a subclass, of one stacked input or several)
        are modules, and each batch normalisation is registered right after its convolution.
    inputs : torch.Tensor of float32, shape (clips, 1, n_mels, frames)
        Network input, on the network's device.
    targets : torch.Tensor of int64, shape (clips,)
        The class to explain.
    front_end : dict, optional
        Not used; every method takes it.
    layer : str
        Module whose output channels are the concepts, such as ``block2`` or ``block1.conv1``.
    concepts : int
        Number of channels kept per clip: those with the largest relevance, summed over the layer's
        cells, if positive, that is, in favour of the class.
    channel : int or None
        Keep only this channel instead, regardless of its relevance.
    condition : {"class", "argmax"}
        Start at the logit of the explained class or at the largest logit.

    Returns
    -------
    Maps
        `conservation` is 1 within `checks.CONSERVATION_TOLERANCE`: in convolutions biases, including
        those of folded batch normalisation, take no relevance. Relevance is lost on cells without
        positive contributions, where z-plus cannot distribute it (in a trained network a few cells
        of the 1×1 shortcut, about 1e-3 in total), and by the 1e-6 in each denominator.

    Raises
    ------
    InputError
        The layer or the channel does not exist, `condition` is unknown, or folding the batch
        normalisation changes a logit by more than `LARGEST_SHIFT` of the logits' range.
    """
    if condition not in ("class", "argmax"):
        raise InputError(f"crp.condition is '{condition}'; set it to 'class' or 'argmax'.")
    with Propagator(network, layer) as propagator:
        return Maps.of(
            _explain_clip(
                network, propagator, clip[None], int(target), concepts, channel, condition
            )
            for clip, target in zip(inputs, targets, strict=True)
        )


def _explain_clip(network, propagator, clip, target, concepts, channel, condition) -> dict:
    logits = propagator.forward(clip)
    shift = canonization_shift(network, logits, clip)
    predicted = int(logits.argmax())
    relevance = propagator.to_layer(target if condition == "class" else predicted)
    per_channel = relevance.sum(dim=(0, 2, 3)).cpu().double().numpy()
    if channel is not None and not 0 <= channel < len(per_channel):
        raise InputError(
            f"crp.channel is {channel}, but '{propagator.layer}' has channels 0 to "
            f"{len(per_channel) - 1}; choose one of them."
        )
    chosen = most_relevant(per_channel, concepts) if channel is None else [channel]
    kept = torch.zeros_like(relevance)
    kept[:, chosen] = relevance[:, chosen]
    saliency = propagator.to_input(kept)
    seeded = kept.double().sum().item()
    total = np.abs(per_channel).sum()
    return {
        "maps": saliency[0, 0].cpu().numpy(),
        "logits": logits[0, target].item(),
        "predicted": predicted,
        "canonization_shift": shift,
        "conservation": saliency.double().sum().item() / seeded if seeded else np.nan,
        "concepts": [f"{propagator.layer}:{index}" for index in chosen],
        "concepts_alive": int(kept[0].flatten(1).any(dim=1).sum()),
        "concept_share": np.abs(per_channel[chosen]).sum() / total if total else np.nan,
    }


def most_relevant(per_channel: np.ndarray, concepts: int) -> list[int]:
    """Indices of the channels with the largest positive relevance, at most `concepts`."""
    order = np.argsort(-per_channel, kind="stable")[:concepts]
    return [int(index) for index in order if per_channel[index] > 0]


def canonization_shift(network: nn.Module, logits: Tensor, clip: Tensor) -> float:
    """Largest difference between `logits` and those of `network`, as a share of their range.

    Raises
    ------
    InputError
        It is above `LARGEST_SHIFT`: the maps would explain a different network.
    """
    with torch.no_grad():
        expected = network(clip)
    difference = (logits.detach() - expected).abs().max()
    shift = (difference / (expected.max() - expected.min())).item() if difference else 0.0
    if not shift <= LARGEST_SHIFT:
        raise InputError(
            f"Folding batch normalisation changes a logit by {shift:.2g} of the logits' range "
            f"(limit {LARGEST_SHIFT:g}); register each BatchNorm2d of the network right after the "
            "convolution whose output it takes."
        )
    return shift


class Propagator:
    """A copy of a network whose backward pass carries relevance, stopped at one layer.

    Used in a ``with`` block: rules and the graph of their tensors refer to each other, a cycle that
    Python cannot detect, so memory is freed only when the rules are removed.

    Parameters
    ----------
    network : torch.nn.Module
        As in `explain`; it is copied and not changed.
    layer : str
        Name of the module to stop at.
    """

    def __init__(self, network: nn.Module, layer: str):
        self.layer = layer
        self.network = canonical(network)
        modules = dict(self.network.named_modules())
        if layer not in modules:
            raise InputError(
                f"crp.layer '{layer}' is not a module of the network; name one that is."
            )
        self.rules = rules()
        self.rules.register(self.network)
        modules[layer].register_forward_hook(self._keep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error) -> None:
        self.rules.remove()
        self.output = self.logits = self.clip = None

    def _keep(self, module, args, output) -> None:
        self.output = output

    def forward(self, clip: Tensor) -> Tensor:
        """Logits (1, classes) of one clip (1, 1, n_mels, frames); needed before other methods."""
        self.clip = clip.detach().clone().requires_grad_()
        self.logits = self.network(self.clip)
        return self.logits

    def to_layer(self, start: int) -> Tensor:
        """Relevance (1, channels, …) of the layer's output for the logit of index `start`."""
        seed = torch.zeros_like(self.logits)
        seed[0, start] = self.logits[0, start].detach()
        return torch.autograd.grad(self.logits, self.output, seed, retain_graph=True)[0]

    def to_input(self, relevance: Tensor) -> Tensor:
        """Relevance (1, 1, n_mels, frames) of the input, given that of the layer's output."""
        return torch.autograd.grad(self.output, self.clip, relevance, retain_graph=True)[0]


def canonical(network: nn.Module) -> nn.Module:
    """A copy of `network` with batch normalisation folded into the preceding convolutions."""
    folded = copy.deepcopy(network)
    for merge in SequentialMergeBatchNorm().apply(folded):
        # zennit keeps eps, which would scale every folded layer by 1 / sqrt(1 + eps)
        merge.batch_norm.eps = 0.0
    return folded


def rules() -> Composite:
    """zennit's `EpsilonPlusFlat`, but biases of convolutions take no relevance.

    Flat for the first layer, z-plus for other convolutions, epsilon for the linear head, shares of
    the summands for additions and means; max-pooling passes relevance to the largest cell. The
    head's bias keeps its share of the logit, which belongs to no channel.
    """
    layers = [
        (Sum, Shares()),
        *LAYER_MAP_BASE,
        (Convolution, _without_bias(ZPlus())),
        (nn.Linear, Epsilon()),
    ]
    return SpecialFirstLayerMapComposite(layers, first_map=[(Linear, Flat())])


class Shares(Hook):
    """zennit's `Norm` rule for modules with one or more inputs, which share the relevance."""

    def forward(self, module, input, output):
        self.stored_tensors["summands"] = [summand.detach() for summand in input]

    def backward(self, module, grad_input, grad_output):
        summands = [summand.requires_grad_() for summand in self.stored_tensors["summands"]]
        with torch.enable_grad():
            total = module.forward(*summands)
        relevance = grad_output[0] / stabilize(total.detach())
        gradients = torch.autograd.grad(total, summands, relevance)
        return tuple(s.detach() * g for s, g in zip(summands, gradients, strict=True))


def _without_bias(rule: BasicHook) -> BasicHook:
    """`rule` with biases set to zero, like `zero_params="bias"` in later versions of zennit."""

    def biasless(modifier):
        return lambda value, name: (
            torch.zeros_like(value) if name == "bias" else modifier(value, name)
        )

    rule.param_modifiers = [biasless(modifier) for modifier in rule.param_modifiers]
    return rule
