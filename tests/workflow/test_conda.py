"""`--use-conda`, as far as a machine without conda and without a network lets.

Snakemake's own code for conda runs here, on this workflow's own rules and files. The `conda` it calls is
not conda: conda_stand_in.py solves and installs with py-rattler from a channel in a folder, and its pip
links the packages of the Python that runs the tests. So these tests show that every environment's file
is read, that what it asks for is there and enough, and that jobs run inside it; not what conda-forge has.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import conda_stand_in
from paths import ROOT
from small_configs import SMALL

CONFIG = SMALL | {"methods": ["crp"]}
TINY = ("--configfile", "tiny.yaml")
MAKE = ("--use-conda", "--conda-create-envs-only")
USED = ("acoustics", "acquire", "statistics", "torch")
MANIFEST = "results/synthetic/manifest.parquet"
SPLITS = "results/synthetic/corrected/splits.parquet"
SPECTROGRAMS = "results/synthetic/corrected/spectrograms.parquet"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """PATH with the stand-in for conda, or a skip with the reason why there is none."""
    pytest.importorskip("rattler", reason="py-rattler is not here", exc_type=ImportError)
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the environments are of Python 3.11, and the stand-in has this Python only")
    base = tmp_path_factory.mktemp("conda")
    try:
        conda_stand_in.make(base)
    except conda_stand_in.Unavailable as reason:
        pytest.skip(f"no stand-in for conda: {reason}")
    return f"{base}/bin:{os.environ['PATH']}"


@pytest.fixture(scope="module")
def made(path, new_checkout, tmp_path_factory):
    """A checkout whose environments are made, and what Snakemake said."""
    folder = tmp_path_factory.mktemp("checkout")
    checkout = new_checkout(folder)
    (folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        result = checkout.run(*MAKE, *TINY)
    assert result.returncode == 0, result.stdout[-6000:]
    return checkout, result.stdout


@pytest.fixture
def checkout(made, path, monkeypatch):
    """That checkout, with envs/ as it was before and after, and no GPU to be seen by conda."""
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("CONDA_OVERRIDE_CUDA", "")
    yield made[0]
    shutil.copytree(ROOT / "envs", made[0].folder / "envs", dirs_exist_ok=True)


def prefixes(checkout) -> dict[str, list[Path]]:
    """Environments by the name of the file that they were made of; of other files under none."""
    texts = {file.read_text(): file.stem for file in (ROOT / "envs").glob("*.yaml")}
    found = {}
    for done in sorted((checkout.folder / ".snakemake/conda").glob("*.env_setup_done")):
        prefix = done.with_suffix("")
        name = texts.get(prefix.with_suffix(".yaml").read_text(), "")
        found.setdefault(name, []).append(prefix)
    return found


def python(prefix: Path, code: str) -> subprocess.CompletedProcess:
    """Run code in an environment, with the library and nothing else of the outside."""
    return subprocess.run(
        [prefix / "bin/python", "-c", code],
        env={"PATH": f"{prefix}/bin:/usr/bin:/bin", "PYTHONPATH": str(ROOT / "workflow/scripts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_an_environment_is_made_of_every_file(made):
    checkout, said = made
    asked = [f"Creating conda environment envs/{name}.yaml" for name in USED]
    assert said.count("Creating conda environment") == len(USED) and all(a in said for a in asked)
    found = prefixes(checkout)
    assert {name: len(there) for name, there in found.items()} == dict.fromkeys(USED, 1)
    for (prefix,) in found.values():
        records = [json.loads(file.read_text()) for file in (prefix / "conda-meta").glob("*.json")]
        assert sorted(record["name"] for record in records) == ["pip", "python"]
        assert all("/conda-forge" in record["channel"] for record in records), records


MODULES = {"PyYAML": "yaml", "scikit-learn": "sklearn"}
# torchaudio as the library imports it, beside a torch for the CPU too
OWN = {"torchaudio": "from sercues.core import imports; imports.import_torchaudio()"}


@pytest.mark.long
@pytest.mark.parametrize("name", USED)
def test_an_environment_is_enough_for_its_packages_and_holds_no_others(name, made):
    (prefix,) = prefixes(made[0])[name]
    pins = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"][-1]["pip"]
    packages = [pin.split("==")[0] for pin in pins]
    lines = [OWN.get(name, f"import {MODULES.get(name, name)}") for name in packages]
    result = python(prefix, "\n".join(lines))
    assert result.returncode == 0, result.stdout
    others = {"torch", "statsmodels", "opensmile", "kagglehub", "snakemake"} - set(packages)
    for other in others:
        result = python(prefix, f"import {other}")
        assert result.returncode and f"No module named '{other}'" in result.stdout, other


@pytest.mark.long
def test_each_job_runs_inside_the_environment_that_its_rule_names(checkout):
    import torch

    targets = (MANIFEST, SPLITS, SPECTROGRAMS)
    asked = ("--set-resources", "compute_spectrograms:gpu=1")
    result = checkout.run(*targets, "--use-conda", *TINY, *asked)
    assert result.returncode == 0, result.stdout[-6000:]
    where = {
        "build_synthetic_corpus": "acoustics",
        "build_manifest": "acquire",
        "split_clips": "statistics",
        "compute_spectrograms": "torch",
    }
    found = prefixes(checkout)
    for rule, name in where.items():
        logs = [*checkout.folder.glob(f"logs/{rule}.log"), *checkout.folder.glob(f"logs/{rule}/*")]
        (log,) = [log.read_text(encoding="utf-8") for log in logs]
        (prefix,) = found[name]
        assert f" in {prefix}\n" in log, log
        # the one job that asked for a GPU says that there is none
        told = rule == "compute_spectrograms" and not torch.cuda.is_available()
        assert ("asked for a GPU and sees none" in log) == told, log
    assert checkout.planned(*targets, "--use-conda", *TINY) == set()

    # a changed file makes a new environment, beside the old one, and its jobs run again
    changed = checkout.folder / "envs/statistics.yaml"
    changed.write_text(changed.read_text() + "# changed\n")
    assert checkout.planned(*targets, "--use-conda", *TINY) == {"split_clips"}
    result = checkout.run(*targets, "--use-conda", *TINY)
    assert result.returncode == 0, result.stdout[-6000:]
    assert result.stdout.count("Creating conda environment") == 1
    (new,) = prefixes(checkout)[""]
    (log,) = (checkout.folder / "logs/split_clips").glob("*.log")
    assert f" in {new}\n" in log.read_text(encoding="utf-8")


@pytest.mark.long
def test_builds_of_torch(checkout, monkeypatch):
    """Each is the one that its file names, and CUDA's is refused where there is none to be seen."""

    def make(build):
        return checkout.run(SPECTROGRAMS, *MAKE, *TINY, "--config", f"torch_build={build}")

    def builds(name):
        (prefix,) = prefixes(checkout)[name]
        assert python(prefix, "import torch, zennit").returncode == 0
        return [file.name.split("-")[2] for file in (prefix / "conda-meta").glob("pytorch-*")]

    result = make("cpu")
    assert result.returncode == 0, result.stdout[-6000:]
    assert builds("torch_cpu") == ["cpu_generic_py311_h0_0.json"]

    result = make("cuda")
    assert result.returncode != 0
    assert "envs/torch_cuda.yaml" in result.stdout and "__cuda" in result.stdout
    assert "torch_cuda" not in prefixes(checkout)

    monkeypatch.setenv("CONDA_OVERRIDE_CUDA", "12.9")
    result = make("cuda")
    assert result.returncode == 0, result.stdout[-6000:]
    assert builds("torch_cuda") == ["cuda129_generic_py311_h0_0.json"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("numpy==2.4.6", "numpy==0.0.1", "No matching distribution found for numpy==0.0.1"),
        ("python =3.11", "python =3.0", "Cannot be solved: "),
        ("conda-forge", "no-such-channel", "no-such-channel"),
    ],
)
def test_what_cannot_be_had_is_named_and_nothing_runs(good, bad, told, checkout):
    changed = checkout.folder / "envs/statistics.yaml"
    text = changed.read_text()
    assert good in text
    changed.write_text(text.replace(good, bad))
    before = prefixes(checkout)
    result = checkout.run(SPLITS, "--use-conda", "--forceall", *TINY)
    assert result.returncode != 0
    assert "Could not create conda environment from" in result.stdout
    assert "envs/statistics.yaml" in result.stdout and told in result.stdout, result.stdout
    assert "localrule" not in result.stdout and "rule build_manifest" not in result.stdout
    # nothing half made stays
    assert prefixes(checkout) == before


def test_without_conda_one_sentence_says_so(new_checkout, tmp_path, monkeypatch):
    """Needs no stand-in."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if shutil.which("conda"):
        pytest.skip("there is a conda in /usr/bin or /bin")
    checkout = new_checkout(tmp_path)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    result = checkout.run(MANIFEST, "--use-conda", *TINY)
    assert result.returncode != 0
    assert "Is conda installed and accessible?" in result.stdout, result.stdout
    assert "Traceback" not in result.stdout
    assert not (tmp_path / "results").exists()
