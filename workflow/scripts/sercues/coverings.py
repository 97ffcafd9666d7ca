"""What a network says of a clip while windows of it are covered.

A covering is a set of the clip's windows, written as an integer whose bit i stands for window i.
Covered windows hold the fill value in all bands; the rest of the clip stays as it is.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from sercues.segments import generator

BATCH = 16  # coverings per forward pass; a fixed number, so that logits do not depend on company
MOST_WINDOWS = 62  # bits of a covering


class Coverings:
    """Logits of one clip under any covering; each is computed once.

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

    def logits(self, coverings: Iterable[int]) -> np.ndarray:
        """Logits, float32 of shape (n_coverings, classes), in the order of `coverings`."""
        wanted = [int(covering) for covering in coverings]
        new = sorted(set(wanted) - set(self._known))
        for start in range(0, len(new), BATCH):
            part = new[start : start + BATCH]
            # the last batch is filled up with the bare clip
            computed = self._forward(part + [0] * (BATCH - len(part)))
            self._known.update(zip(part, computed, strict=False))
        return np.stack([self._known[covering] for covering in wanted])

    def _forward(self, coverings: list[int]) -> np.ndarray:
        bits = [[covering >> i & 1 for i in range(self.n_windows)] for covering in coverings]
        chosen = torch.tensor(bits, dtype=torch.float32, device=self.clip.device)
        covered = (chosen @ self.holds.float()) > 0
        batch = torch.where(covered[:, None, None, :], self.value, self.clip)
        with torch.inference_mode():
            return self.network(batch).float().cpu().numpy()


def covering(windows: Iterable[int]) -> int:
    """The covering of the windows of these indices."""
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
        Coverings in ascending order; none where the clip has fewer than `k` windows.
    """
    count = math.comb(n_windows, k)
    if count <= limit:
        return _every_set(n_windows, k)
    rng = generator(seed, clip_id)
    found: set[int] = set()
    while len(found) < limit:
        found.add(covering(rng.choice(n_windows, size=k, replace=False)))
    return sorted(found)


def _every_set(n_windows: int, k: int) -> list[int]:
    if k > n_windows:
        return []
    if k == 0:
        return [0]
    without = _every_set(n_windows - 1, k)
    return without + [mask | 1 << n_windows - 1 for mask in _every_set(n_windows - 1, k - 1)]


def deletion(order: Sequence[int]) -> list[int]:
    """Coverings while windows are covered one after the other, from none to all of `order`."""
    masks = [0]
    for index in order:
        masks.append(masks[-1] | 1 << int(index))
    return masks


def insertion(order: Sequence[int]) -> list[int]:
    """Coverings while windows are uncovered one after the other, from all of `order` to none."""
    whole = covering(order)
    return [whole & ~mask for mask in deletion(order)]


def greedy_order(clip: Coverings, target: int) -> list[int]:
    """Windows in the order that lowers the logit of `target` most at every step."""
    order: list[int] = []
    left = list(range(clip.n_windows))
    while left:
        taken = covering(order)
        logits = clip.logits([taken | 1 << index for index in left])[:, target]
        order.append(left.pop(int(np.argmin(logits))))
    return order


def random_orders(n_windows: int, count: int, seed: int, clip_id: str) -> np.ndarray:
    """Random orders of the windows, shape (count, n_windows); they depend on seed and clip alone."""
    return np.argsort(generator(seed, clip_id).random((count, n_windows)), axis=1, kind="stable")
