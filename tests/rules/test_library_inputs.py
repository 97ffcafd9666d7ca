"""Every rule names, as inputs, the library modules its script rests on."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
# reading and writing of files and the log: no number rests on them
PLUMBING = {"errors", "jobs", "tables"}


def imported(path: Path) -> set[str]:
    """Library modules that a file imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "sercues":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sercues."):
            found.add(node.module.split(".")[1])
    return found


def rests_on(path: Path) -> set[str]:
    """Library modules that a script imports, and what they import in turn."""
    found, open_ = set(), imported(path)
    while open_:
        module = open_.pop()
        found.add(module)
        place = SCRIPTS / "sercues" / module
        files = place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]
        for file in files:
            open_ |= imported(file) - found
    return found


def rules():
    """(rule, its library modules, its script) of every rule with a script."""
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for text in re.split(r"^rule ", file.read_text(encoding="utf-8"), flags=re.M)[1:]:
            script = re.search(r'"\.\./scripts/(\w+)\.py"', text)
            if script:
                listed = re.search(r"code=library\((.*?)\)", text, re.S)
                modules = set(re.findall(r'"(\w+)"', listed[1])) if listed else set()
                yield text.split(":")[0], modules, script[1]


RULES = list(rules())


def test_there_are_rules():
    assert len(RULES) > 15


@pytest.mark.parametrize("rule, listed, script", RULES, ids=[rule[0] for rule in RULES])
def test_a_rule_has_the_name_of_its_script_and_lists_its_library(rule, listed, script):
    assert rule == script
    needed = rests_on(SCRIPTS / f"{script}.py") - PLUMBING
    if rule == "download_corpus":
        needed = set()  # an edit of the library is no reason to download again
    assert listed >= needed, f"rule {rule} misses {sorted(needed - listed)}"
    assert listed <= needed, f"rule {rule} lists {sorted(listed - needed)} without need"


def test_every_script_has_its_rule():
    scripts = {path.stem for path in SCRIPTS.glob("*.py")}
    assert scripts == {script for _, _, script in RULES}


@pytest.mark.parametrize(
    "file", sorted((ROOT / "workflow/rules").glob("*.smk")), ids=lambda f: f.stem
)
def test_heavy_rules_have_log_benchmark_and_environment(file):
    for text in re.split(r"^rule ", file.read_text(encoding="utf-8"), flags=re.M)[1:]:
        if "script:" not in text:
            continue
        name = text.split(":")[0]
        assert "log:" in text and "conda:" in text, name
        assert "benchmark:" in text or name == "export_config", name
        assert f'"logs/{name}' in text, name
