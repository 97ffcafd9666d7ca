"""Classifiers in two steps: a representation of the sound, and probabilities from it.

A model is named by whether it is a refit, and by its fold: the fold of the table `splits`, or of the
splits of refits.
"""

from pathlib import Path

import numpy as np

from sercues.audio import spectrograms
from sercues.audio.spectrograms import FrontEnd
from sercues.classifiers import features, linear_svm

BATCH = 16  # spectrograms per forward pass, all of one clip, so results do not depend on others


class Network:
    """The trained network on spectrograms.

    Parameters
    ----------
    front_end : dict
        The protocol's block.
    files, refits : list of str
        A model file per fold, in order; that of a refit that could not be trained is empty.
    """

    def __init__(self, front_end: dict, files: list[str], refits: list[str]):
        import torch

        from sercues.classifiers import resnet

        self.torch = torch
        self.front_end = FrontEnd(front_end)
        self.models = {
            (refit, fold): resnet.load(path)
            for refit, paths in ((False, files), (True, refits))
            for fold, path in enumerate(paths)
            if Path(path).stat().st_size
        }

    @property
    def labels(self) -> list[str]:
        return self.models[False, 0].labels

    def represent(self, samples: np.ndarray) -> np.ndarray:
        return self.front_end.log_mel(samples)

    def probabilities(self, model: tuple[bool, int], represented: np.ndarray) -> np.ndarray:
        model = self.models[model]
        inputs = self.torch.from_numpy(spectrograms.scale(represented, model.front_end))[:, None]
        with self.torch.inference_mode():
            logits = [model.network(batch) for batch in inputs.float().split(BATCH)]
            return self.torch.cat(logits).double().softmax(dim=1).numpy()


class Linear:
    """Linear classifiers of features, with the heads of all folds in one file, and of all refits."""

    def __init__(self, kind: str, weights, bundle: str, files: list[str], refits: list[str]):
        self.represent = features.describe(kind, weights, bundle)
        self.heads = {
            (refit, fold): head
            for refit, paths in ((False, files), (True, refits))
            for path in paths
            for fold, head in linear_svm.load(path).items()
        }

    @property
    def labels(self) -> list[str]:
        return next(iter(self.heads.values())).labels.tolist()

    def probabilities(self, model: tuple[bool, int], represented: np.ndarray) -> np.ndarray:
        return self.heads[model].probabilities(represented)
