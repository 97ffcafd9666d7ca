"""What a network says of a clip while windows of it are covered.

A window set is a set of the clip's windows, written as an integer whose bit i stands for window i.
Covered windows hold the fill value in all bands; the rest of the clip stays as it is.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
import torch
from torch import Tensor, nn

from sercues.classifiers.resnet import ResNet
from sercues.segments.matching import generator

BATCH = (
    16  # perturbations per forward pass; a fixed number, so that logits do not depend on company
)
MOST_WINDOWS = 62  # bits of a window set
MOST_SEEN = 10  # windows that one column may see, for all their patterns to be tried


class WindowSets:
    """Logits of one clip under any window set.

    Of the paper's network they are sums over columns of the last feature map (`_Columns`), of any
    other they come from one forward pass per set, each computed once.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode; (batch, 1, n_mels, frames) to (batch, classes).
    clip : torch.Tensor of float32, shape (1, 1, n_mels, frames)
        Network input, on the network's device.
    windows : array of int, shape (n_windows, 2)
        First frame of each window and the frame after its last; they do not overlap.
    value : float
        What covers, in units of the network input.

    Attributes
    ----------
    frames : numpy.ndarray of int, shape (n_windows, 2)
        The windows.

    Raises
    ------
    ValueError
        There are more than `MOST_WINDOWS` windows.
    """

    def __init__(self, network: nn.Module, clip: Tensor, windows: np.ndarray, value: float):
        if len(windows) > MOST_WINDOWS:
            raise ValueError(f"{len(windows)} windows, of {MOST_WINDOWS} at most")
        self.network, self.clip, self.value = network, clip, value
        self.frames = np.reshape(windows, (-1, 2))
        self.n_windows = len(windows)
        frames = torch.arange(clip.shape[-1], device=clip.device)
        edges = torch.as_tensor(self.frames, device=clip.device)
        # windows × frames: whether the window holds the frame
        self.holds = (frames >= edges[:, :1]) & (frames < edges[:, 1:])
        self._known: dict[int, np.ndarray] = {}
        self._columns = None
        if isinstance(network, ResNet):
            seen = windows_seen(self.frames, reach(network, clip.shape[-1]))
            if np.ptp(seen, axis=1).max() <= MOST_SEEN:
                self._columns = _Columns(self, seen)

    def logits(self, perturbations: Iterable[int]) -> np.ndarray:
        """Logits, float32 of shape (n_sets, classes), in the order of `perturbations`."""
        wanted = [int(window_set) for window_set in perturbations]
        if self._columns:
            return self._columns.logits(wanted)
        new = sorted(set(wanted) - set(self._known))
        with torch.inference_mode():
            for part, batch in self.batches(new):
                found = self.network(batch)[: len(part)].float().cpu().numpy()
                self._known.update(zip(part, found, strict=True))
        return np.stack([self._known[window_set] for window_set in wanted])

    def batches(self, perturbations: list[int]) -> Iterator[tuple[list[int], Tensor]]:
        """`BATCH` perturbations or fewer, and the clip under them, (BATCH, 1, n_mels, frames)."""
        for start in range(0, len(perturbations), BATCH):
            part = perturbations[start : start + BATCH]
            # the last batch is filled up with the bare clip
            bits = self.bits(part + [0] * (BATCH - len(part)))
            chosen = torch.tensor(bits, dtype=torch.float32, device=self.clip.device)
            covered = (chosen @ self.holds.float()) > 0
            yield part, torch.where(covered[:, None, None, :], self.value, self.clip)

    def bits(self, perturbations: Sequence[int]) -> np.ndarray:
        """Whether each set occludes each window: 0 or 1, shape (n_sets, n_windows)."""
        return np.array(perturbations, dtype=np.int64)[:, None] >> np.arange(self.n_windows) & 1


class _Columns:
    """Logits of a covered clip as sums over the columns of the network's last feature map.

    The mean over that map and the linear layer after it add up what every column says, and a column
    sees few windows: those that overlap its receptive field. So 2^m forward passes, m the most
    windows that any column sees, show every column under every pattern of what it sees: pass p
    covers window i where bit i mod m of p is set, and any m windows side by side have different
    bits. Every other set is then a sum of what was seen.

    Parameters
    ----------
    clip : WindowSets
    seen : array of int, shape (n_columns, 2)
        First window that each column sees, and the window after its last.
    """

    def __init__(self, clip: WindowSets, seen: np.ndarray):
        self.clip, self.seen = clip, seen
        n_bits = max(1, int(np.ptp(seen, axis=1).max()))
        places = np.arange(clip.n_windows) % n_bits
        # the bit of a pass that each window stands at
        self.weights = 1 << places
        patterns = [window_set(np.flatnonzero(number >> places & 1)) for number in range(2**n_bits)]
        parts = list(clip.network.children())
        pool = parts.index(clip.network.pool)
        features, head = nn.Sequential(*parts[:pool]), clip.network.fc
        weight = head.weight.detach().double()
        self.bias = head.bias.detach().double().cpu().numpy()
        found = []
        with torch.inference_mode():
            for part, batch in clip.batches(patterns):
                columns = features(batch)[: len(part)].double().mean(dim=2)
                found.append((columns.mT @ weight.T / len(seen)).cpu().numpy())
        # what each pass says, pattern × column × class
        self.says = np.concatenate(found)

    def logits(self, perturbations: list[int]) -> np.ndarray:
        bits = self.clip.bits(perturbations)
        total = np.repeat(self.bias[None], len(perturbations), axis=0)
        # column by column, so that the order of the sum does not depend on the number of perturbations
        for column, (first, stop) in enumerate(self.seen):
            patterns = bits[:, first:stop] @ self.weights[first:stop]
            total += self.says[patterns, column]
        return total.astype(np.float32)


def reach(network: ResNet, n_frames: int) -> np.ndarray:
    """Receptive field of every column of the last feature map of the paper's network.

    Returns
    -------
    numpy.ndarray of int, shape (n_columns, 2)
        First frame a column depends on, and the frame after its last; padding counts as frames.
    """
    layers = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d):
            kernel, stride, padding = (
                size if isinstance(size, int) else size[-1]
                for size in (module.kernel_size, module.stride, module.padding)
            )
            # a shortcut sees no more than the branch beside it
            if kernel > 1:
                layers.append((kernel, stride, padding))
    count = n_frames
    for kernel, stride, padding in layers:
        count = (count + 2 * padding - kernel) // stride + 1
    first = last = np.arange(count)
    for kernel, stride, padding in reversed(layers):
        first, last = first * stride - padding, last * stride - padding + kernel - 1
    return np.stack([first, last + 1], axis=1)


def windows_seen(windows: np.ndarray, fields: np.ndarray) -> np.ndarray:
    """The windows that overlap each field: first, and the one after the last, shape (n_fields, 2).

    Parameters
    ----------
    windows : array of int, shape (n_windows, 2)
        Start and end of each window, ascending and without overlap.
    fields : array of int, shape (n_fields, 2)
        Start and end of each field.
    """
    first = np.searchsorted(windows[:, 1], fields[:, 0], side="right")
    stop = np.searchsorted(windows[:, 0], fields[:, 1], side="left")
    return np.stack([first, np.maximum(first, stop)], axis=1)


def window_set(windows: Iterable[int]) -> int:
    """The set of the windows of these indices."""
    return sum(1 << int(index) for index in set(windows))


def sets_of(n_windows: int, k: int, limit: int, seed: int, clip_id: str) -> list[int]:
    """Every set of `k` of the windows, or `limit` distinct ones drawn at random where there are more.

    Parameters
    ----------
    n_windows, k : int
        Windows of the clip, and of a set.
    limit : int
        Most sets.
    seed, clip_id : int, str
        The draws depend on these two alone.

    Returns
    -------
    list of int
        Sets in ascending order; none where the clip has fewer than `k` windows.
    """
    count = math.comb(n_windows, k)
    if count <= limit:
        # combinations come in the order of their first window, not of the integer
        return sorted(map(window_set, combinations(range(n_windows), k)))
    rng = generator(seed, clip_id)
    found: set[int] = set()
    while len(found) < limit:
        found.add(window_set(rng.choice(n_windows, size=k, replace=False)))
    return sorted(found)


def deletion(order: Sequence[int]) -> list[int]:
    """Sets while windows are occluded one after the other, from none to all of `order`."""
    masks = [0]
    for index in order:
        masks.append(masks[-1] | 1 << int(index))
    return masks


def insertion(order: Sequence[int]) -> list[int]:
    """Sets while windows are shown one after the other, from all of `order` to none."""
    whole = window_set(order)
    return [whole & ~mask for mask in deletion(order)]


def greedy_order(clip: WindowSets, target: int) -> list[int]:
    """Windows in the order that lowers the logit of `target` most at every step."""
    order: list[int] = []
    left = list(range(clip.n_windows))
    while left:
        taken = window_set(order)
        logits = clip.logits([taken | 1 << index for index in left])[:, target]
        order.append(left.pop(int(np.argmin(logits))))
    return order


def random_orders(n_windows: int, count: int, seed: int, clip_id: str) -> np.ndarray:
    """Random orders of the windows, shape (count, n_windows); they depend on seed and clip alone."""
    return np.argsort(generator(seed, clip_id).random((count, n_windows)), axis=1, kind="stable")
