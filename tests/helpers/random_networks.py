"""Networks with random weights, and all that the saliency methods ask of a clip."""

import numpy as np
import pandas as pd
import torch
from torch import nn

from sercues.classifiers import resnet
from sercues.core import tables
from sercues.saliency import explain

SIZE = (16, 24)
LABELS = ["angry", "happy", "sad"]
FRONT_END = {"top_db": 80, "normalisation": {"mean": -40.0, "std": 20.0}}
OCCLUSION = {"patch": [4, 6], "stride": [4, 3], "fill": "floor"}
CRP = {"layer": "block2", "concepts": 5, "channel": None, "condition": "class"}
PARAMS = {
    "occlusion": OCCLUSION,
    "crp": CRP,
    "gradcam": {"layer": "block2"},
    "integrated_gradients": {"steps": 20, "fill": "floor"},
    "lime": {"time_bins": 6, "masks": 40, "fill": "floor"},
    "energy": {},
    "random": {},
}


def random_network(seed: int) -> resnet.ResNet:
    """The paper's network with random weights and, as after training, random normalisation."""
    torch.manual_seed(seed)
    network = resnet.ResNet(len(LABELS))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.3, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
    return network.eval()


def linear_network() -> nn.Sequential:
    """A network of one linear layer with random weights."""
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(SIZE[0] * SIZE[1], 3)).eval()


def written(folder):
    """Explained clips, their spectrograms and the models of two folds, as files."""
    paths = []
    for fold in (0, 1):
        paths.append(folder / f"fold{fold}" / "seed1" / "model.pt")
        resnet.save(resnet.Classifier(random_network(fold), LABELS, FRONT_END), paths[-1])
    rng = np.random.default_rng(5)
    clips = [f"clip{index}" for index in range(7)]
    log_mels = [rng.uniform(-80, 0, SIZE).astype(np.float32) for _ in clips]
    spectrograms = pd.DataFrame(
        {
            "clip_id": clips,
            "log_mel": [log_mel.ravel() for log_mel in log_mels],
            "n_mels": SIZE[0],
            "n_total": SIZE[1],
            "n_frames": SIZE[1],
            "start_s": 0.0,
            "speech_start_frame": 0,
            "speech_end_frame": SIZE[1],
            "speech_start_s": 0.0,
            "speech_end_s": 0.36,
            "frame_step_s": 0.015,
        }
    )
    tables.write(spectrograms, folder / "spectrograms.parquet", "spectrograms")
    rows = []
    for index, (clip, log_mel) in enumerate(zip(clips[:5], log_mels, strict=False)):
        fold = index % 2
        network = random_network(fold)
        predicted = LABELS[network(torch.tensor(log_mel + 40)[None, None] / 20).argmax()]
        for kind, target in (("predicted_label", predicted), ("true_label", "sad")):
            rows.append((clip, fold, 1, "sad", predicted, predicted == "sad", kind, target))
    explained = pd.DataFrame(rows, columns=tables.columns("explained"))
    return explained, folder / "spectrograms.parquet", paths


def explain_files(results, method, explained=None, together=None):
    """Table `saliency` of the clips in `results`, by a method."""
    rows, spectrograms, paths = results
    rows = rows if explained is None else explained
    given = (spectrograms, paths, method, PARAMS[method], torch.device("cpu"))
    return explain.explain_table(rows, *given, together)
