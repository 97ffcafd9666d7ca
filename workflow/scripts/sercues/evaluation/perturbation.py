"""Logits of a network for a clip with some of its windows occluded.

A window set is an integer whose bit i stands for window i of the clip. Occluded windows hold the fill
(`fills`); the rest of the clip is unchanged.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
import torch
from torch import Tensor, nn

from sercues.classifiers.resnet import ResNet
from sercues.segments.matching import generator

BATCH = 16  # perturbations per forward pass; fixed, so that logits do not depend on the batch
MOST_WINDOWS = 62  # bits of a window set
MOST_SEEN = 10  # most windows seen by a column for which all patterns are tried


class WindowSets:
    """Logits of one clip under any window set.

    For the paper's network they are sums over columns of the last feature map (`_Columns`); any
    other network takes one forward pass per distinct set.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode; (batch, 1, n_mels, frames) to (batch, classes).
    clip : torch.Tensor of float32, shape (1, 1, n_mels, frames)
        Network input, on the network's device.
    windows : array of int, shape (n_windows, 2)
        First frame of each window and the frame after its last, without overlap.
    value : float or torch.Tensor
        What occluded windows hold, in units of the network input: a number, or a tensor that
        broadcasts to the shape of the clip, of which they take their own cells.

    Attributes
    ----------
    frames : numpy.ndarray of int, shape (n_windows, 2)
        The windows.

    Raises
    ------
    ValueError
        There are more than `MOST_WINDOWS` windows.
    """

    def __init__(
        self, network: nn.Module, clip: Tensor, windows: np.ndarray, value: float | Tensor
    ):
        if len(windows) > MOST_WINDOWS:
            raise ValueError(f"{len(windows)} windows, of {MOST_WINDOWS} at most")
        self.network, self.clip, self.value = network, clip, value
        self.frames = np.reshape(windows, (-1, 2))
        self.n_windows = len(windows)
        frames = torch.arange(clip.shape[-1], device=clip.device)
        edges = torch.as_tensor(self.frames, device=clip.device)
        # windows × frames: whether the frame is in the window
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
            for window_sets, batch in self.batches(new):
                logits = self.network(batch)[: len(window_sets)].float().cpu().numpy()
                self._known.update(zip(window_sets, logits, strict=True))
        return np.stack([self._known[window_set] for window_set in wanted])

    def batches(self, perturbations: list[int]) -> Iterator[tuple[list[int], Tensor]]:
        """At most `BATCH` window sets, and the occluded clips, (BATCH, 1, n_mels, frames)."""
        for start in range(0, len(perturbations), BATCH):
            window_sets = perturbations[start : start + BATCH]
            # the last batch is padded with the clip itself
            bits = self.bits(window_sets + [0] * (BATCH - len(window_sets)))
            chosen = torch.tensor(bits, dtype=torch.float32, device=self.clip.device)
            covered = (chosen @ self.holds.float()) > 0
            yield window_sets, torch.where(covered[:, None, None, :], self.value, self.clip)

    def bits(self, perturbations: Sequence[int]) -> np.ndarray:
        """Whether each set occludes each window: 0 or 1, shape (n_sets, n_windows)."""
        return np.array(perturbations, dtype=np.int64)[:, None] >> np.arange(self.n_windows) & 1


class _Columns:
    """Logits of an occluded clip as sums over the columns of the network's last feature map.

    The mean over that map and the linear layer after it sum the contributions of the columns, and a
    column sees only the windows that overlap its receptive field, m at most. So 2^m forward passes
    give every column under every pattern of the windows it sees: pass p occludes window i if bit
    i mod m of p is set, and any m adjacent windows have different bits. The logits of any set are
    sums of these contributions.

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
        # the bit of each window in the number of a pass
        self.weights = 1 << places
        patterns = [window_set(np.flatnonzero(number >> places & 1)) for number in range(2**n_bits)]
        layers = list(clip.network.children())
        pool = layers.index(clip.network.pool)
        features, linear = nn.Sequential(*layers[:pool]), clip.network.fc
        weight = linear.weight.detach().double()
        self.bias = linear.bias.detach().double().cpu().numpy()
        outputs = []
        with torch.inference_mode():
            for window_sets, batch in clip.batches(patterns):
                columns = features(batch)[: len(window_sets)].double().mean(dim=2)
                outputs.append((columns.mT @ weight.T / len(seen)).cpu().numpy())
        # contributions, pattern × column × class
        self.says = np.concatenate(outputs)

    def logits(self, perturbations: list[int]) -> np.ndarray:
        bits = self.clip.bits(perturbations)
        total = np.repeat(self.bias[None], len(perturbations), axis=0)
        # column by column, so that the order of summation does not depend on the number of sets
        for column, (first, stop) in enumerate(self.seen):
            patterns = bits[:, first:stop] @ self.weights[first:stop]
            total += self.says[patterns, column]
        return total.astype(np.float32)


def reach(network: ResNet, n_frames: int) -> np.ndarray:
    """Receptive field of every column of the last feature map of the paper's network.

    Returns
    -------
    numpy.ndarray of int, shape (n_columns, 2)
        First frame a column depends on and the frame after the last; padding counts as frames.
    """
    layers = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d):
            kernel, stride, padding = (
                size if isinstance(size, int) else size[-1]
                for size in (module.kernel_size, module.stride, module.padding)
            )
            # a shortcut sees no more than its parallel branch
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
    """First window that overlaps each field and the window after the last, shape (n_fields, 2).

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
    """Window set of these indices."""
    return sum(1 << int(index) for index in set(windows))


def sets_of(n_windows: int, k: int, limit: int, seed: int, clip_id: str) -> list[int]:
    """All sets of `k` windows, or `limit` distinct random ones if there are more.

    Parameters
    ----------
    n_windows, k : int
        Number of windows of the clip, and of a set.
    limit : int
        Maximum number of sets.
    seed, clip_id : int, str
        The draws depend only on these two.

    Returns
    -------
    list of int
        Sets in ascending order; none if the clip has fewer than `k` windows.
    """
    count = math.comb(n_windows, k)
    if count <= limit:
        # combinations are in the order of their first window, not of the integer
        return sorted(map(window_set, combinations(range(n_windows), k)))
    rng = generator(seed, clip_id)
    window_sets: set[int] = set()
    while len(window_sets) < limit:
        window_sets.add(window_set(rng.choice(n_windows, size=k, replace=False)))
    return sorted(window_sets)


def deletion(order: Sequence[int]) -> list[int]:
    """Window sets as windows are occluded one by one, from none to all of `order`."""
    masks = [0]
    for index in order:
        masks.append(masks[-1] | 1 << int(index))
    return masks


def insertion(order: Sequence[int]) -> list[int]:
    """Window sets as windows are revealed one by one, from all of `order` to none."""
    whole = window_set(order)
    return [whole & ~mask for mask in deletion(order)]


def greedy_order(clip: WindowSets, target: int) -> list[int]:
    """Order that occludes at every step the window that lowers the logit of `target` most."""
    order: list[int] = []
    left = list(range(clip.n_windows))
    while left:
        taken = window_set(order)
        logits = clip.logits([taken | 1 << index for index in left])[:, target]
        order.append(left.pop(int(np.argmin(logits))))
    return order


def random_orders(n_windows: int, count: int, seed: int, clip_id: str) -> np.ndarray:
    """Random orders of the windows, shape (count, n_windows), which depend only on seed and clip."""
    return np.argsort(generator(seed, clip_id).random((count, n_windows)), axis=1, kind="stable")
