"""Classifiers in two steps: a representation of the sound, and probabilities from it."""

import numpy as np

from sercues.audio import spectrograms
from sercues.audio.spectrograms import FrontEnd
from sercues.classifiers import features, linear_svm

BATCH = 16  # spectrograms per forward pass, all of one clip, so results do not depend on others


class Network:
    """The trained network on spectrograms, with a model file per fold, in order."""

    def __init__(self, front_end: dict, files: list[str]):
        import torch

        from sercues.classifiers import resnet

        self.torch = torch
        self.front_end = FrontEnd(front_end)
        self.models = [resnet.load(path) for path in files]

    @property
    def labels(self) -> list[str]:
        return self.models[0].labels

    def represent(self, samples: np.ndarray) -> np.ndarray:
        return self.front_end.log_mel(samples)

    def probabilities(self, fold: int, represented: np.ndarray) -> np.ndarray:
        model = self.models[fold]
        inputs = self.torch.from_numpy(spectrograms.scale(represented, model.front_end))[:, None]
        with self.torch.inference_mode():
            logits = [model.network(batch) for batch in inputs.float().split(BATCH)]
            return self.torch.cat(logits).double().softmax(dim=1).numpy()


class Linear:
    """Linear classifiers of features, with the heads of all folds in one file."""

    def __init__(self, kind: str, weights, bundle: str, file: str):
        self.represent = features.describe(kind, weights, bundle)
        self.heads = linear_svm.load(file)

    @property
    def labels(self) -> list[str]:
        return next(iter(self.heads.values())).labels.tolist()

    def probabilities(self, fold: int, represented: np.ndarray) -> np.ndarray:
        return self.heads[fold].probabilities(represented)
