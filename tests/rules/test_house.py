"""The house of the library: who may import whom, what a package holds, and how long a module is."""

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from paths import ROOT, SCRIPTS

LIBRARY = SCRIPTS / "sercues"
# a package imports packages of the rows above its own, and of its own row where that makes no cycle
ORDER = (
    ("core",),
    ("stats", "audio"),
    ("corpora", "classifiers"),
    ("saliency", "segments", "cues"),
    ("emolime", "evaluation"),
    ("analysis", "figures"),
)
RANK = {package: rank for rank, row in enumerate(ORDER) for package in row}
# (module, module it imports) against the order, to be mended; each goes when it is
NOT_YET: list[tuple[str, str]] = []

LONGEST = 500
# one algorithm, told in one place
LONG = {"saliency/incremental.py"}


def modules() -> dict[str, Path]:
    """Every module of the library that is not a package, by its name below `sercues`."""
    return {
        ".".join(path.relative_to(LIBRARY).with_suffix("").parts): path
        for path in sorted(LIBRARY.rglob("*.py"))
        if path.name != "__init__.py"
    }


def named(tree: ast.AST):
    """Dotted names that a file imports, at its top or in a function, or by a name it holds.

    A package that is named in a string is one whose modules are imported when they are asked for.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the whole name"
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"^sercues(?:\.\w+)+$", node.value)


@cache
def imports() -> frozenset[tuple[str, str]]:
    """(module, module it imports), all within the library."""
    known, found = modules(), set()
    for module, path in known.items():
        for name in named(ast.parse(path.read_text(encoding="utf-8"))):
            if not name.startswith("sercues."):
                continue
            name = name.removeprefix("sercues.")
            if (LIBRARY / name.replace(".", "/")).is_dir():
                within = {other for other in known if other.rpartition(".")[0] == name}
                found |= {(module, other) for other in within}
            else:
                # of what is in a module, the module
                found.add((module, name if name in known else name.rpartition(".")[0]))
    return frozenset(found)


def package(module: str) -> str:
    """The package at the top that a module is in."""
    return module.split(".")[0]


def between_packages() -> set[tuple[str, str]]:
    """(package, another that it imports), but for what is to be mended."""
    pairs = {(package(one), package(other)) for one, other in imports() - set(NOT_YET)}
    return {(one, other) for one, other in pairs if one != other}


def assert_no_cycle(pairs) -> None:
    """Raise CycleError, which names those in it, where pairs go in a circle."""
    order = TopologicalSorter()
    for one, other in pairs:
        order.add(one, other)
    order.prepare()


def test_there_are_modules_and_imports_of_every_kind():
    assert len(modules()) > 60 and len(imports()) > 150
    assert {other for _, other in imports()} <= set(modules())
    # in a function, and by name
    assert ("cues.measure", "audio.signal") in imports()
    assert ("saliency.explain", "saliency.methods.crp") in imports()


def test_every_package_has_its_place_in_the_order():
    inside = {path.name for path in LIBRARY.iterdir() if path.is_dir()} - {"__pycache__"}
    assert inside == set(RANK)
    assert {path.name for path in LIBRARY.glob("*.py")} == {"__init__.py"}


def test_no_module_imports_upward():
    upward = {(one, other) for one, other in imports() if RANK[package(other)] > RANK[package(one)]}
    assert sorted(upward - set(NOT_YET)) == []


def test_no_cycle_between_packages():
    assert_no_cycle(between_packages())


def test_no_cycle_between_modules():
    assert_no_cycle(imports() - set(NOT_YET))


def test_what_is_to_be_mended_is_still_there():
    assert [pair for pair in NOT_YET if pair not in imports()] == []


def test_packages_hold_nothing_of_their_own():
    inits = list(LIBRARY.rglob("__init__.py"))
    assert len(inits) > len(RANK)
    assert [str(path) for path in inits if path.read_bytes()] == []
    folders = {path.parent for path in modules().values()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_module_is_long():
    lines = {
        path.relative_to(LIBRARY).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules().values()
    }
    assert {name for name, count in lines.items() if count > LONGEST} == LONG


@pytest.mark.parametrize(
    "rules", sorted((ROOT / "workflow/rules").glob("*.smk")), ids=lambda p: p.stem
)
def test_the_script_of_each_rule_exists(rules):
    text = rules.read_text(encoding="utf-8")
    scripts = re.findall(r'^    script:\s+"([^"]+)"', text, re.M)
    assert len(scripts) == len(re.findall(r"^    script:", text, re.M))
    assert [name for name in scripts if not (rules.parent / name).is_file()] == []
