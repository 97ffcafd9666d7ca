"""Bad input stops early with one sentence, or is a row with a reason."""

import numpy as np
import pytest
import soundfile
import yaml

from sercues.core import tables

RATE = 16000


def voice(seed, seconds=0.8, rate=RATE):
    """A short buzz, different for every seed."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    buzz = sum(
        np.sin(2 * np.pi * (110 + seed) * n * time + rng.uniform(0, 6)) / n for n in range(1, 9)
    )
    return 0.1 * buzz * np.hanning(len(time))


def write_config(checkout, **changes):
    (checkout.folder / "mine.yaml").write_text(yaml.safe_dump(changes))
    return "--configfile", "mine.yaml"


@pytest.fixture
def messy(tmp_path):
    """A folder in CREMA-D's layout with every kind of trouble in it."""
    folder = tmp_path / "messy"
    folder.mkdir()
    for number, emotion in enumerate(["ANG", "HAP", "SAD", "NEU"] * 10):
        name = f"{1001 + number // 4}_DFA_{emotion}_XX.wav"
        soundfile.write(folder / name, voice(number), RATE)
    whole = (folder / "1001_DFA_ANG_XX.wav").read_bytes()
    (folder / "1001_IEO_SAD_LO.wav").write_bytes(whole[: len(whole) // 2])
    (folder / "1002_IEO_SAD_LO.wav").write_text("this is a text file")
    (folder / "1003_IEO_SAD_LO.wav").write_bytes(b"")
    soundfile.write(folder / "1004_IEO_SAD_LO.wav", voice(91, rate=96000), 96000)
    soundfile.write(folder / "1005_IEO_SAD_LO.wav", np.stack([voice(92), voice(93)], 1), RATE)
    (folder / "copy").mkdir()
    (folder / "copy" / "1001_DFA_ANG_XX.wav").write_bytes(whole)
    soundfile.write(folder / "nobody knows.wav", voice(94), RATE)
    return folder


def test_a_messy_corpus_runs_with_reasons_in_its_manifest(checkout, messy):
    overlay = write_config(
        checkout, corpora=[{"name": "crema_d", "path": str(messy)}], excluded_limit=0.2
    )
    result = checkout.run("manifests", *overlay)
    assert result.returncode == 0, result.stdout
    manifest = tables.read(checkout.folder / "results/crema_d/manifest.parquet").set_index(
        "clip_id"
    )
    excluded = manifest[manifest["excluded"]]["reason"].str.split(":").str[0].to_dict()
    assert excluded == {
        "1001_IEO_SAD_LO": "truncated",
        "1002_IEO_SAD_LO": "unreadable",
        "1003_IEO_SAD_LO": "empty",
        "1001_DFA_ANG_XX~2": "second copy",
        "nobody knows": "name not understood",
    }
    assert manifest.loc["1004_IEO_SAD_LO", "sample_rate"] == 96000
    assert manifest.loc["1005_IEO_SAD_LO", "channels"] == 2


@pytest.mark.long
def test_a_messy_corpus_runs_to_the_end(checkout, messy):
    overlay = write_config(
        checkout,
        corpora=[{"name": "crema_d", "path": str(messy)}],
        excluded_limit=0.2,
        emotions=["angry", "happy", "sad", "neutral"],
        shards=1,
        random_draws=5,
        bootstrap_draws=200,
        overrides={
            "all": {
                "training": {"epochs": 1, "batch_size": 16},
                "occlusion": {"patch": [16, 20], "stride": [16, 20]},
            },
            "corrected": {"split": {"folds": 2}},
            "emolime": {"split": {"folds": 2}, "bands": {"n_bands": 4}},
        },
        emolime={"classifiers": ["resnet", "egemaps"], "clips": 2, "examples": 1},
    )
    result = checkout.run(*overlay)
    assert result.returncode == 0, result.stdout[-8000:]
    results = checkout.folder / "results"
    used = set(tables.read(results / "crema_d/corrected/predictions.parquet")["clip_id"])
    assert {"1004_IEO_SAD_LO", "1005_IEO_SAD_LO"} <= used and len(used) == 42
    two = tables.read(results / "tables/table2.parquet")
    three = tables.read(results / "tables/table3.parquet")
    assert set(two["protocol"]) | set(three["protocol"]) == {"corrected", "published"}
    assert two["n_clips"].sum() + three["n_clips"].sum() > 0


def test_too_much_trouble_stops_and_says_what(checkout, messy):
    overlay = write_config(checkout, corpora=[{"name": "crema_d", "path": str(messy)}])
    result = checkout.run("manifests", *overlay)
    assert result.returncode != 0
    sentence = next(line for line in result.stdout.splitlines() if line.startswith("salient-cues:"))
    assert "excluded_limit" in sentence and "crema_d" in sentence


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"shard": 3}, ["shard", "shards"]),
        ({"sample": {"correct": 0}}, ["sample.correct", "at least 1"]),
        ({"protocols": ["corected"]}, ["corected", "corrected"]),
        ({"corpora": [{"name": "tess", "path": "nowhere/to/be/found"}]}, ["tess", "nowhere"]),
        ({"corpora": [{"name": "tess"}, {"name": "tess"}]}, ["tess", "second time"]),
    ],
)
def test_a_wrong_key_or_value_is_told_in_one_sentence(checkout, changes, words):
    result = checkout.run("--dry-run", *write_config(checkout, **changes))
    assert result.returncode != 0
    assert any(all(word in line for word in words) for line in result.stdout.splitlines())
    assert "Traceback" not in result.stdout


def test_without_network_and_path_both_remedies_are_named(checkout, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    result = checkout.run("manifests", *write_config(checkout, corpora=[{"name": "tess"}]))
    assert result.returncode != 0
    sentence = next(line for line in result.stdout.splitlines() if line.startswith("salient-cues:"))
    assert "path:" in sentence and "network" in sentence and "make demo" in sentence
    assert not (checkout.folder / "resources/tess").exists()
