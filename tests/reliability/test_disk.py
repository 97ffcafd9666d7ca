"""A full disk, folders that may not be written to, a corpus that may only be read, two runs at once."""

import errno
import subprocess

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

from running import Run
from sercues.audio import signal
from sercues.classifiers import linear_svm, resnet
from sercues.core import files, job, tables
from sercues.core.errors import disk_is_full
from sercues.figures import style
from small_configs import SMALL


@pytest.fixture
def disk(tmp_path):
    """Maker of a folder that is a disk of its own; skips where that is not allowed."""
    mounted = []

    def make(size: str, folder=None):
        folder = folder or tmp_path / "disk"
        folder.mkdir(exist_ok=True, parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            pytest.skip(f"no disk can be mounted here: {result.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def history(rows: int) -> pd.DataFrame:
    """A table `history` that does not compress well."""
    rng = np.random.default_rng(0)
    columns = ("learning_rate", "train_loss", "validation_loss")
    return pd.DataFrame(
        {"epoch": np.arange(rows)}
        | {name: rng.random(rows) for name in columns}
        | {"validation_accuracy": 0.5, "validation_uar": 0.5, "chosen": False}
    )


def write_pieces(path):
    with tables.writing(path, "history") as append:
        for start in range(0, 50000, 5000):
            append(history(50000).iloc[start : start + 5000])


def write_model(path):
    resnet.save(resnet.Classifier(resnet.ResNet(3), ["a", "b", "c"], {}), path)


def write_heads(path):
    arrays = [np.random.default_rng(0).random(9000) for _ in range(6)]
    linear_svm.save({0: linear_svm.Head(np.array(["a"]), *arrays)}, path)


def write_figure(path):
    figure, axes = plt.subplots()
    axes.imshow(np.random.default_rng(0).random((300, 300)))
    style.save(figure, path)
    plt.close(figure)


WRITERS = {
    "table.parquet": lambda path: tables.write(history(50000), path, "history"),
    "table.csv": lambda path: tables.write(history(50000), path, "history"),
    "pieces.parquet": write_pieces,
    "page.html": lambda path: files.write_text("x" * 200000, path),
    "model.pt": write_model,
    "heads.npz": write_heads,
    "figure.png": write_figure,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_called_so_and_the_old_file_survives(disk, name):
    folder = disk("64k")
    path = folder / name
    path.write_bytes(b"old")
    with pytest.raises(OSError) as caught:
        WRITERS[name](path)
    assert caught.value.errno == errno.ENOSPC and disk_is_full(caught.value, folder)
    assert path.read_bytes() == b"old" and list(folder.iterdir()) == [path]
    remount(folder, "size=16m")
    WRITERS[name](path)
    assert path.stat().st_size > 2**16 and list(folder.iterdir()) == [path]


def test_a_sound_that_does_not_fit_means_a_full_disk(disk):
    folder = disk("64k")
    with pytest.raises(RuntimeError) as caught:
        signal.write(np.zeros(100000), 16000, folder / "a.wav")
    assert disk_is_full(caught.value, folder)


def test_other_errors_are_no_full_disk(tmp_path, disk):
    assert not disk_is_full(RuntimeError("shape"), tmp_path)
    assert not disk_is_full(OSError(errno.EACCES, "x"), tmp_path)
    assert not disk_is_full(ValueError("value"), disk("64k"))
    with pytest.raises(RuntimeError, match="mine"), files.atomic_path(tmp_path / "a"):
        raise RuntimeError("mine")


# --- whole runs ---------------------------------------------------------------------------------


def sentence(result) -> str:
    """The one sentence that a failed run prints."""
    found = [line for line in result.stdout.splitlines() if line.startswith("salient-cues:")]
    assert result.returncode != 0 and len(set(found)) == 1, result.stdout[-4000:]
    return found[0]


@pytest.fixture
def small(checkout):
    """A checkout with a small corpus."""
    (checkout.folder / "small.yaml").write_text(yaml.safe_dump(SMALL))
    return checkout


OPTIONS = ("manifests", "--configfile", "small.yaml")


@pytest.mark.long
@pytest.mark.parametrize("place", ["resources", "results"])
def test_a_run_on_a_full_disk_stops_with_the_remedy_and_goes_on_with_room(small, disk, place):
    folder = disk("64k", small.folder / place)
    if place == "results":  # for the corpus of this size the manifest alone would fit
        (folder / "filled").write_bytes(b"\0" * 60 * 1024)
    assert "The disk is full; free some space and run the same command again." in sentence(
        small.run(*OPTIONS)
    )
    remount(folder, "size=64m")
    result = small.run(*OPTIONS)
    assert result.returncode == 0, result.stdout[-4000:]
    assert len(tables.read(small.folder / "results/synthetic/manifest.parquet")) > 20


@pytest.mark.long
def test_results_that_may_not_be_written_are_named(small, disk):
    folder = disk("64m", small.folder / "results")
    remount(folder, "ro")
    result = small.run(*OPTIONS)
    assert result.returncode != 0 and "results/synthetic" in result.stdout
    assert "Read-only file system" in result.stdout and "Traceback" not in result.stdout
    remount(folder, "rw")
    (folder / "synthetic").mkdir()
    assert small.run(*OPTIONS).returncode == 0
    # a job that is run again within such a folder
    remount(folder, "ro")
    result = small.run(*OPTIONS, "--forcerun", "build_manifest")
    assert result.returncode != 0 and "Write-protected output files" in result.stdout
    assert "results/synthetic/manifest.parquet" in result.stdout
    assert "Traceback" not in result.stdout
    assert len(tables.read(folder / "synthetic/manifest.parquet")) > 20


@pytest.mark.long
def test_a_corpus_that_may_only_be_read_is_enough(checkout, disk, tmp_path):
    corpus = disk("8m", tmp_path / "corpus")
    rng = np.random.default_rng(0)
    for number in range(8):
        name = f"{1001 + number // 2}_DFA_{('ANG', 'SAD')[number % 2]}_XX.wav"
        soundfile.write(corpus / name, 0.1 * rng.standard_normal(16000), 16000)
    remount(corpus, "ro")
    (checkout.folder / "small.yaml").write_text(
        yaml.safe_dump(SMALL | {"corpora": [{"name": "crema_d", "path": str(corpus)}]})
    )
    table = "results/crema_d/corrected/spectrograms.parquet"
    result = checkout.run(table, "--configfile", "small.yaml")
    assert result.returncode == 0, result.stdout[-4000:]
    assert len(tables.read(checkout.folder / table, ["clip_id"])) == 8
    assert len(list(corpus.iterdir())) == 8


@pytest.mark.long
def test_a_second_run_in_the_same_folder_is_refused_and_disturbs_nothing(small, tmp_path):
    first = Run(small, tmp_path / "first.txt", *OPTIONS)
    log = small.folder / "logs/build_synthetic_corpus/synthetic.log"
    assert first.wait_for(log.exists)
    first.halt()
    second = small.run(*OPTIONS)
    assert second.returncode != 0
    assert "cannot be locked" in second.stdout and "--unlock" in second.stdout
    first.go_on()
    assert first.process.wait() == 0, first.printed.read_text()[-4000:]
    assert small.planned(*OPTIONS) == set()


def test_a_file_without_access_is_told_in_one_sentence(tmp_path, capfd):
    error = PermissionError(errno.EACCES, "Permission denied", "/a/b.wav")
    job._tell([tmp_path], type(error), error, None)
    printed = capfd.readouterr().err
    assert "/a/b.wav cannot be opened (Permission denied); give access" in printed
