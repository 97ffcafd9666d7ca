"""Networks with random weights, and all that the saliency methods ask of a clip."""

import pandas as pd
import torch
from torch import nn

from made_networks import CPU, saved, written_noise
from sercues.classifiers import resnet
from sercues.core import tables
from sercues.saliency import explain

SIZE = (16, 24)
LABELS = ["angry", "happy", "sad"]
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
    networks = [random_network(fold) for fold in (0, 1)]
    paths = [
        saved(network, LABELS, folder / f"fold{fold}/seed1/model.pt")
        for fold, network in enumerate(networks)
    ]
    spectrograms = written_noise([f"clip{index}" for index in range(7)], SIZE, folder)
    rows = []
    for index, clip in enumerate(tables.read(spectrograms)[:5].itertuples()):
        fold = index % 2
        log_mel = torch.tensor(clip.log_mel.reshape(1, 1, *SIZE))
        predicted = LABELS[networks[fold]((log_mel + 40) / 20).argmax()]
        for kind, target in (("predicted_label", predicted), ("true_label", "sad")):
            rows.append((clip.clip_id, fold, 1, "sad", predicted, predicted == "sad", kind, target))
    explained = pd.DataFrame(rows, columns=tables.columns("explained"))
    return explained, spectrograms, paths


def explain_files(results, method, explained=None, together=None):
    """Table `saliency` of the clips in `results`, by a method."""
    rows, spectrograms, paths = results
    rows = rows if explained is None else explained
    given = (spectrograms, paths, method, PARAMS[method], CPU)
    return explain.explain_table(rows, *given, together)
