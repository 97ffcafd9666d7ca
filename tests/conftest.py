"""Fixtures every test may use: real speech, one thread, and copies of the repository to run in."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paths import PARTS, ROOT

# tests run two at a time (make test), so each takes one core and its torch one thread
BESIDE = "PYTEST_XDIST_WORKER" in os.environ
if BESIDE:
    os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def speech() -> Path:
    """Folder of real speech (FLAC), or a skip with the reason where it is absent."""
    folder = Path(os.environ.get("SERCUES_SPEECH", ROOT.parent / "shared" / "corpora"))
    if not (folder / "crema_d").is_dir():
        pytest.skip(f"no real speech at {folder}; set SERCUES_SPEECH to a folder that holds it")
    return folder


@pytest.fixture
def one_thread():
    """Torch on one thread, so that a sum has the same last bits in every run."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def job_of(monkeypatch):
    """Function that makes a job as Snakemake hands it to a script; `job.start` does nothing.

    Its inputs and outputs are names of files or lists of them, and all its parts are reached by
    name, by number and by `get`.
    """
    from snakemake import iocontainers

    from sercues.core import job

    monkeypatch.setattr(job, "start", lambda smk, *packages: None)

    def of_files(kind, files):
        """Files by name in one row, as Snakemake keeps them; a list has one name."""
        row = kind()
        for name, given in files.items():
            several = isinstance(given, list | tuple)
            place = len(row)
            row.extend(given if several else [given])
            row._take_names([(name, (place, len(row) if several else None))])
        return row

    def made(
        script, input=None, output=None, params=None, wildcards=None, threads=1, resources=None,
        config=None,
    ):  # fmt: skip
        return iocontainers.Snakemake(
            of_files(iocontainers.InputFiles, input or {}),
            of_files(iocontainers.OutputFiles, output or {}),
            iocontainers.Params(fromdict=params or {}),
            iocontainers.Wildcards(fromdict=wildcards or {}),
            threads,
            iocontainers.ResourceList(fromdict=resources or {}),
            iocontainers.Log([f"logs/{script}.log"]),
            config or {},
            script,
            None,
        )

    return made


class Checkout:
    """A copy of the workflow in a folder of its own; of another copy with all it made, if given."""

    def __init__(self, folder: Path, other: "Checkout | None" = None):
        self.folder = folder
        if other is not None:
            shutil.copytree(other.folder, folder, symlinks=True, dirs_exist_ok=True)
            return
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
            copy(ROOT / part, folder / part)

    def run(self, *arguments: str, cores: int = 1 if BESIDE else 2) -> subprocess.CompletedProcess:
        """Run Snakemake there; output and errors together in `stdout`."""
        command = [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores)]
        return subprocess.run(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
        )

    def planned(self, *arguments: str) -> set[str]:
        """Rules that a dry run names."""
        full = self.run(*arguments, "--dry-run")
        assert full.returncode == 0, full.stdout
        return set(_counted(full.stdout))


def _counted(text: str):
    """Rules in Snakemake's table of job counts."""
    if "Job stats:" not in text:
        return
    for line in text.split("Job stats:")[1].splitlines()[3:]:
        if not line.strip() or line.startswith("total"):
            return
        yield line.split()[0]


@pytest.fixture(scope="session")
def new_checkout():
    """The class, for tests that need several copies."""
    return Checkout


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    """A fresh copy of the workflow."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    return Checkout(folder)
