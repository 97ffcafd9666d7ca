"""The profiles name rules that exist, ask for GPUs alike, and submit few jobs."""

import re
import subprocess
import sys

import pytest
import yaml

from paths import ROOT

PROFILES = {
    file.parent.name: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted((ROOT / "profiles").glob("*/config.yaml"))
}
TEXT = "\n".join(file.read_text() for file in (ROOT / "workflow/rules").glob("*.smk"))
RULES = set(re.findall(r"^(?:rule|use rule \w+ as) (\w+)", TEXT, re.MULTILINE))
LOCAL = {
    name
    for block in re.findall(r"localrules:\n((?:    .+\n)+)", TEXT)
    for name in re.findall(r"\w+", block)
}


def gpu_rules(profile):
    """Rules for which a profile asks for a GPU."""
    asked = profile.get("set-resources", {})
    return {rule for rule, resources in asked.items() if resources.get("gpu") == 1}


@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_that_a_profile_names_exists(name):
    named = {*PROFILES[name].get("set-resources", {}), *PROFILES[name].get("groups", {})}
    assert named <= RULES - LOCAL, named - (RULES - LOCAL)


def test_profiles_ask_for_gpus_for_the_same_rules():
    asked = {name: gpu_rules(profile) for name, profile in PROFILES.items()}
    assert asked.pop("default") == set()
    assert {"train_classifier", "compute_saliency"} <= asked["slurm"]
    assert all(rules == asked["slurm"] for rules in asked.values())


def test_downloads_run_where_there_is_internet():
    assert {"download_corpus", "download_weights"} <= LOCAL


def test_the_default_run_is_about_a_hundred_submissions():
    pytest.importorskip("snakemake_executor_plugin_slurm")
    profile = ("--workflow-profile", "profiles/slurm")
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", "--forceall", *profile],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    text = run.stdout + run.stderr
    groups = re.findall(r"Group job (\w+) ", text)
    alone = [rule for rule in re.findall(r"^rule (\w+):", text, re.MULTILINE) if rule not in LOCAL]
    alone.remove("all")
    assert set(groups) <= set(PROFILES["slurm"]["groups"].values())
    assert 50 < len(groups) + len(alone) < 120


def test_a_new_attempt_asks_for_as_much_again():
    source = TEXT.split("def growing(")[1].split("\n\n\ndef ")[0]
    namespace = {}
    exec("def growing(" + source, namespace)
    request = namespace["growing"](3000)
    assert [request(None, attempt) for attempt in (1, 2, 3)] == [3000, 6000, 9000]
    heavy = re.findall(r"mem_mb=(.*),", TEXT)
    assert heavy and all(re.fullmatch(r"growing\(\d+\)", amount) for amount in heavy)
    assert len(re.findall(r"runtime=growing\(\d+\),", TEXT)) == len(heavy)
