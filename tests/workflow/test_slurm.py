"""The workflow on a real Slurm of one machine: the same bytes, few submissions, and jobs that go wrong."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import yaml

from cluster import NODE, Cluster, Unavailable
from small_configs import QUICK

pytestmark = [pytest.mark.slurm, pytest.mark.long]

CONFIG = QUICK | {"shards": 4}
TARGETS = ("cues", "results/tables/table2.md")
# how often to look, and what a cluster without accounts needs; all else is the profile's own
HERE = (
    "--slurm-no-account",
    "--slurm-status-command=squeue",
    "--slurm-init-seconds-before-status-checks=2",
    "--seconds-between-status-checks=2",
    "--latency-wait=10",
)
PROFILE = ("--workflow-profile", "profiles/slurm")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The daemons, or a skip with the reason why there are none."""
    running = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        running.__enter__()
    except Unavailable as reason:
        pytest.skip(f"no Slurm: {reason}")
    yield running
    running.__exit__()


@pytest.fixture
def submit(cluster, checkout, monkeypatch):
    """Function that runs Snakemake on the cluster, in a fresh checkout, by the profile for Slurm."""
    for name, value in cluster.variables.items():
        monkeypatch.setenv(name, value)

    def run(*arguments):
        return checkout.run(*arguments, *PROFILE, *HERE, cores=NODE["CPUs"])

    return run


def finished(cluster):
    """State, number of CPUs and GPUs of every job there was."""
    words = ("squeue", "--states=all", "-h", "-O", "State:20,NumCPUs:10,tres-per-job:40")
    return [line.split() for line in cluster.ask(*words).stdout.splitlines()]


def test_the_daemons_listen_on_loopback_only(cluster):
    addresses = cluster.listening()
    assert addresses and all(address.endswith("7F") for address in addresses), addresses


def test_the_same_bytes_as_here(cluster, submit, checkout, new_checkout, tmp_path):
    (checkout.folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    here = new_checkout(tmp_path / "here", checkout)
    tiny = ("--configfile", "tiny.yaml")
    result = here.run(*TARGETS, *tiny)
    assert result.returncode == 0, result.stdout[-6000:]
    result = submit(*TARGETS, *tiny)
    assert result.returncode == 0, result.stdout[-6000:]

    names = sorted(
        path.relative_to(here.folder)
        for path in (here.folder / "results").rglob("*")
        if path.is_file()
    )
    assert len(names) > 20
    different = [
        str(name)
        for name in names
        if not (checkout.folder / name).exists()
        or (here.folder / name).read_bytes() != (checkout.folder / name).read_bytes()
    ]
    assert not different
    # and nothing is to be done again when the same folder is looked at without the cluster
    assert checkout.planned(*TARGETS, *tiny) == set()

    jobs = finished(cluster)
    assert {state for state, *_ in jobs} == {"COMPLETED"}
    assert len(jobs) == len(re.findall(r"submitted with SLURM jobid", result.stdout)) < 12
    assert all(int(cpus) <= NODE["CPUs"] for _, cpus, _ in jobs)
    # two networks, and the shards of a method together
    assert sorted(gpus for *_, gpus in jobs if gpus != "N/A") == ["gres:gpu:1"] * 3
    trained = [*(checkout.folder / "logs/train_classifier").glob("*.log")]
    assert len(trained) == 2
    if not torch.cuda.is_available():
        assert all("asked for a GPU" in log.read_text(encoding="utf-8") for log in trained)


TROUBLE = r"""
def attempt_of(wildcards, attempt):
    return attempt


def memory_of(wildcards, attempt):
    return 600 * attempt


rule all:
    input:
        "killed.txt",
        "large.txt",
        "once.txt",
        "always.txt",


rule killed:
    output:
        "killed.txt",
    resources:
        attempt=attempt_of,
    shell:
        "echo $SLURM_JOB_ID > job.{resources.attempt};"
        " [ {resources.attempt} = 2 ] || sleep 300;"
        " echo {resources.attempt} > {output}"


rule large:
    output:
        "large.txt",
    resources:
        attempt=attempt_of,
        mem_mb=memory_of,
    shell:
        "python3 -c \"import time; b = bytearray(b'x') * (800 << 20); time.sleep(6)\";"
        " echo {resources.attempt} > {output}"


rule once:
    output:
        "once.txt",
    resources:
        attempt=attempt_of,
    shell:
        "[ {resources.attempt} = 2 ] && echo {resources.attempt} > {output}"


rule always:
    output:
        "always.txt",
    log:
        "always.log",
    resources:
        attempt=attempt_of,
    shell:
        "echo {resources.attempt} >> attempts; echo 'the sentence' > {log}; false"
"""


@pytest.fixture(scope="module")
def trouble(cluster, new_checkout, tmp_path_factory):
    """A run in which a job is cancelled, one takes too much memory, one fails once, one always."""
    folder = tmp_path_factory.mktemp("trouble")
    checkout = new_checkout(folder)
    (folder / "Snakefile").write_text(TROUBLE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        for name, value in cluster.variables.items():
            patch.setenv(name, value)
        run = pool.submit(checkout.run, *PROFILE, *HERE, cores=NODE["CPUs"])
        first = folder / "job.1"
        while not run.done() and not (first.exists() and first.read_text().strip()):
            time.sleep(0.5)
        if first.exists():
            assert cluster.ask("scancel", first.read_text().strip()).returncode == 0
        result = run.result()
    return folder, result


def attempts(text, rule):
    """How many jobs of `rule` were submitted."""
    return len(re.findall(rf"submitted with SLURM jobid \d+ \(log: \S+/rule_{rule}/", text))


@pytest.mark.parametrize("rule", ["killed", "large", "once"])
def test_a_job_that_was_killed_or_ran_out_of_memory_or_failed_once_is_tried_again(trouble, rule):
    folder, result = trouble
    assert (folder / f"{rule}.txt").exists(), result.stdout[-6000:]
    assert (folder / f"{rule}.txt").read_text() == "2\n"
    assert attempts(result.stdout, rule) == 2


def test_they_were_tried_again_for_those_reasons(cluster, trouble):
    _, result = trouble
    said = re.findall(r"SLURM status is: '(\w+)'", result.stdout)
    assert sorted(said) == ["CANCELLED", *["FAILED"] * 5], said
    large = re.findall(r"SLURM jobid (\d+) \(log: \S+/rule_large/", result.stdout)
    words = (cluster.folder / "slurmd.log").read_text()
    killed = [job for job in large if f"StepId={job}.0 exceeded memory limit" in words]
    assert killed == large[:1], (killed, large)


def test_a_job_that_always_fails_is_reported_and_the_others_go_on(trouble):
    folder, result = trouble
    assert result.returncode != 0 and not (folder / "always.txt").exists()
    assert (folder / "attempts").read_text().split() == ["1", "2", "3"]
    assert attempts(result.stdout, "always") == 3
    assert "the sentence" in result.stdout, result.stdout[-6000:]
