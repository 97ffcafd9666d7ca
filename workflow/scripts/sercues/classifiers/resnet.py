"""The paper's network, and reading and writing of trained classifiers."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from zennit.layer import Sum

from sercues.core import files
from sercues.core.errors import InputError, refusing

# The paper's seven outputs in order (label ids 0 to 6 of its code).
SEVEN = ("fear", "neutral", "happy", "angry", "disgust", "surprise", "sad")


class Add(Sum):
    """Addition of two branches as a module for relevance rules, without zennit's stacking."""

    def forward(self, main: Tensor, shortcut: Tensor) -> Tensor:
        return main + shortcut


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with a 1×1 shortcut without normalisation.

    Canonizers that pair layers by order need each normalisation registered after its convolution;
    the addition is a module so that relevance is shared between the branches.
    """

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.shortcut = nn.Conv2d(n_in, n_out, 1, stride, bias=False)
        self.add = Add()
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        main = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(self.add(main, self.shortcut(x)))


class ResNet(nn.Module):
    """The network of arXiv 2511.11691: 290,023 parameters with seven outputs.

    Input (batch, 1, n_mels, frames), the scaled log-Mel spectrogram; output (batch, n_outputs)
    logits. Any number of mel bands and frames from 16.
    """

    def __init__(self, n_outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.relu1 = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.block1 = ResidualBlock(32, 64, stride=1)
        self.block2 = ResidualBlock(64, 128, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(128, n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu1(self.bn1(self.conv1(x))))
        x = self.block2(self.block1(x))
        return self.fc(self.dropout(self.flatten(self.pool(x))))


@dataclass
class Classifier:
    """A trained network with everything needed to use it.

    Attributes
    ----------
    network : torch.nn.Module
        In eval mode, on the CPU.
    labels : list of str
        Emotion of each logit.
    front_end : dict
        The protocol's `front_end` block used in training.
    """

    network: nn.Module
    labels: list[str]
    front_end: dict


def label_order(outputs: str, emotions) -> list[str]:
    """Order of the logits: the paper's seven, or the corpus's emotions in alphabetical order.

    Raises
    ------
    InputError
        An emotion is not among the paper's seven.
    """
    if outputs == "corpus":
        return sorted(set(emotions))
    if others := sorted(set(emotions) - set(SEVEN)):
        raise InputError(
            f"classifier.outputs 'seven' has no place for {', '.join(others)}; set it to 'corpus'."
        )
    return list(SEVEN)


def device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fast_bfloat16(where: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products."""
    return where.type == "cuda" or (
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


def reproducible_device() -> torch.device:
    """`device`, with torch set up for bitwise equal results in every job on this machine."""
    torch.set_num_threads(1)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = False
    return device()


def save(classifier: Classifier, path) -> None:
    """Write weights, label order and front end to `path`, atomically."""
    state = {
        key: value.cpu().contiguous() for key, value in classifier.network.state_dict().items()
    }
    content = {
        "weights": state,
        "labels": [str(label) for label in classifier.labels],
        "front_end": classifier.front_end,
    }
    with files.atomic_path(path) as part:
        torch.save(content, part)


def load(path) -> Classifier:
    """Read a classifier written by `save`; code in the file is never run.

    Raises
    ------
    InputError
        The file is truncated, has other contents, or holds more than tensors and plain values.
    """
    with refusing(path, "is not a model this workflow wrote"):
        content = torch.load(path, map_location="cpu", weights_only=True)
        network = ResNet(len(content["labels"]))
        network.load_state_dict(content["weights"])
        front_end = dict(content["front_end"])
    return Classifier(network.eval(), list(content["labels"]), front_end)
