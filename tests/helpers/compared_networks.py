"""Networks, and maps that are compared among them."""

import numpy as np
import pandas as pd
import torch

from sercues.classifiers import resnet
from sercues.core import tables
from sercues.evaluation import similarity
from sercues.saliency import explain

SIZE = (16, 120)
STEP_S = 0.015
LABELS = ["angry", "sad"]
FRONT_END = {"top_db": 80, "normalisation": {"mean": -40.0, "std": 20.0}}
WINDOWS = {"window_frames": 10, "k": 5, "positive_only": True, "inside_speech": True}
CLIPS = [f"clip{index}" for index in range(3)]


def written(folder):
    """Spectrograms, models of two folds, and one that was trained on randomised labels, as files."""
    torch.manual_seed(1)
    paths = [
        folder / f"{name}/seed1/model.pt"
        for name in ("fold0", "fold1", "controls/randomised_labels/fold0")
    ]
    for path in paths:
        network = resnet.ResNet(len(LABELS)).eval()
        resnet.save(resnet.Classifier(network, LABELS, FRONT_END), path)
    rng = np.random.default_rng(4)
    clips = pd.DataFrame({"clip_id": CLIPS})
    clips["log_mel"] = [rng.uniform(-80, 0, SIZE).astype(np.float32).ravel() for _ in CLIPS]
    size = {"n_mels": SIZE[0], "n_total": SIZE[1], "n_frames": SIZE[1]}
    speech = {"speech_start_frame": 10, "speech_end_frame": 110}
    seconds = {"start_s": 0.0, "speech_start_s": 0.15, "speech_end_s": 1.65}
    clips = clips.assign(**size, **speech, **seconds, frame_step_s=STEP_S)
    tables.write(clips, folder / "spectrograms.parquet", "spectrograms")
    return folder / "spectrograms.parquet", paths[:2], paths[2]


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
    cpu = torch.device("cpu")
    maps = explain.explain_table(explained, spectrograms, paths, method, params, cpu)
    maps = maps.assign(method=method)
    table = similarity.compare(
        *(maps, spectrograms, paths, shuffled, {method: params}, WINDOWS, 1, cpu)
    )
    tables.checked(table, "stability")
    return table
