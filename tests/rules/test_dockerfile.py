"""The Dockerfile, which was never built: what it copies is there, and its entry point does what it says."""

import json
import os
import re
import subprocess

import pytest

from paths import PARTS, ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
COPIED = {source for line in LINES if line.startswith("COPY ") for source in line.split()[1:-1]}
MADE = {"results", "resources", "logs", "benchmarks", ".snakemake"}


def test_it_says_that_it_was_not_built():
    assert TEXT.startswith("# The image was never built")


def test_what_it_copies_exists_and_is_the_whole_workflow():
    assert set(PARTS) | {"requirements.txt"} <= COPIED
    assert all((ROOT / source).exists() for source in COPIED)


def test_the_context_is_what_it_copies():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == COPIED


def test_it_installs_the_exact_versions_on_the_python_of_the_environments():
    assert "RUN pip install --no-cache-dir -r requirements.txt" in LINES
    for file in (ROOT / "envs").glob("*.yaml"):
        assert "python =3.11\n" in file.read_text()
    assert LINES[0] == "FROM python:3.11-slim"


def test_it_does_not_run_as_root():
    users = [line.split()[1] for line in LINES if line.startswith("USER ")]
    assert users and users[-1] not in ("root", "0")
    assert LINES.index(f"USER {users[-1]}") < LINES.index(
        next(line for line in LINES if line.startswith("ENTRYPOINT "))
    )


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_made_lands_in_the_mounted_folder(times, tmp_path):
    """The commands that link and that start, with other folders and a snakemake that writes."""
    workflow, data, bin_ = (tmp_path / name for name in ("workflow", "data", "bin"))
    for folder in (workflow, data, bin_):
        folder.mkdir()
    snakemake = bin_ / "snakemake"
    snakemake.write_text('#!/bin/sh\nfor to in results resources; do echo "$*" > $to/told; done\n')
    snakemake.chmod(0o755)

    def here(text):
        return text.replace("/data", str(data)).replace("/workflow", str(workflow))

    (link,) = [line for line in LINES if "ln -s" in line]
    subprocess.run(["sh", "-ec", here(link).removeprefix("RUN ")], cwd=workflow, check=True)
    assert {path.name for path in workflow.iterdir()} == MADE
    (entry,) = [line.removeprefix("ENTRYPOINT ") for line in LINES if "ENTRYPOINT" in line]
    command = [here(part) for part in json.loads(entry)]
    for _ in range(times):
        subprocess.run(
            [*command, "--config", "seeds=[1, 2]"],
            env={"PATH": f"{bin_}:{os.environ['PATH']}"},
            check=True,
        )
    assert {path.name for path in data.iterdir()} == MADE
    assert (data / "results/told").read_text() == "--config seeds=[1, 2]\n"
    assert (data / "resources/told").exists()


def test_all_that_runs_make_is_linked():
    """Whatever git ignores because a run makes it."""
    ignored = set(re.findall(r"^/([\w.]+)/", (ROOT / ".gitignore").read_text(), re.M))
    assert ignored - {".venv"} == MADE
