"""Exact occlusion at a fraction of the work: only what a patch changes is computed.

A patch changes a rectangle of each layer's output. The clip goes through the network once; of each
patch only the change against that pass, its tile, goes from layer to layer. Convolutions act on
the change itself, point functions and max-pooling on the change added to the stored values around
it, and global average pooling divides its sum by the size of the map. The result is that of
occluding the whole spectrogram, up to rounding (the idea is Krypton's: Nakandala et al., SIGMOD
2019, https://doi.org/10.1145/3299869.3319874).

Patches that lie alike on the grids of all strided layers have tiles of the same size at regular
distances. They go through together, and the stored values around them are strided views.
"""

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

# Numbers in the largest tiles of one chunk of patches: bounds the memory. A constant, since the
# last bits of a convolution may depend on the batch it is in; on a CPU, what a cache holds.
CHUNK_CPU = 2**18
CHUNK_GPU = 2**26

# Point functions that are constant far below zero, and others.
FLAT = (nn.ReLU, nn.ReLU6, F.relu, F.relu6, torch.relu, torch.relu_, "relu", "relu_")
CURVED = (
    *(nn.LeakyReLU, nn.PReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus),
    *(nn.Hardtanh, nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh),
    *(F.leaky_relu, F.elu, F.gelu, F.silu, F.softplus, F.hardtanh, F.hardswish),
    *(torch.sigmoid, torch.tanh, "sigmoid", "tanh"),
)
PASSED = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.Identity)
ADDITIONS = (operator.add, operator.iadd, torch.add, "add", "add_")
MEANS = (nn.AdaptiveAvgPool2d, F.adaptive_avg_pool2d, torch.mean, "mean")
FLATTENED = (nn.Flatten, torch.flatten, "flatten")


class UnknownLayerError(Exception):
    """A change cannot be followed through this network; the message names the layer."""


def drops(
    network: nn.Module, clip: Tensor, targets: list[int], patch, stride, value: float | Tensor
) -> Tensor:
    """Mean drop of the logit per cell over the patches that cover it, as captum's `Occlusion`.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode; (batch, channels, n_mels, frames) to (batch, classes). It is not changed.
    clip : torch.Tensor, shape (1, channels, n_mels, frames)
        Network input, on the network's device.
    targets : list of int
        Classes to explain; more of them cost nothing.
    patch, stride : list of int
        Mel bands and frames; patches are cut off at the edges.
    value : float or torch.Tensor of shape (n_mels,)
        What covers, in units of the network input.

    Returns
    -------
    torch.Tensor, shape (targets, n_mels, frames)

    Raises
    ------
    UnknownLayerError
        The network has a layer that this module does not know.
    """
    return Engine(network).drops(clip, patch, stride, value)[0, list(targets)]


class Engine:
    """Occlusion of many clips with one network.

    Parameters
    ----------
    network : torch.nn.Module
        As in `drops`.
    chunk : int, optional
        Numbers in the largest tiles that are computed together.

    Raises
    ------
    UnknownLayerError
        As in `drops`.
    """

    def __init__(self, network: nn.Module, chunk: int | None = None):
        self.graph = _traced(network)
        self.steps = _Reader(self.graph).steps()
        self.chunk = chunk

    def drops(self, clips: Tensor, patch, stride, value: float | Tensor) -> Tensor:
        """Mean drop of every logit per cell, shape (clips, classes, n_mels, frames)."""
        grid = self.patch_drops(clips, patch, stride, value)
        rows, cols = (
            _cover(length, *axis).to(grid)
            for length, *axis in zip(clips.shape[-2:], patch, stride, strict=True)
        )
        counts = torch.outer(rows.sum(dim=1), cols.sum(dim=1))
        return (rows @ grid @ cols.T / counts).to(clips)

    def patch_drops(self, clips: Tensor, patch, stride, value: float | Tensor) -> Tensor:
        """Drop of every logit per patch, float64 of shape (clips, classes, rows, columns)."""
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False),
        ):
            values = _Recorder(self.graph).of(clips)
            covered = torch.as_tensor(value, dtype=clips.dtype, device=clips.device)
            values[self.steps[0].name] = covered.reshape(-1, 1) - clips
            sizes = [values[step.name].shape for step in self.steps]
            plans = [
                _plans(self.steps, [size[2:][axis : axis + 1] for size in sizes], axis, *along)
                for axis, along in enumerate(zip(patch, stride, strict=True))
            ]
            stored = _store(self.steps, values, plans)
            grid = clips.new_zeros(
                *(len(clips), sizes[-1][1]),
                *(sum(plan.spans[0].count for plan in along) for along in plans),
                dtype=torch.float64,
            )
            for rows in plans[0]:
                for cols in plans[1]:
                    for part in self._parts(rows, cols, sizes):
                        changes = _Tiles(self.steps, stored, sizes, *part).through()
                        grid[:, :, part[0].places, part[1].places] = -changes.to(grid)
        return grid

    def _parts(self, rows: "Plan", cols: "Plan", sizes) -> Iterator[tuple["Plan", "Plan"]]:
        """The group cut into chunks."""
        largest = max(
            size[1] * max(0, row.size) * max(0, col.size)
            for size, row, col in zip(sizes, rows.spans, cols.spans, strict=True)
            if row is not None
        )
        limit = self.chunk or (CHUNK_GPU if sizes and self._on_gpu() else CHUNK_CPU)
        patches = max(1, limit // (largest * sizes[0][0]))
        n_cols = min(cols.spans[0].count, patches)
        n_rows = min(rows.spans[0].count, max(1, patches // n_cols))
        for row in range(0, rows.spans[0].count, n_rows):
            for col in range(0, cols.spans[0].count, n_cols):
                yield rows.part(row, n_rows), cols.part(col, n_cols)
