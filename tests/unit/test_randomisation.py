"""Maps against those of networks that forgot what they learned."""

import numpy as np
import pandas as pd
import pytest
import torch

from sercues import models, randomisation, saliency, tables

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = (16, 60)
LABELS = ["angry", "sad"]
FRONT_END = {"top_db": 80, "scale": [-40.0, 20.0]}
WINDOWS = {"window_frames": 5, "k": 3, "positive_only": True, "inside_speech": True}
GRID = np.column_stack([np.arange(10, 50, 5), np.arange(15, 55, 5)])


@pytest.fixture
def network():
    torch.manual_seed(1)
    return models.ResNet(len(LABELS)).eval()


def test_ever_more_layers_are_new_and_the_others_stay(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    new = set()
    for stage, other in randomisation.forgetful(network, seed=3):
        new.add(stage)
        for name, value in other.state_dict().items():
            layer = name.split(".")[0]
            if name.endswith("weight") and "bn" not in name:
                assert torch.equal(value, before[name]) == (layer not in new)
    assert new == set(randomisation.STAGES)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_same_seed_gives_the_same_networks(network):
    one, again, other = (
        [model.fc.weight.sum().item() for _, model in randomisation.forgetful(network, seed)]
        for seed in (3, 3, 4)
    )
    assert one == again != other


def test_similarity_of_equal_opposite_and_constant_maps():
    rng = np.random.default_rng(2)
    relevance = rng.random(SIZE)
    same = randomisation.similarity(relevance, relevance, GRID, 3, True)
    assert same == pytest.approx({"cells": 1, "windows": 1, "overlap": 1})
    opposite = randomisation.similarity(relevance, 1 - relevance, GRID, 3, True)
    assert opposite["cells"] == pytest.approx(-1) and opposite["windows"] == pytest.approx(-1)
    constant = randomisation.similarity(relevance, np.ones(SIZE), GRID, 3, True)
    assert np.isnan(constant["cells"]) and np.isnan(constant["windows"])


def test_what_ignores_the_network_stays_and_what_explains_it_changes(network, tmp_path):
    path = tmp_path / "fold0" / "seed1" / "model.pt"
    models.save(models.Classifier(network, LABELS, FRONT_END), path)
    rng = np.random.default_rng(4)
    clips = [f"clip{index}" for index in range(3)]
    spectrograms = pd.DataFrame(
        {
            "clip_id": clips,
            "log_mel": [rng.uniform(-80, 0, SIZE).astype(np.float32).ravel() for _ in clips],
            "n_mels": SIZE[0],
            "n_total": SIZE[1],
            "n_frames": SIZE[1],
            "start_s": 0.0,
            "speech_start_frame": 10,
            "speech_end_frame": 50,
            "speech_start_s": 0.15,
            "speech_end_s": 0.75,
            "frame_step_s": 0.015,
        }
    )
    tables.write(spectrograms, tmp_path / "spectrograms.parquet", "spectrograms")
    explained = pd.DataFrame({"clip_id": clips}).assign(
        fold=0, seed=1, true="sad", predicted="sad", correct=True, target_kind="predicted"
    )
    explained["target"] = "sad"
    files = (tmp_path / "spectrograms.parquet", [path])
    found = {}
    for method, params in (("energy", {}), ("gradcam", {"layer": "block2"})):
        place = (method, params)
        maps = saliency.explain_table(explained, *files, *place, torch.device("cpu"))
        table = randomisation.compare_maps(maps, *files, *place, WINDOWS, 1, torch.device("cpu"))
        tables.checked(table, "randomisation")
        assert len(table) == len(clips) * len(randomisation.STAGES)
        found[method] = table[table["stage"] == "conv1"]
    assert (found["energy"][["cells", "windows", "overlap"]] == 1).all(axis=None)
    assert found["gradcam"]["cells"].fillna(0).abs().max() < 0.9
