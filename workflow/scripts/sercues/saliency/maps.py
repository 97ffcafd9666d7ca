"""The result of every saliency method."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Maps:
    """Saliency maps of a batch of clips, with the checks of the method that made them.

    Attributes
    ----------
    maps : numpy.ndarray of float32, shape (clips, n_mels, frames)
        Relevance of each cell; occlusion: drop of the logit, crp: share of the logit.
    logits : numpy.ndarray of float64, shape (clips,)
        The explained logit.
    predicted : numpy.ndarray of int64, shape (clips,)
        Index of the largest logit of the explained network.
    completeness : numpy.ndarray of float64, shape (clips,), optional
        Occlusion, LIME, integrated gradients: sum of the map over the logit's drop when everything
        is covered; NaN if that drop is zero.
    canonization_shift : numpy.ndarray of float64, shape (clips,), optional
        CRP: largest change of a logit by folding batch normalisation, as a share of the logits' range.
    conservation : numpy.ndarray of float64, shape (clips,), optional
        CRP: sum of relevance at the input over relevance seeded at the layer; NaN if none was
        seeded.
    concepts : list of list of str, optional
        CRP: the concepts of each clip as ``layer:channel``, most relevant first.
    concepts_alive : numpy.ndarray of int64, shape (clips,), optional
        CRP: how many of them carry relevance.
    concept_share : numpy.ndarray of float64, shape (clips,), optional
        CRP: share of the channels' absolute relevance that the concepts carry; NaN if the layer
        has none.
    """

    maps: np.ndarray
    logits: np.ndarray
    predicted: np.ndarray
    completeness: np.ndarray | None = None
    canonization_shift: np.ndarray | None = None
    conservation: np.ndarray | None = None
    concepts: list[list[str]] | None = None
    concepts_alive: np.ndarray | None = None
    concept_share: np.ndarray | None = None

    @classmethod
    def of(cls, clips: Iterable[dict]) -> Self:
        """Maps of clips explained one by one, each given as a dict of field values."""
        clips = list(clips)
        names = {field.name for field in fields(cls)} - {"concepts"}
        stacked = {name: np.stack([clip[name] for clip in clips]) for name in names & set(clips[0])}
        if "concepts" in clips[0]:
            stacked["concepts"] = [clip["concepts"] for clip in clips]
        return cls(**stacked)

    @classmethod
    def one_by_one(
        cls,
        network: nn.Module,
        inputs: Tensor,
        targets: Tensor,
        cells: Callable[[Tensor, int], dict],
    ) -> Self:
        """Maps from `cells`, which takes a clip (1, 1, n_mels, frames) and class and gives fields."""
        clips = []
        for clip, target in zip(inputs, targets.tolist(), strict=True):
            with torch.inference_mode():
                logits = network(clip[None])[0]
            values = {"logits": logits[target].item(), "predicted": logits.argmax().item()}
            clips.append(values | cells(clip[None], target))
        return cls.of(clips)

    @classmethod
    def given(cls, network: nn.Module, inputs: Tensor, targets: Tensor, maps: np.ndarray) -> Self:
        """Model-independent `maps`, with the logit and predicted class of each clip."""
        with torch.inference_mode():
            logits = torch.cat([network(clip[None]) for clip in inputs]).double().cpu().numpy()
        explained = logits[np.arange(len(logits)), targets.cpu().numpy()]
        return cls(maps, explained, logits.argmax(axis=1))

    def checks(self, clip: int) -> dict:
        """The checks of one clip by name, None for those that the method lacks."""
        checks = [field.name for field in fields(self) if field.default is None]
        values = {name: getattr(self, name) for name in checks}
        return {name: None if value is None else value[clip] for name, value in values.items()}
