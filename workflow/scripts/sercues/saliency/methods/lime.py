"""LIME over stretches of time of the spectrogram.

Ribeiro, Singh & Guestrin 2016 (arXiv 1602.04938), with the kernel that EmoLIME has. For bands of the
sound itself, and for other classifiers, see `emolime`.
"""

import numpy as np
import torch
from torch import Tensor, nn

from sercues.saliency import surrogate
from sercues.saliency.fills import check_fill, fill_value
from sercues.saliency.maps import Maps

BATCH = 32  # masks per pass; fixed, so that a map is the same in every shard


def explain(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    front_end: dict,
    *,
    time_bins: int,
    masks: int,
    fill: str,
) -> Maps:
    """Maps of a batch of clips: each cell has its part's weight over the cells of the part.

    Parameters
    ----------
    network, inputs, targets, front_end
        As in `explain.explain_batch`.
    time_bins : int
        Stretches of equal time, the parts of a clip.
    masks : int
        At most so many distinct masks of the parts, drawn with a fixed seed; all that there are
        where there are fewer.
    fill : {"floor", "loudest", "mean", "noise"}
        What covers, as in occlusion. Parts that it does not change weigh nothing.

    Returns
    -------
    Maps
        With `completeness`: sum of the weights over the drop of the logit when all is covered.

    Raises
    ------
    InputError
        `fill` is unknown.
    """
    check_fill("lime.fill", fill)
    grid = parts_of(inputs.shape[-2:], time_bins)
    with torch.inference_mode():
        return Maps.of(
            _explain_clip(
                network, clip, int(target), grid, masks, fill_value(clip[None], fill, front_end)
            )
            for clip, target in zip(inputs, targets, strict=True)
        )


def parts_of(size: tuple[int, int], time_bins: int) -> np.ndarray:
    """Number of the part each cell is in, int of shape (n_mels, frames), parts in the order of time."""
    return np.tile(np.arange(size[1]) * time_bins // size[1], (size[0], 1))


def _explain_clip(network, clip, target, grid, count, value) -> dict:
    covered = (torch.zeros_like(clip[None]) + value)[0]
    own, empty = (network(part[None])[0] for part in (clip, covered))
    live = np.unique(grid[(clip != covered)[0].cpu().numpy()])
    weights = np.zeros(grid.max() + 1)
    if len(live):
        masks = surrogate.drawn_masks(len(live), count, seed=0)
        whole = np.ones((len(masks), len(weights)), bool)
        whole[:, live] = masks
        logits = []
        for batch in np.split(whole, range(BATCH, len(whole), BATCH)):
            kept = torch.from_numpy(batch[:, grid]).to(clip.device)
            logits.append(network(torch.where(kept[:, None], clip, covered))[:, target])
        scores = torch.cat(logits).double().cpu().numpy()
        weights[live] = surrogate.fit(masks, scores, surrogate.kernel(masks)).weights
    drop = (own[target] - empty[target]).item()
    return {
        "maps": (weights / np.bincount(grid.ravel()))[grid].astype(np.float32),
        "logits": own[target].item(),
        "predicted": own.argmax().item(),
        "completeness": weights.sum() / drop if drop else np.nan,
    }
