"""Seconds per epoch of training: the workflow's loop against the plain one.

    python performance/training.py [--clips N] [--threads N]

The plain loop is what tutorials show: a `Dataset` of arrays, a `DataLoader`, the default memory layout.
The workflow's keeps the clips in memory as one tensor and the network in channels_last; with `precision:
bfloat16`, where the processor has instructions for it, also the passes in bfloat16. All train the paper's
network on the same random clips in the same order, without shifts; over the first epoch their mean
loss is the same up to rounding, which later epochs amplify. Prints the loops and, last, one line of JSON:
`ratio` of the plain loop's time to the workflow's, and `ratio_bfloat16`, null where there is none.
"""

import argparse
import json
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sercues.audio import spectrograms
from sercues.classifiers import resnet, training
from sercues.core import schemas

PROTOCOLS = Path(__file__).resolve().parents[1] / "config" / "protocols"
ROUNDS = 5  # the best one counts: noise can only add
LABELS = ["angry", "disgust", "fear", "happy", "neutral", "sad"]


class Clips(Dataset):
    """Spectrograms in dB as arrays, scaled when they are asked for."""

    def __init__(self, log_mels, targets, front_end):
        self.log_mels, self.targets, self.front_end = log_mels, targets, front_end

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        scaled = spectrograms.scale(self.log_mels[index], self.front_end)
        return torch.as_tensor(scaled)[None], self.targets[index]


def plain_epoch(network, optimizer, loss_of, loader) -> float:
    """One pass over the clips as tutorials write it; the mean loss."""
    total = 0.0
    for inputs, targets in loader:
        loss = loss_of(network(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(targets)
    return total / len(loader.dataset)


def own_epoch(trainer, order) -> float:
    """One pass over the clips by the workflow's step; the mean loss."""
    rows = order.split(trainer.settings["batch_size"])
    return sum(trainer._step(part) * len(part) for part in rows) / len(order)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=256, help="clips of an epoch (256)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    protocol = schemas.read_yaml(PROTOCOLS / "corrected.yaml")
    recipe, front_end = protocol["training"], protocol["front_end"]
    recipe |= {"ema_decay": 0, "schedule": "plateau", "label_smoothing": 0, "time_shift_s": 0}

    rng = np.random.default_rng(0)
    log_mels = rng.uniform(-80, 0, (options.clips, 128, 201)).astype(np.float32)
    emotions = [LABELS[index % len(LABELS)] for index in range(options.clips)]
    parts = {"train": log_mels, "validation": log_mels[:8]}
    known = {"train": emotions, "validation": emotions[:8]}
    torch.manual_seed(0)
    network = resnet.ResNet(len(LABELS))
    # without dropout all loops see the same network
    network.dropout.p = 0.0
    trainers = {}
    for name, mixed in (("float32", False), ("bfloat16", True)):
        trainer = training.Trainer(parts, known, LABELS, recipe, front_end, seed=0, mixed=mixed)
        if trainer.mixed == mixed:
            trainer.network.load_state_dict(network.state_dict())
            trainer.network.dropout.p = 0.0
            trainers[f"workflow, {name}"] = trainer
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe["learning_rate"], weight_decay=recipe["weight_decay"]
    )
    clips = Clips(log_mels, trainers["workflow, float32"].targets["train"], front_end)
    loader = DataLoader(clips, batch_size=recipe["batch_size"])
    order = torch.arange(options.clips)

    loops = {"plain": partial(plain_epoch, network, optimizer, nn.CrossEntropyLoss(), loader)}
    loops |= {name: partial(own_epoch, trainer, order) for name, trainer in trainers.items()}
    seconds, losses = {name: [] for name in loops}, {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, epoch in loops.items():
            start = time.perf_counter()
            losses[name].append(epoch())
            seconds[name].append(time.perf_counter() - start)

    print(f"{options.clips} clips, batches of {recipe['batch_size']}, {options.threads} threads\n")
    print("| loop | seconds per epoch | mean loss of the first epoch |")
    print("|---|---:|---:|")
    for name, values in seconds.items():
        print(f"| {name} | {min(values):.2f} | {losses[name][0]:.5f} |")
    best = {name: min(values) for name, values in seconds.items()}
    names = {"ratio": "workflow, float32", "ratio_bfloat16": "workflow, bfloat16"}
    found = {
        key: round(best["plain"] / best[name], 2) if name in best else None
        for key, name in names.items()
    }
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
