"""Networks, and maps that are compared among them."""

import pandas as pd
import torch

from made_networks import CPU, saved, written_noise
from made_segments import CORRECTED
from sercues.classifiers import resnet
from sercues.core import tables
from sercues.evaluation import similarity
from sercues.saliency import explain

SIZE = (16, 120)
LABELS = ["angry", "sad"]
CLIPS = [f"clip{index}" for index in range(3)]


def written(folder):
    """Spectrograms, models of two folds, and one that was trained on randomised labels, as files."""
    torch.manual_seed(1)
    paths = [
        folder / f"{name}/seed1/model.pt"
        for name in ("fold0", "fold1", "controls/randomised_labels/fold0")
    ]
    for path in paths:
        saved(resnet.ResNet(len(LABELS)).eval(), LABELS, path)
    return written_noise(CLIPS, SIZE, folder, speech=(10, 110)), paths[:2], paths[2]


def compared(files, method, params, seed=1):
    """Table `stability` of the maps of a method."""
    spectrograms, paths, shuffled = files
    explained = pd.DataFrame({"clip_id": CLIPS, "fold": [0, 1, 1]}).assign(
        seed=seed,
        true_emotion="sad",
        predicted_emotion="sad",
        correct=True,
        target="predicted_label",
        target_emotion="sad",
    )
    maps = explain.explain_table(explained, spectrograms, paths, method, params, CPU)
    maps = maps.assign(method=method)
    table = similarity.compare(
        *(maps, spectrograms, paths, shuffled, {method: params}, CORRECTED, 1, CPU)
    )
    tables.checked(table, "stability")
    return table
