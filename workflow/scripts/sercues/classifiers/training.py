"""Seeded, resumable training with a history, and prediction."""

import hashlib
import json
import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from sercues.audio import spectrograms
from sercues.classifiers import resnet
from sercues.classifiers.resnet import Classifier, ResNet
from sercues.core import files
from sercues.core.errors import InputError

log = logging.getLogger("sercues")

EVALUATION_BATCH = 64  # clips per forward pass; fixed, as it can change the last bits of results


def seed_everything(seed: int, threads: int) -> None:
    """Seed torch and fix its number of threads, which changes the last bits of sums."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    if not torch.cuda.is_available():
        return  # training on a CPU is deterministic anyway, and the switch takes two seconds
    torch.backends.cudnn.benchmark = False
    # needed by deterministic matrix products on a GPU
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    # only useful for debugging, and costs a seventh of the time
    torch.utils.deterministic.fill_uninitialized_memory = False


def shifted(decibel: Tensor, most: int, floor: float) -> Tensor:
    """Shift each clip of a batch of log-Mel spectrograms in time by up to `most` frames.

    Parameters
    ----------
    decibel : torch.Tensor
        Shape (batch, 1, n_mels, frames), dB.
    most : int
    floor : float
        dB of the frames added at the edges.
    """
    batch, frames = len(decibel), decibel.shape[-1]
    shift = torch.randint(-most, most + 1, (batch, 1), device=decibel.device)
    source = torch.arange(frames, device=decibel.device) - shift
    inside = ((source >= 0) & (source < frames))[:, None, None]
    index = source.clamp(0, frames - 1)[:, None, None].expand(decibel.shape)
    return torch.where(inside, decibel.gather(-1, index), floor)


class Trainer:
    """One training of the network on one fold with one seed.

    Parameters
    ----------
    log_mels : dict of numpy.ndarray
        'train' and 'validation': float32, shape (n_clips, n_mels, n_total), dB.
    emotions : dict of sequence of str
        True emotions of both parts.
    labels : list of str
        Order of the logits.
    training, front_end : dict
        Blocks of the protocol.
    seed : int
    mixed : bool
        Run the network in bfloat16 with float32 weights, if the device is fast at it.
    """

    def __init__(self, log_mels, emotions, labels, training, front_end, seed, mixed):
        self.settings, self.front_end, self.labels = training, front_end, labels
        self.device = resnet.device()
        self.mixed = mixed and resnet.fast_bfloat16(self.device)
        if mixed and not self.mixed:
            log.warning("%s has no instructions for bfloat16: training in float32", self.device)
        per_second = front_end["sample_rate"] / front_end["hop_length"]
        self.shift = round(training["time_shift_s"] * per_second)
        self.floor = -float(front_end["top_db"])
        self.inputs = {part: torch.from_numpy(x)[:, None] for part, x in log_mels.items()}
        index = {label: number for number, label in enumerate(labels)}
        self.targets = {
            part: torch.tensor([index[emotion] for emotion in values])
            for part, values in emotions.items()
        }
        network = ResNet(len(labels)).to(self.device, memory_format=torch.channels_last)
        self.network = network
        decay = training["ema_decay"]
        self.average = (
            AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
            if decay
            else None
        )
        self.loss = nn.CrossEntropyLoss(label_smoothing=training["label_smoothing"])
        self.steps = -(-len(self.targets["train"]) // training["batch_size"])
        self.optimizer = self._optimizer()
        self.schedule = self._schedule()
        self.history: list[dict] = []
        self.best: dict = {}
        self.identity = _digest([training, front_end, labels, seed, self.mixed], emotions, log_mels)

    def _optimizer(self):
        kind, rate, decay = (
            self.settings[key] for key in ("optimizer", "learning_rate", "weight_decay")
        )
        if kind == "adam":
            parameters = self.network.parameters()
            return torch.optim.Adam(parameters, rate, weight_decay=decay, amsgrad=True)
        return torch.optim.AdamW(self.network.parameters(), rate, weight_decay=decay)

    def _schedule(self):
        if self.settings["schedule"] == "plateau":
            return torch.optim.lr_scheduler.ReduceLROnPlateau(
                self.optimizer, mode="min", factor=0.4, patience=4
            )
        return torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            self.settings["learning_rate"],
            total_steps=self.settings["epochs"] * self.steps,
        )

    @property
    def evaluated(self) -> nn.Module:
        """The network that is evaluated and saved: the averaged one if there is one."""
        return self.average.module if self.average is not None else self.network

    def run(self, resume: Path | None = None) -> tuple[Classifier, pd.DataFrame]:
        """Train to the end, continuing from the file `resume` if it belongs to this training.

        Returns
        -------
        classifier : resnet.Classifier
            With the weights of the chosen epoch.
        history : pandas.DataFrame
            Table `history`.
        """
        if resume is not None:
            self._restore(resume)
        first, last = len(self.history), self.settings["epochs"]
        for epoch in tqdm(range(first, last), initial=first, total=last, desc="epochs"):
            self.history.append(self._epoch(epoch + 1))
            if resume is not None:
                self._store(resume)
        history = pd.DataFrame(self.history)
        history["chosen"] = history["epoch"] == self.best["epoch"]
        network = ResNet(len(self.labels))
        network.load_state_dict(self.best["weights"])
        return Classifier(network.eval(), self.labels, self.front_end), history

    def _epoch(self, epoch: int) -> dict:
        self.network.train()
        order = torch.randperm(len(self.targets["train"]))
        total = 0.0
        for rows in order.split(self.settings["batch_size"]):
            total += self._step(rows) * len(rows)
        logits = logits_of(self.evaluated, self.inputs["validation"], self.front_end, self.device)
        truth = self.targets["validation"]
        predicted = logits.argmax(1)
        row = {
            "epoch": epoch,
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "train_loss": total / len(order),
            "validation_loss": nn.functional.cross_entropy(logits, truth).item(),
            "validation_accuracy": (predicted == truth).float().mean().item(),
            "validation_uar": uar(truth.numpy(), predicted.numpy()),
        }
        if self.settings["schedule"] == "plateau":
            self.schedule.step(row["validation_loss"])
        by_loss = self.settings["checkpoint_metric"] == "loss"
        score = -row["validation_loss"] if by_loss else row["validation_uar"]
        if not np.isfinite(row["train_loss"]):
            raise InputError(
                f"training diverged in epoch {epoch}; lower training.learning_rate in the protocol."
            )
        if not self.best or score > self.best["score"]:
            weights = {k: v.cpu().clone() for k, v in self.evaluated.state_dict().items()}
            self.best = {"score": score, "epoch": epoch, "weights": weights}
        log.info("epoch %d: %s", epoch, {k: round(v, 4) for k, v in row.items() if k != "epoch"})
        return row

    def _step(self, rows: Tensor) -> float:
        batch = self.inputs["train"][rows].to(self.device)
        if self.shift:
            batch = shifted(batch, self.shift, self.floor)
        inputs = spectrograms.scale(batch, self.front_end).contiguous(
            memory_format=torch.channels_last
        )
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            loss = self.loss(self.network(inputs), self.targets["train"][rows].to(self.device))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        if self.settings["schedule"] != "plateau":
            self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        return loss.item()

    def _stateful(self) -> dict:
        stateful = {"network": self.network, "optimizer": self.optimizer, "schedule": self.schedule}
        return stateful | ({"average": self.average} if self.average is not None else {})

    def _store(self, path: Path) -> None:
        state = {name: item.state_dict() for name, item in self._stateful().items()}
        state |= {"identity": self.identity, "history": self.history, "best": self.best}
        state["random"] = torch.get_rng_state()
        if self.device.type == "cuda":
            state["random_cuda"] = torch.cuda.get_rng_state()
        with files.atomic_path(path) as part:
            torch.save(state, part)

    def _restore(self, path: Path) -> None:
        if not path.exists():
            return
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            log.warning("%s cannot be read (%s); training starts from scratch", path, error)
            return
        if not isinstance(state, dict) or state.get("identity") != self.identity:
            log.info("%s belongs to another training; training starts from scratch", path)
            return
        for name, item in self._stateful().items():
            item.load_state_dict(state[name])
        self.history, self.best = state["history"], state["best"]
        torch.set_rng_state(state["random"])
        if self.device.type == "cuda" and "random_cuda" in state:
            torch.cuda.set_rng_state(state["random_cuda"])
        log.info("training resumes after epoch %d of %s", len(self.history), path)


def shuffle_labels(log_mels: dict, truths: dict, seed: int) -> None:
    """Shuffle the emotions of the training clips, and use some of these clips for validation.

    The chosen epoch is then the one that fits the shuffled labels best (Adebayo et al. 2018, arXiv
    1810.03292).

    Parameters
    ----------
    log_mels, truths : dict
        As `Trainer` takes them; changed in place.
    seed : int
    """
    order = np.random.default_rng(seed).permutation(len(truths["train"]))
    truths["train"] = [truths["train"][index] for index in order]
    count = len(truths["validation"])
    for values in (log_mels, truths):
        values["validation"] = values["train"][:count]


def _digest(choices: list, emotions, log_mels) -> str:
    """Digest that identifies a training: settings, labels, seed, precision and data."""
    digest = hashlib.sha256(json.dumps(choices, sort_keys=True).encode())
    for part in sorted(log_mels):
        digest.update("".join(emotions[part]).encode())
        digest.update(np.ascontiguousarray(log_mels[part]).data)
    return digest.hexdigest()


@torch.inference_mode()
def logits_of(network: nn.Module, decibel: Tensor, front_end: dict, device) -> Tensor:
    """Logits, on the CPU, of spectrograms in dB of shape (n_clips, 1, n_mels, frames)."""
    network.eval()
    batches = [
        network(
            spectrograms.scale(batch.to(device), front_end).contiguous(
                memory_format=torch.channels_last
            )
        )
        .float()
        .cpu()
        for batch in decibel.split(EVALUATION_BATCH)
    ]
    return torch.cat(batches)


def predict(classifier: Classifier, log_mels: np.ndarray) -> np.ndarray:
    """Logits of `log_mels` (n_clips, n_mels, n_total), dB; float32, shape (n_clips, n_labels)."""
    device = resnet.device()
    network = classifier.network.to(device, memory_format=torch.channels_last)
    inputs = torch.from_numpy(log_mels)[:, None]
    return logits_of(network, inputs, classifier.front_end, device).numpy()


def uar(truth, predicted) -> float:
    """Unweighted average recall over the classes in `truth`."""
    # imported here, as it takes two seconds and prediction does not need it
    from sklearn.metrics import recall_score

    return float(recall_score(truth, predicted, average="macro", labels=np.unique(truth)))
