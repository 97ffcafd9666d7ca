"""What a saliency method has to beat: where the clip is loudest, and chance.

Both know nothing of the network.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor, nn

from sercues.saliency.maps import Maps


def energy(network: nn.Module, inputs: Tensor, targets: Tensor, front_end: dict) -> Maps:
    """Power of each cell re the clip's maximum; parameters as in `saliency.explain`."""
    centre, width = front_end["scale"]
    power = 10 ** ((inputs[:, 0].double() * width + centre) / 10)
    return _maps(network, inputs, targets, power.float().cpu().numpy())


def random(network: nn.Module, inputs: Tensor, targets: Tensor, front_end: dict) -> Maps:
    """Independent normal numbers, seeded by the clip itself; parameters as in `saliency.explain`."""
    drawn = []
    for clip in inputs.cpu().numpy():
        digest = hashlib.blake2b(np.ascontiguousarray(clip).tobytes(), digest_size=8).digest()
        rng = np.random.default_rng(int.from_bytes(digest, "big"))
        drawn.append(rng.standard_normal(clip.shape[1:], dtype=np.float32))
    return _maps(network, inputs, targets, np.stack(drawn))


def _maps(network: nn.Module, inputs: Tensor, targets: Tensor, maps: np.ndarray) -> Maps:
    """`maps` with the logit and the predicted class of each clip, clips one at a time."""
    with torch.inference_mode():
        logits = torch.cat([network(clip[None]) for clip in inputs]).double().cpu().numpy()
    explained = logits[np.arange(len(logits)), targets.cpu().numpy()]
    return Maps(maps, explained, logits.argmax(axis=1))
