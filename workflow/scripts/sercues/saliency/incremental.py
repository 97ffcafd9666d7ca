"""Exact occlusion at a fraction of the work: only what a patch changes is computed.

A patch changes a rectangle of each layer's output. The clip goes through the network once; of each
patch only its tile, the change against that pass, goes from layer to layer. Convolutions act on
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
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

# Numbers in the largest tiles of one chunk of patches: bounds the memory. A constant, since the
# last bits of a convolution may depend on the batch it is in; the fastest on a CPU.
CHUNK_CPU = 2**20
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
ADDED = (operator.add, operator.iadd, torch.add, "add", "add_")
FLATTENED = (nn.Flatten, torch.flatten, "flatten")


class UnknownLayerError(Exception):
    """A change cannot be followed through this network; the message names the layer."""


class Engine:
    """Occlusion of clips with one network.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode; (batch, channels, n_mels, frames) to (batch, classes). It is not changed.

    Raises
    ------
    UnknownLayerError
        The network has a layer that this module does not know.
    """

    def __init__(self, network: nn.Module):
        self.graph = _trace(network)
        self.steps = _read(self.graph)

    def drops(self, clips: Tensor, patch, stride, value: float | Tensor) -> Tensor:
        """Mean drop of every logit per cell over the patches that cover it, as captum's `Occlusion`.

        Parameters
        ----------
        clips : torch.Tensor, shape (clips, channels, n_mels, frames)
            Network input, on the network's device.
        patch, stride : list of int
            Mel bands and frames; patches are cut off at the edges.
        value : float, or torch.Tensor of shape (n_mels,) or that of the clips
            What covers, in units of the network input.

        Returns
        -------
        torch.Tensor, shape (clips, classes, n_mels, frames)
        """
        grid = self.patch_drops(clips, patch, stride, value)
        rows, cols = (
            _cover(*axis).to(grid) for axis in zip(clips.shape[-2:], patch, stride, strict=True)
        )
        counts = torch.outer(rows.sum(dim=1), cols.sum(dim=1))
        return (rows @ grid @ cols.T / counts).to(clips)

    def patch_drops(self, clips: Tensor, patch, stride, value: float | Tensor) -> Tensor:
        """Drop of every logit per patch, float64 of shape (clips, classes, rows, columns)."""
        fill = torch.as_tensor(value, dtype=clips.dtype, device=clips.device)
        fill = fill if fill.ndim == 4 else fill.reshape(-1, 1)
        chunk = CHUNK_GPU if clips.is_cuda else CHUNK_CPU
        exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
        with torch.inference_mode(), exact:
            values = _Recorder(self.graph).record(clips, self.steps)
            difference = values[self.steps[0].name] = fill - clips
            lengths = clips.shape[2:]
            rows, cols = (
                _groups(self.steps, values, axis, patch[axis], stride[axis], _end(difference, axis))
                for axis in (0, 1)
            )
            patches = map(_n_patches, lengths, patch, stride)
            logits = values[self.steps[-1].name]
            grid = logits.new_zeros(*logits.shape, *patches, dtype=torch.float64)
            if not rows or not cols:
                return grid
            spans = [[group.spans for group in along] for along in (rows, cols)]
            fields = {step: step.fields(values, *spans) for step in self.steps}
            for row, col in _chunks(self.steps, values, rows, cols, chunk):
                change = _through(self.steps, fields, row, col)
                if change is not None:
                    tiles = change.view(len(clips), row.count, col.count, -1)
                    grid[:, :, row.places, col.places] = -tiles.permute(0, 3, 1, 2)
        return grid


# where tiles lie


class Window(NamedTuple):
    """What one output of a convolution or pooling reads along one axis."""

    kernel: int
    stride: int
    padding: int
    dilation: int

    @property
    def reach(self) -> int:
        return self.dilation * (self.kernel - 1)


@dataclass(frozen=True)
class Span:
    """Tiles along one axis: tile i covers `size` cells from `first + i * step`.

    Tiles may lie across the map's edges. A size of zero or less: nothing is changed.
    """

    first: int
    step: int
    count: int
    size: int

    @property
    def last(self) -> int:
        return self.first + (self.count - 1) * self.step

    @property
    def stop(self) -> int:
        return self.first + self.size

    def clipped(self, length: int) -> "Span":
        """Without what lies outside a map of this length in every tile."""
        start, stop = max(0, -self.last), min(self.size, length - self.first)
        return replace(self, first=self.first + start, size=stop - start)

    def reached(self, window: Window, length: int) -> "Span":
        """Outputs, of `length` in all, that read any of these cells."""
        if self.size <= 0:
            return self
        first = -((window.reach - self.first - window.padding) // window.stride)
        last = (self.stop - 1 + window.padding) // window.stride
        return Span(first, self.step // window.stride, self.count, last - first + 1).clipped(length)

    def read(self, window: Window) -> "Span":
        """Cells that these outputs read."""
        first = self.first * window.stride - window.padding
        size = (self.size - 1) * window.stride + window.reach + 1
        return Span(first, self.step * window.stride, self.count, size)

    def joined(self, other: "Span") -> "Span":
        """The smallest span that covers both."""
        if min(self.size, other.size) <= 0:
            return self if other.size <= 0 else other
        first = min(self.first, other.first)
        return replace(self, first=first, size=max(self.stop, other.stop) - first)

    def within(self, other: "Span") -> slice:
        """These cells as a slice of the other tiles."""
        return slice(self.first - other.first, self.stop - other.first)


class Rect(NamedTuple):
    """Tiles of rows and columns."""

    rows: Span
    cols: Span

    @property
    def size(self) -> int:
        return max(0, self.rows.size) * max(0, self.cols.size)

    def read(self, windows: tuple[Window, Window]) -> "Rect":
        return Rect(*(span.read(window) for span, window in zip(self, windows, strict=True)))

    def within(self, other: "Rect") -> tuple:
        return (..., self.rows.within(other.rows), self.cols.within(other.cols))


class Field:
    """A stored map with a border as wide as its tiles need.

    Parameters
    ----------
    values : torch.Tensor, shape (clips, channels, height, width)
    rows, cols : list of Span
        All that will be read.
    border : float
    """

    def __init__(self, values: Tensor, rows: list[Span], cols: list[Span], border: float):
        margins = []
        for spans, length in ((cols, values.shape[3]), (rows, values.shape[2])):
            spans = [span for span in spans if span.size > 0]
            margins.append(max([0, *(-span.first for span in spans)]))
            margins.append(max([0, *(span.last + span.size - length for span in spans)]))
        self.left, _, self.top, _ = margins
        self.cells = F.pad(values, margins, value=border).permute(0, 2, 3, 1).contiguous()

    def tiles(self, rect: Rect) -> Tensor:
        """A view of shape (clips, rows, columns, height, width, channels)."""
        rows, cols = rect
        clip, row, col, channel = self.cells.stride()
        return self.cells.as_strided(
            (len(self.cells), rows.count, cols.count, rows.size, cols.size, self.cells.shape[3]),
            (clip, rows.step * row, cols.step * col, row, col, channel),
            (rows.first + self.top) * row + (cols.first + self.left) * col,
        )


def _as_tiles(change: Tensor, rect: Rect) -> Tensor:
    """View of (patches, channels, height, width) in the shape of `Field.tiles`."""
    return change.permute(0, 2, 3, 1).unflatten(0, (-1, rect.rows.count, rect.cols.count))


def _as_batch(tiles: Tensor) -> Tensor:
    """Inverse of `_as_tiles`, in the memory layout that is fast on a CPU."""
    return tiles.flatten(0, 2).permute(0, 3, 1, 2)


# layers


class Step:
    """A layer, or a convolution with the batch norm that follows.

    Attributes
    ----------
    name : str
        Node of the traced graph that holds its output.
    inputs : list of Step
    users : int
        Number of steps that read it: a change read by one step only may be overwritten by it.
    clean : bool
        Its change is zero outside the map.
    spatial : bool
        Its output is a map, not a vector.
    """

    spatial = True
    clean = True

    def __init__(self, name: str, *inputs: "Step"):
        self.name = name
        self.inputs = inputs
        self.users = 0
        for step in inputs:
            step.users += 1

    def span(self, spans: list[Span], axis: int, length: int) -> Span:
        """Cells of one axis of its output, of `length` cells, that change with its inputs."""
        return spans[0]

    def fields(self, values: dict[str, Tensor], rows: list[dict], cols: list[dict]) -> tuple:
        """What its `change` needs of the unchanged pass; all rows and columns of tiles are given."""
        return ()

    def change(self, changes: list[Tensor], rects: list[Rect], rect: Rect, *fields) -> Tensor:
        """Change of its output: (patches, channels, height, width), or (patches, features)."""
        raise NotImplementedError

    def _own(self, change: Tensor, index: int = 0) -> Tensor:
        return change if self.inputs[index].users == 1 else change.clone()


class Input(Step):
    """The spectrogram; its stored values are fill minus clip."""

    def fields(self, values, rows, cols):
        return (_field(values[self.name], self, rows, cols),)

    def change(self, changes, rects, rect, difference):
        return _as_batch(difference.tiles(rect).clone(memory_format=torch.contiguous_format))


class Windowed(Step):
    """A layer whose outputs read windows of the input; its sum is taken over the change."""

    def __init__(self, name: str, source: Step, windows: tuple[Window, Window]):
        super().__init__(name, source)
        self.windows = windows

    def span(self, spans, axis, length):
        return spans[0].reached(self.windows[axis], length)

    def _inside(self, values, rows, cols) -> Field | None:
        """One inside the input map and zero outside, where the input's change is not clean."""
        source = self.inputs[0]
        if source.clean:
            return None
        return _field(torch.ones_like(values[source.name][:, :1]), source, rows, cols)

    def _fitted(self, change: Tensor, source: Rect, rect: Rect, inside: Field | None):
        """The change with the zeros around it that the windows read; what is equal on both sides
        is left to the layer, in rows and columns."""
        if inside is not None:
            change = _as_batch(_as_tiles(change, source) * inside.tiles(source))
        margins, both = [], []
        for have, need in zip(source, rect.read(self.windows), strict=True):
            before, after = have.first - need.first, need.stop - have.stop
            both.append(max(0, min(before, after)))
            margins = [before - both[-1], after - both[-1], *margins]
        return (F.pad(change, margins) if any(margins) else change), both


class Convolution(Windowed):
    """A convolution, with the batch norm that follows folded in."""

    def __init__(self, name: str, source: Step, layer: nn.Conv2d):
        super().__init__(name, source, _windows(layer))
        self.weight = layer.weight.detach()
        self.groups = layer.groups
        self.clean = source.clean and all(
            window.kernel == 1 and window.padding == 0 for window in self.windows
        )

    def fold(self, name: str, norm: nn.BatchNorm2d) -> None:
        """Take in the batch norm of this name that follows."""
        self.name = name
        self.weight = self.weight * _scales(norm).reshape(-1, 1, 1, 1)

    def fields(self, values, rows, cols):
        return (self._inside(values, rows, cols),)

    def change(self, changes, rects, rect, inside):
        change, padding = self._fitted(changes[0], rects[0], rect, inside)
        strides, dilations = zip(
            *((axis.stride, axis.dilation) for axis in self.windows), strict=True
        )
        return F.conv2d(change, self.weight, None, strides, padding, dilations, self.groups)


class AveragePool(Windowed):
    """Average pooling: the sum over a window divided by as many cells as the layer counts there."""

    def __init__(self, name: str, source: Step, layer: nn.AvgPool2d):
        super().__init__(name, source, _windows(layer))
        self.layer = layer

    def fields(self, values, rows, cols):
        ones = torch.ones_like(values[self.inputs[0].name][:1, :1])
        share = self.layer(ones) / self._sums(ones, self.layer.padding, self.layer.ceil_mode)
        share = share.expand(len(values[self.name]), -1, -1, -1)
        return _field(share, self, rows, cols), self._inside(values, rows, cols)

    def change(self, changes, rects, rect, share, inside):
        change, padding = self._fitted(changes[0], rects[0], rect, inside)
        change = F.pad(change, (padding[1], padding[1], padding[0], padding[0]))
        sums = self._sums(change, 0, False)
        _as_tiles(sums, rect).mul_(share.tiles(rect))
        return sums

    def _sums(self, x: Tensor, padding, ceil_mode: bool) -> Tensor:
        kernel, stride = self.layer.kernel_size, self.layer.stride
        return F.avg_pool2d(x, kernel, stride, padding, ceil_mode, divisor_override=1)


class MaxPool(Windowed):
    """Max-pooling of the changed values and the stored ones around them."""

    def __init__(self, name: str, source: Step, layer: nn.MaxPool2d):
        super().__init__(name, source, _windows(layer))
        self.layer = layer

    def fields(self, values, rows, cols):
        before, after = values[self.inputs[0].name], values[self.name]
        read = [
            [spans[self].read(window) for spans in along]
            for along, window in zip((rows, cols), self.windows, strict=True)
        ]
        return (
            Field(before, *read, torch.finfo(before.dtype).min),
            _field(after, self, rows, cols),
            _field(torch.ones_like(after[:, :1]), self, rows, cols),
        )

    def change(self, changes, rects, rect, before, after, inside):
        read = rect.read(self.windows)
        shared = Rect(
            *(
                Span(
                    max(a.first, b.first),
                    a.step,
                    a.count,
                    min(a.stop, b.stop) - max(a.first, b.first),
                )
                for a, b in zip(rects[0], read, strict=True)
            )
        )
        whole = _as_batch(before.tiles(read).clone(memory_format=torch.contiguous_format))
        whole[shared.within(read)] += changes[0][shared.within(rects[0])]
        layer = self.layer
        pooled = F.max_pool2d(whole, layer.kernel_size, layer.stride, 0, layer.dilation)
        _as_tiles(pooled, rect).sub_(after.tiles(rect)).mul_(inside.tiles(rect))
        return pooled


class Scale(Step):
    """Batch norm that does not follow a convolution."""

    def __init__(self, name: str, source: Step, norm: nn.BatchNorm2d):
        super().__init__(name, source)
        self.scales = _scales(norm).reshape(-1, 1, 1)
        self.clean = source.clean

    def change(self, changes, rects, rect):
        return changes[0] * self.scales


class Point(Step):
    """A point function of the changed values.

    Far below zero a flat function is constant: with such a border, nothing changes outside the map.
    """

    def __init__(self, name: str, source: Step, function: Callable, flat: bool):
        super().__init__(name, source)
        self.function = function
        self.flat = flat
        self.spatial = source.spatial

    def fields(self, values, rows, cols):
        before, after = values[self.inputs[0].name], values[self.name]
        if not self.spatial:
            return before, after
        border = torch.finfo(before.dtype).min if self.flat else 0.0
        fields = _field(before, self, rows, cols, border), _field(after, self, rows, cols)
        if self.flat:
            return *fields, None
        return *fields, _field(torch.ones_like(after[:, :1]), self, rows, cols)

    def change(self, changes, rects, rect, before, after, inside=None):
        if not self.spatial:
            per_clip = len(changes[0]) // len(before)
            before, after = (
                stored.repeat_interleave(per_clip, dim=0) for stored in (before, after)
            )
            return (self.function((changes[0] + before).to(before)) - after).double()
        values = self._own(changes[0])
        _as_tiles(values, rect).add_(before.tiles(rect))
        values = self.function(values)
        tiles = _as_tiles(values, rect).sub_(after.tiles(rect))
        if inside is not None:
            tiles.mul_(inside.tiles(rect))
        return values


class Addition(Step):
    """The sum of two branches."""

    def __init__(self, name: str, first: Step, second: Step):
        super().__init__(name, first, second)
        self.clean = first.clean and second.clean
        self.spatial = first.spatial

    def span(self, spans, axis, length):
        return spans[0].joined(spans[1])

    def change(self, changes, rects, rect):
        present = [index for index in (0, 1) if changes[index] is not None]
        if not self.spatial:
            return sum(changes[index] for index in present)
        # into the branch that covers the whole, if it is read here only
        for index in present:
            if rects[index] == rect:
                total = self._own(changes[index], index)
                present.remove(index)
                break
        else:
            change = changes[present[0]]
            shape = len(change), rect.rows.size, rect.cols.size, change.shape[1]
            total = change.new_zeros(shape).permute(0, 3, 1, 2)
        for index in present:
            total[rects[index].within(rect)] += changes[index]
        return total


class GlobalMean(Windowed):
    """Mean over the map."""

    spatial = False

    def __init__(self, name: str, source: Step):
        super().__init__(name, source, ())

    def span(self, spans, axis, length):
        return spans[0]

    def fields(self, values, rows, cols):
        cells = values[self.inputs[0].name][0, 0].numel()
        return cells, self._inside(values, rows, cols)

    def change(self, changes, rects, rect, cells, inside):
        change = changes[0]
        if inside is not None:
            change = _as_batch(_as_tiles(change, rects[0]) * inside.tiles(rects[0]))
        return change.sum(dim=(2, 3)).double() / cells


class Linear(Step):
    """A linear layer behind the global mean.

    In float64: matrix products round differently from one number of patches to the next.
    """

    spatial = False

    def __init__(self, name: str, source: Step, layer: nn.Linear):
        super().__init__(name, source)
        self.weight = layer.weight.detach().double()

    def change(self, changes, rects, rect):
        return changes[0] @ self.weight.T


def _field(values: Tensor, step: Step, rows, cols, border: float = 0.0) -> Field:
    """Values in the tiles of a step's output."""
    return Field(values, [spans[step] for spans in rows], [spans[step] for spans in cols], border)


def _windows(layer: nn.Module) -> tuple[Window, Window]:
    kernels, strides, paddings, dilations = (
        value if isinstance(value, tuple) else (value, value)
        for value in (
            layer.kernel_size,
            layer.stride,
            layer.padding,
            getattr(layer, "dilation", 1),
        )
    )
    return tuple(map(Window, kernels, strides, paddings, dilations))


def _scales(norm: nn.BatchNorm2d) -> Tensor:
    scales = (norm.running_var + norm.eps).rsqrt()
    return (scales if norm.weight is None else scales * norm.weight).detach()


# the network


def _trace(network: nn.Module) -> fx.GraphModule:
    try:
        return fx.symbolic_trace(network)
    except Exception as error:
        raise UnknownLayerError(f"the network cannot be traced: {error}") from error


def _read(graph: fx.GraphModule) -> list[Step]:
    """Steps of the network in order, the input first and the logits last."""
    known: dict[fx.Node, Step] = {}
    overwritten = []
    for node in graph.graph.nodes:
        if node.op == "output":
            source = node.args[0]
            if not isinstance(source, fx.Node) or known[source].spatial:
                raise UnknownLayerError("output: not a vector of logits")
            break
        layer = graph.get_submodule(node.target) if node.op == "call_module" else None
        known[node] = _step(node, layer, known)
        if _in_place(node, layer):
            overwritten.append((node, layer))
    for node, layer in overwritten:
        if known[node.args[0]].users > 1:
            raise _unknown(node, layer, "works in place on what another layer reads")
    return list(dict.fromkeys(known.values()))


def _step(node: fx.Node, layer: nn.Module | None, known: dict[fx.Node, Step]) -> Step:
    """The step that makes a node's output; an existing one where that output is the same."""
    if node.op == "placeholder" and not known:
        return Input(node.name)
    what = type(layer) if layer is not None else node.target
    sources = [known[source] for source in node.all_input_nodes]
    in_args = [argument for argument in node.args if isinstance(argument, fx.Node)]
    if node.op == "get_attr" or not sources or len(in_args) != len(sources):
        raise _unknown(node, layer)
    source = sources[0]
    if len(sources) == 2:
        if what in ADDED and not node.kwargs and sources[0].spatial == sources[1].spatial:
            return Addition(node.name, *sources)
        raise _unknown(node, layer)
    if what in PASSED and not layer.training:
        return source
    if what in FLAT or what in CURVED:
        return Point(node.name, source, _function(node, layer), what in FLAT)
    if source.spatial:
        return _spatial_step(node, layer, what, source)
    if what is nn.Linear:
        return Linear(node.name, source, layer)
    if what in FLATTENED and _option(node, layer, "start_dim", 1, 0) == 1:
        return source
    raise _unknown(node, layer)


def _spatial_step(node: fx.Node, layer, what, source: Step) -> Step:
    if what is nn.Conv2d and layer.padding_mode == "zeros" and not isinstance(layer.padding, str):
        return Convolution(node.name, source, layer)
    if what is nn.BatchNorm2d and not layer.training and layer.running_var is not None:
        before = node.args[0]
        if (
            isinstance(source, Convolution)
            and before.name == source.name
            and len(before.users) == 1
        ):
            source.fold(node.name, layer)
            return source
        return Scale(node.name, source, layer)
    if what is nn.MaxPool2d and not layer.return_indices:
        return MaxPool(node.name, source, layer)
    if what is nn.AvgPool2d:
        return AveragePool(node.name, source, layer)
    if what in (nn.AdaptiveAvgPool2d, F.adaptive_avg_pool2d):
        if _option(node, layer, "output_size", 1) in (1, (1, 1), [1, 1]):
            return GlobalMean(node.name, source)
    elif what in (torch.mean, "mean"):
        axes = _option(node, layer, "dim", 1, ())
        if isinstance(axes, tuple | list) and sorted(axis % 4 for axis in axes) == [2, 3]:
            return GlobalMean(node.name, source)
    raise _unknown(node, layer)


def _option(node: fx.Node, layer: nn.Module | None, name: str, place: int, default=None):
    """An option of a module, or of a function whose argument number `place` it is."""
    if layer is not None:
        return getattr(layer, name)
    return node.args[place] if len(node.args) > place else node.kwargs.get(name, default)


def _function(node: fx.Node, layer: nn.Module | None) -> Callable[[Tensor], Tensor]:
    """A point function as a function of the values alone; it may overwrite them."""
    if type(layer) is nn.ReLU or node.target in (F.relu, torch.relu, "relu"):
        return torch.relu_
    if layer is not None:
        return layer
    if node.op == "call_method":
        return lambda values: getattr(values, node.target)(*node.args[1:], **node.kwargs)
    return lambda values: node.target(values, *node.args[1:], **node.kwargs)


def _in_place(node: fx.Node, layer: nn.Module | None) -> bool:
    name = node.target if isinstance(node.target, str) else node.target.__name__
    if layer is not None:
        return getattr(layer, "inplace", False)
    return node.target is operator.iadd or name.endswith("_") or bool(node.kwargs.get("inplace"))


def _unknown(node: fx.Node, layer: nn.Module | None, why: str = "") -> UnknownLayerError:
    what = type(layer).__name__ if layer is not None else getattr(node.target, "__name__", node.op)
    name = node.name if layer is None else node.target
    return UnknownLayerError(f"{name} ({what}) {why}".strip())


class _Recorder(fx.Interpreter):
    """The unchanged pass, keeping what the steps need."""

    def record(self, clips: Tensor, steps: list[Step]) -> dict[str, Tensor]:
        """Output of each step by its name, vectors with two dimensions."""
        self.steps = {step.name: step for step in steps}
        self.values: dict[str, Tensor] = {}
        self.run(clips.clone())
        return self.values

    def run_node(self, node: fx.Node):
        value = super().run_node(node)
        if step := self.steps.get(node.name):
            # a copy, since a layer that follows may work in place
            self.values[node.name] = (value if step.spatial else value.flatten(1)).clone()
        return value


# patches


@dataclass(frozen=True)
class Group:
    """Rows (or columns) of patches that lie alike on the grids of all layers.

    Attributes
    ----------
    spans : dict of Step to Span
        Their tiles in the output of each step with maps.
    places : slice
        Which of all rows (or columns) of patches they are.
    """

    spans: dict[Step, Span]
    places: slice

    @property
    def count(self) -> int:
        return next(iter(self.spans.values())).count

    def part(self, start: int, count: int) -> "Group":
        count = min(count, self.count - start)
        spans = {
            step: replace(span, first=span.first + start * span.step, count=count)
            for step, span in self.spans.items()
        }
        first, per = self.places.start + start * self.places.step, self.places.step
        return Group(spans, slice(first, first + (count - 1) * per + 1, per))


def _end(difference: Tensor, axis: int) -> int:
    """Where the clip ends along an axis: behind it, all cells have the covering value already."""
    differs = difference.abs().amax(dim=[other for other in range(4) if other != 2 + axis])
    found = differs.nonzero()
    return int(found[-1]) + 1 if len(found) else 0


def _groups(
    steps: list[Step], values: dict, axis: int, patch: int, stride: int, end: int
) -> list[Group]:
    """Rows (axis 0) or columns (axis 1) of patches that begin before `end`."""
    lengths = {step: values[step.name].shape[2 + axis] for step in steps if step.spatial}
    scales = {}
    for step in lengths:
        own = step.windows[axis].stride if isinstance(step, Windowed) else 1
        scales[step] = own * math.lcm(*(scales[source] for source in step.inputs))
    n_patches = min(_n_patches(lengths[steps[0]], patch, stride), math.ceil(end / stride))
    per = math.lcm(stride, *scales.values()) // stride
    groups = []
    for first in range(min(per, n_patches)):
        count = -((first - n_patches) // per)
        span = Span(first * stride, per * stride, count, patch).clipped(lengths[steps[0]])
        spans = {steps[0]: span}
        for step in list(lengths)[1:]:
            spans[step] = step.span([spans[source] for source in step.inputs], axis, lengths[step])
        groups.append(Group(spans, slice(first, None, per)))
    return groups


def _n_patches(length: int, patch: int, stride: int) -> int:
    """As many as reach the end; the last may be cut off."""
    return -((patch - length) // stride) + 1


def _cover(length: int, patch: int, stride: int) -> Tensor:
    """Which cells each patch covers, shape (length, patches)."""
    starts = stride * torch.arange(_n_patches(length, patch, stride))
    cells = torch.arange(length)[:, None]
    return (cells >= starts) & (cells < starts + patch)


def _chunks(
    steps: list[Step], values: dict, rows: list[Group], cols: list[Group], chunk: int
) -> Iterator[tuple[Group, Group]]:
    """Rows and columns of patches that are computed together."""
    for row in rows:
        for col in cols:
            largest = max(
                values[step.name][:, :, 0, 0].numel() * Rect(row.spans[step], col.spans[step]).size
                for step in row.spans
            )
            patches = max(1, chunk // largest)
            n_cols = min(col.count, patches)
            n_rows = patches // n_cols
            for top in range(0, row.count, n_rows):
                for left in range(0, col.count, n_cols):
                    yield row.part(top, n_rows), col.part(left, n_cols)


def _through(steps: list[Step], fields: dict[Step, tuple], rows: Group, cols: Group):
    """Change of the logits, shape (patches, classes); None where no patch reaches them."""
    rects = {step: Rect(span, cols.spans[step]) for step, span in rows.spans.items()}
    changes: dict[Step, Tensor | None] = {}
    unread = {step: step.users for step in steps}
    for step in steps:
        inputs = [changes[source] for source in step.inputs]
        reached = not inputs or any(change is not None for change in inputs)
        if reached and (step not in rects or rects[step].size):
            around = [rects.get(source) for source in step.inputs]
            changes[step] = step.change(inputs, around, rects.get(step), *fields[step])
        else:
            changes[step] = None
        for source in step.inputs:
            unread[source] -= 1
            if not unread[source]:
                del changes[source]
    return changes[steps[-1]]
