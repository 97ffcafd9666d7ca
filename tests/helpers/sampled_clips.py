"""A small corpus explained on a sample, for the tests of methods that are only compared."""

import numpy as np
import pandas as pd
import torch

from made_networks import CPU, saved, written_noise
from sercues.classifiers import resnet
from sercues.core import tables
from sercues.cues import descriptors
from sercues.saliency import explain

SIZE = (16, 120)
LABELS = ["angry", "neutral", "sad"]
PARTS = {
    "occlusion": {"patch": [8, 20], "stride": [8, 20], "fill": "floor"},
    "crp": {"layer": "block2", "concepts": 5, "channel": None, "condition": "class"},
}
CLIPS = [f"{who}_{what}{take}" for who in "ab" for what in LABELS for take in (1, 2)]


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
    return saved(resnet.ResNet(len(LABELS)).eval(), LABELS, path)


def fill(folder):
    """Write the tables and networks of a small corpus."""
    tables.write(explained(), folder / "explained.parquet", "explained")
    speakers().to_parquet(folder / "manifest.parquet")
    spectrograms = written_noise(CLIPS, SIZE, folder, speech=(10, 110))
    heard = pd.DataFrame(
        [(clip, frame) for clip in CLIPS for frame in range(180)], columns=["clip_id", "frame"]
    ).assign(time_s=lambda table: 0.01 * table["frame"] + 0.005, voiced=True)
    names = descriptors.names()
    values = np.random.default_rng(4).uniform(1, 2, (len(heard), len(names)))
    heard[names] = values.astype(np.float32)
    tables.write(heard, folder / "descriptors.parquet", "descriptors")
    networks = [model(folder / f"fold{fold}/seed1/model.pt", fold) for fold in (0, 1)]
    for method, params in PARTS.items():
        given = (explained(), spectrograms, networks, method, params, CPU)
        tables.write(explain.explain_table(*given), folder / f"{method}.parquet", "saliency")
