"""LIME over time bins of the spectrogram.

Ribeiro, Singh & Guestrin 2016 (arXiv 1602.04938), with the kernel of EmoLIME. For frequency bands of
the sound itself, and for other classifiers, see `emolime`.
"""

import numpy as np
import torch
from torch import Tensor, nn

from sercues.saliency import surrogate
from sercues.saliency.fills import check_fill, fill_value
from sercues.saliency.maps import Maps

BATCH = 32  # masks per pass; fixed, so that maps do not depend on the shard


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
    """LIME maps of a batch of clips: a cell has the weight of its part over the part's size.

    Parameters
    ----------
    network, inputs, targets, front_end
        As in `explain.explain_batch`.
    time_bins : int
        Number of parts of a clip, of equal duration.
    masks : int
        Largest number of distinct masks, drawn with a fixed seed; all masks if there are fewer.
    fill : {"floor", "loudest", "mean", "noise"}
        Content of covered parts, as in occlusion. Parts that it leaves unchanged have weight 0.

    Returns
    -------
    Maps
        With `completeness`: sum of the weights over the logit's drop when everything is covered.

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
    """Number of each cell's part, int of shape (n_mels, frames); parts are in order of time."""
    return np.tile(np.arange(size[1]) * time_bins // size[1], (size[0], 1))


def _explain_clip(network, clip, target, grid, count, value) -> dict:
    covered = (torch.zeros_like(clip[None]) + value)[0]
    logits, logits_covered = (network(image[None])[0] for image in (clip, covered))
    changed = np.unique(grid[(clip != covered)[0].cpu().numpy()])
    weights = np.zeros(grid.max() + 1)
    if len(changed):
        masks = surrogate.drawn_masks(len(changed), count, seed=0)
        kept = np.ones((len(masks), len(weights)), bool)
        kept[:, changed] = masks
        scores = []
        for batch in np.split(kept, range(BATCH, len(kept), BATCH)):
            cells = torch.from_numpy(batch[:, grid]).to(clip.device)
            scores.append(network(torch.where(cells[:, None], clip, covered))[:, target])
        scores = torch.cat(scores).double().cpu().numpy()
        weights[changed] = surrogate.fit(masks, scores, surrogate.kernel(masks)).weights
    drop = (logits[target] - logits_covered[target]).item()
    return {
        "maps": (weights / np.bincount(grid.ravel()))[grid].astype(np.float32),
        "logits": logits[target].item(),
        "predicted": logits.argmax().item(),
        "completeness": weights.sum() / drop if drop else np.nan,
    }
