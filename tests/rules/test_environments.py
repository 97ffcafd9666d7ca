"""The conda environments hold the versions of requirements.txt and all that their scripts import."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))


def pins(lines) -> dict[str, str]:
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


REQUIRED = pins((ROOT / "requirements.txt").read_text().split())


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.stem)
def test_versions_are_those_of_requirements(file):
    content = yaml.safe_load(file.read_text())
    assert content["channels"][-1] == "nodefaults"
    pip = next(entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict))
    for package, version in pins(pip).items():
        assert REQUIRED[package] == version


def test_what_the_report_needs_is_pinned():
    # Snakemake's report imports it and does not depend on it
    assert "pygments" in REQUIRED


def test_every_environment_is_used():
    used = set()
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        used |= set(re.findall(r'"\.\./\.\./envs/(\w+)\.yaml"', file.read_text()))
    assert used == {file.stem for file in ENVIRONMENTS}
