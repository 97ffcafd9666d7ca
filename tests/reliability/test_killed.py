"""kill -9 during every rule in turn, each time in the same folder: nothing finished is lost."""

import re
import signal
from collections import Counter
from pathlib import Path

import pytest
import torch
import yaml

from running import Run

pytestmark = pytest.mark.long

EPOCHS = 4
CONFIG = {
    "corpora": [{"name": "synthetic", "speakers": 4, "clips_per_emotion": 2}],
    "protocols": ["corrected"],
    "methods": ["crp"],
    "shards": 1,
    "random_draws": 5,
    "bootstrap_draws": 200,
    "comparison_methods": ["union", "energy"],
    "sample": {"correct": 1, "misclassified": 1},
    "faithfulness": {"correct": 1, "misclassified": 1},
    "emolime": {"classifiers": ["resnet", "egemaps"], "clips": 2, "examples": 1},
    "overrides": {
        "all": {
            "training": {"epochs": EPOCHS},
            "split": {"folds": 2},
            "front_end": {"n_mels": 20, "duration_s": 2.0, "margin_s": 0},
            "lime": {"time_bins": 13},
            "bands": {"n_bands": 3},
        }
    },
}
TINY = ("--configfile", "tiny.yaml")
# by training: the folder of its networks beside the others
TRAINING = {
    "train_classifier": None,
    "train_on_randomised_labels": "randomised_labels",
    "train_second_seed": "second_seed",
}
# run by Snakemake itself or in need of a network
NOT_KILLED = {"all", "download_corpus", "download_weights"}


@pytest.fixture
def tiny(tmp_path, new_checkout):
    """Maker of checkouts with the small config in them."""

    def make(name: str):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
        return new_checkout(folder)

    return make


def made(folder: Path) -> dict[str, bytes]:
    """Every file under `results` but seconds, with its content, hidden ones too."""
    paths = (folder / "results").rglob("*")
    files = (file for file in paths if file.is_file() and file.stem != "costs")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def finished(printed: str) -> Counter:
    """How often each job finished, by its log file; of jobs with a log."""
    logs = {}
    for block in re.split(r"\n(?=(?:local)?rule )", printed):
        log = re.search(r"^    log: (\S+)", block, re.M)
        number = re.search(r"^    jobid: (\d+)", block, re.M)
        if log and number:
            logs[number[1]] = log[1].rstrip(",")
    done = re.findall(r"^Finished jobid: (\d+)", printed, re.M)
    return Counter(logs[number] for number in done if number in logs)


def rule_of(log) -> str:
    """Rule of a log file such as `logs/rule/wildcards.log` or `logs/rule.log`."""
    return Path(log).parts[1].removesuffix(".log")


def stored(folder: Path, rule: str) -> int:
    """Epochs that the resume file of a rule's training holds, 0 without one."""
    for file in (folder / "results").rglob("resume.pt"):
        if {"randomised_labels", "second_seed"} & {*file.parts} == {TRAINING[rule]} - {None}:
            return len(torch.load(file, weights_only=True)["history"])
    return 0


def test_a_kill_during_every_rule_in_turn_changes_no_byte(tiny, tmp_path):
    undisturbed, disturbed = tiny("undisturbed"), tiny("disturbed")
    rules = disturbed.planned(*TINY) - NOT_KILLED
    assert len(rules) > 35 and set(TRAINING) <= rules
    beside = Run(undisturbed, tmp_path / "undisturbed.txt", *TINY)

    logs = disturbed.folder / "logs"
    open_, done, resumed = set(rules), Counter(), {}
    for number in range(len(rules) + 1):
        before = made(disturbed.folder)
        run = Run(disturbed, tmp_path / f"{number}.txt", *TINY)

        def begun():
            """Log of a job of a rule not killed before; of a training, once an epoch is stored."""
            for log in sorted(logs.rglob("*.log")):
                rule = rule_of(log.relative_to(disturbed.folder))
                if rule in open_ and (rule not in TRAINING or stored(disturbed.folder, rule)):
                    return log
            return None

        log = run.wait_for(begun)
        if log is None:
            break
        printed = run.kill()
        assert run.process.returncode == -signal.SIGKILL
        rule = rule_of(log.relative_to(disturbed.folder))
        open_.remove(rule)
        if rule in TRAINING:
            resumed[log] = stored(disturbed.folder, rule)
        done += finished(printed)
        if number == 0:
            locked = disturbed.run(*TINY)
            assert locked.returncode != 0 and "--unlock" in locked.stdout
            assert disturbed.run("--unlock", *TINY).returncode == 0
        for lock in (disturbed.folder / ".snakemake/locks").glob("*"):
            lock.unlink()  # what --unlock does, without reading the workflow each time
        # half a file is beside its place, never in it
        after = made(disturbed.folder)
        for name in before.keys() & after.keys():
            assert after[name] == before[name], name
    assert run.process.wait() == 0, run.printed.read_text()[-6000:]
    assert not open_
    done += finished(run.printed.read_text())

    assert beside.process.wait() == 0, beside.printed.read_text()[-6000:]
    jobs = finished(beside.printed.read_text())
    assert {rule_of(log) for log in jobs} == rules
    assert done == jobs, "a finished job was done again, or one was left out"
    assert made(disturbed.folder) == made(undisturbed.folder)
    for log, epochs in resumed.items():
        text = log.read_text()
        assert f"training resumes after epoch {epochs}" in text
        assert text.count("INFO epoch ") == EPOCHS - epochs
