"""The conda environments hold the versions of requirements.txt and all that their scripts import."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
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


# ---- what scripts import

NAMES = {"yaml": "PyYAML", "sklearn": "scikit-learn"}
# of Python itself, or of the library; zennit brings torchvision, torch its own parts
OWN = {"sercues", "snakemake", *sys.stdlib_module_names}


def top_level(path: Path) -> tuple[set[str], set[Path]]:
    """Packages and library files that importing a file imports; not what its functions import."""
    packages, files = set(), set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        for name in names:
            if name.startswith("sercues"):
                place = SCRIPTS.joinpath(*name.split("."))
                files |= {
                    f for f in (place.with_suffix(".py"), place / "__init__.py") if f.exists()
                }
            else:
                packages.add(name.split(".")[0])
    return packages - OWN, files


def imported(script: Path) -> set[str]:
    """Packages that running a script needs to import its modules."""
    packages, seen, open_ = set(), set(), {script}
    while open_:
        file = open_.pop()
        seen.add(file)
        found, files = top_level(file)
        packages |= found
        open_ |= files - seen
    return packages


def scripts_by_environment():
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for text in re.split(r"^rule ", file.read_text(encoding="utf-8"), flags=re.M)[1:]:
            script = re.search(r'"\.\./scripts/(\w+)\.py"', text)
            environment = re.search(r'"\.\./\.\./envs/(\w+)\.yaml"', text)
            if script and environment:
                yield script[1], environment[1]


@pytest.mark.parametrize(("script", "environment"), sorted(set(scripts_by_environment())))
def test_an_environment_has_what_its_scripts_import(script, environment):
    content = yaml.safe_load((ROOT / "envs" / f"{environment}.yaml").read_text())
    pip = next(entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict))
    needed = {NAMES.get(name, name) for name in imported(SCRIPTS / f"{script}.py")}
    assert needed <= set(pins(pip)), f"envs/{environment}.yaml lacks {needed - set(pins(pip))}"
