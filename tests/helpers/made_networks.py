"""Networks as files, and the spectrograms that they see."""

import numpy as np
import torch

from made_segments import spectrograms
from sercues.classifiers import resnet
from sercues.core import tables

CPU = torch.device("cpu")
FRONT_END = {"top_db": 80, "normalisation": {"mean": -40.0, "std": 20.0}}


def saved(network, labels, path):
    """Write a network to a file; its path."""
    resnet.save(resnet.Classifier(network, labels, FRONT_END), path)
    return path


def written_noise(clips, size, folder, speech=None):
    """Write spectrograms of noise; their path."""
    rng, path = np.random.default_rng(4), folder / "spectrograms.parquet"
    noise = {clip: rng.uniform(-80, 0, size) for clip in clips}
    tables.write(spectrograms(noise, speech, start=0.0), path, "spectrograms")
    return path
