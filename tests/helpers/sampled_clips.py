"""A small corpus explained on a sample, for the tests of methods that are only compared."""

import numpy as np
import pandas as pd
import torch

from sercues.classifiers import resnet
from sercues.core import tables
from sercues.cues import descriptors
from sercues.saliency import explain

SIZE = (16, 120)
STEP_S = 0.015
LABELS = ["angry", "neutral", "sad"]
FRONT_END = {"top_db": 80, "normalisation": {"mean": -40.0, "std": 20.0}}
PARTS = {
    "occlusion": {"patch": [8, 20], "stride": [8, 20], "fill": "floor"},
    "crp": {"layer": "block2", "concepts": 5, "channel": None, "condition": "class"},
}
CLIPS = [f"{who}_{what}{take}" for who in "ab" for what in LABELS for take in (1, 2)]
CPU = torch.device("cpu")


def explained():
    """Two speakers, a fold each; the second clip of an emotion but neutral is misclassified."""
    table = pd.DataFrame({"clip_id": CLIPS})
    true = table["clip_id"].str.extract(r"_([a-z]+)")[0]
    wrong = table["clip_id"].str.endswith("2") & (true != "neutral")
    predicted = true.mask(wrong, true.map({"angry": "sad", "sad": "angry"}))
    return table.assign(
        fold=(table["clip_id"].str[0] == "b").astype(int),
        seed=1,
        true_emotion=true,
        predicted_emotion=predicted,
        correct=~wrong,
        target="predicted_label",
        target_emotion=predicted,
    )


def speakers():
    """Table `manifest`, only who speaks in which clip."""
    return pd.DataFrame({"clip_id": CLIPS, "speaker": [clip[0] for clip in CLIPS]})


def model(path, seed):
    """A file with a network of random weights; its path."""
    torch.manual_seed(seed)
    resnet.save(resnet.Classifier(resnet.ResNet(len(LABELS)).eval(), LABELS, FRONT_END), path)
    return path


def fill(folder):
    """Write the tables and networks of a small corpus."""
    tables.write(explained(), folder / "explained.parquet", "explained")
    speakers().to_parquet(folder / "manifest.parquet")
    rng = np.random.default_rng(4)
    clips = pd.DataFrame({"clip_id": CLIPS}).assign(
        log_mel=[rng.uniform(-80, 0, SIZE).astype(np.float32).ravel() for _ in CLIPS],
        n_mels=SIZE[0],
        n_total=SIZE[1],
        n_frames=SIZE[1],
        speech_start_frame=10,
        speech_end_frame=110,
        start_s=0.0,
        speech_start_s=0.15,
        speech_end_s=1.65,
        frame_step_s=STEP_S,
    )
    tables.write(clips, folder / "spectrograms.parquet", "spectrograms")
    heard = pd.DataFrame(
        [(clip, frame) for clip in CLIPS for frame in range(180)], columns=["clip_id", "frame"]
    ).assign(time_s=lambda table: 0.01 * table["frame"] + 0.005, voiced=True)
    heard[descriptors.names()] = rng.uniform(1, 2, (len(heard), len(descriptors.names()))).astype(
        np.float32
    )
    tables.write(heard, folder / "descriptors.parquet", "descriptors")
    networks = [model(folder / f"fold{fold}/seed1/model.pt", fold) for fold in (0, 1)]
    for method, params in PARTS.items():
        given = (explained(), folder / "spectrograms.parquet", networks, method, params, CPU)
        tables.write(explain.explain_table(*given), folder / f"{method}.parquet", "saliency")
