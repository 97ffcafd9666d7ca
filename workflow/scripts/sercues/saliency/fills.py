"""Values that replace the parts of the spectrogram removed by a method."""

import torch
from torch import Tensor

from sercues.audio import spectrograms
from sercues.core.errors import InputError

FILLS = ("floor", "loudest", "mean", "noise")


def check_fill(key: str, fill: str) -> None:
    """Refuse an unknown fill; `key` is its key in the protocol.

    Raises
    ------
    InputError
        `fill` is not one of `FILLS`.
    """
    if fill not in FILLS:
        raise InputError(f"{key} is '{fill}'; set it to one of {', '.join(FILLS)}.")


def fill_value(clip: Tensor, fill: str, front_end: dict) -> float | Tensor:
    """Value of a fill in units of the network input; `clip` is (1, 1, n_mels, frames), scaled.

    A number, or for 'noise' one per cell, in the shape of the clip.
    """
    if fill == "floor":
        return float(spectrograms.scale(-front_end["top_db"], front_end))
    if fill == "loudest":
        return float(spectrograms.scale(0.0, front_end))
    if fill == "noise":
        order = torch.randperm(clip.numel(), generator=torch.Generator().manual_seed(0))
        return clip.flatten()[order.to(clip.device)].view_as(clip)
    return float(clip.mean())
