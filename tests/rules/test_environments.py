"""The conda environments hold the versions of requirements.txt and all that their scripts import.

That Snakemake makes environments of these files is shown in tests/workflow/test_conda.py.
"""

import ast
import importlib
import importlib.metadata
import re
import sys
from pathlib import Path

import pytest
import yaml

from paths import ROOT, SCRIPTS
from sercues.core import imports

ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))


def pins(lines) -> dict[str, str]:
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


REQUIRED = pins((ROOT / "requirements.txt").read_text().split())


# conda-forge's own names, and those of modules
CONDA_NAMES = {"pytorch": "torch"}
MODULES = {"PyYAML": "yaml", "scikit-learn": "sklearn"}
BASE = {"python", "pip"}


def parts(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Of an environment: what conda brings, as name: version and build, and pip's pins."""
    content = yaml.safe_load((ROOT / "envs" / f"{name}.yaml").read_text())
    assert content["channels"] == ["conda-forge", "nodefaults"]
    *conda, last = content["dependencies"]
    by_conda = dict(re.fullmatch(r"([a-z]+) ==?(\S.*)", line).groups() for line in conda)
    return by_conda, pins(last["pip"])


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: file.stem)
def test_versions_are_those_of_requirements(file):
    by_conda, by_pip = parts(file.stem)
    assert len(by_pip) == len(yaml.safe_load(file.read_text())["dependencies"][-1]["pip"])
    assert by_pip == {package: REQUIRED[package] for package in by_pip}
    assert set(by_conda) >= BASE
    for package in set(by_conda) - BASE:
        name = CONDA_NAMES.get(package, package)
        # pip's pin beside it keeps pip from taking another
        assert by_conda[package].split()[0] == REQUIRED[name] == by_pip[name]


def test_builds_of_torch_are_explicit_and_equal_but_for_that():
    """Of conda-forge's pytorch the build is named, and nothing else sets the three files apart."""
    builds = {name: parts(f"torch{name}") for name in ("", "_cpu", "_cuda")}
    assert "pytorch" not in builds[""][0]
    assert builds["_cpu"][0].pop("pytorch").split()[1] == "cpu*"
    assert builds["_cuda"][0].pop("pytorch").split()[1] == "cuda*"
    assert builds[""] == builds["_cpu"] == builds["_cuda"]


def test_no_pin_names_a_local_build_or_an_index():
    for file in [*ENVIRONMENTS, ROOT / "requirements.txt"]:
        text = re.sub(r"#.*", "", file.read_text())
        assert "+" not in text and "index" not in text and "://" not in text, file


PINNED = sorted({package for file in ENVIRONMENTS for package in parts(file.stem)[1]})


@pytest.mark.parametrize("package", PINNED)
def test_what_environments_pin_is_what_these_tests_run_with(package):
    """The tested version, and it can be imported."""
    # a local build counts as its version: 2.13.0+cpu
    assert importlib.metadata.version(package).split("+")[0] == REQUIRED[package]
    if package == "torchaudio":
        # beside a torch for the CPU only as the library imports it
        assert imports.import_torchaudio().__version__.split("+")[0] == REQUIRED[package]
    else:
        importlib.import_module(MODULES.get(package, package))


def test_what_the_report_needs_is_pinned():
    # Snakemake's report imports it and does not depend on it
    assert "pygments" in REQUIRED


# the file of a rule's environment; TORCH stands for one of three, by the configuration
TORCH = dict(
    re.findall(
        r'"(\w+)": "\.\./\.\./envs/(\w+)\.yaml"',
        (ROOT / "workflow/rules/common.smk").read_text().split("TORCH = {")[1].split("}")[0],
    )
)
NAMED = r'conda:\s+(?:"\.\./\.\./envs/(\w+)\.yaml"|(TORCH))\n'


def environments(rule: str) -> list[str]:
    """Environments that the text of a rule names."""
    found = re.findall(NAMED, rule)
    return [name for file, torch in found for name in (TORCH.values() if torch else [file])]


def test_every_build_of_torch_can_be_chosen():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    assert list(TORCH) == schema["properties"]["torch_build"]["enum"]
    assert list(TORCH.values()) == ["torch", "torch_cpu", "torch_cuda"]


def test_every_environment_is_used():
    used = set()
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        used |= set(environments(file.read_text()))
    assert used == {file.stem for file in ENVIRONMENTS}


def test_every_rule_with_a_script_names_its_environment():
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        for text in re.split(r"^rule ", file.read_text(encoding="utf-8"), flags=re.M)[1:]:
            assert len(re.findall(NAMED, text)) == len(re.findall(r"^    script:", text, re.M)), (
                text
            )


# ---- what scripts import

NAMES = {module: package for package, module in MODULES.items()}
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
            for environment in environments(text) if script else []:
                yield script[1], environment


@pytest.mark.parametrize(("script", "environment"), sorted(set(scripts_by_environment())))
def test_an_environment_has_what_its_scripts_import(script, environment):
    by_pip = parts(environment)[1]
    needed = {NAMES.get(name, name) for name in imported(SCRIPTS / f"{script}.py")}
    assert needed <= set(by_pip), f"envs/{environment}.yaml lacks {needed - set(by_pip)}"
