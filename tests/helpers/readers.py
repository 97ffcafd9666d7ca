"""Which keys of the configuration and of the protocols something reads.

A rule takes a key out of its block itself (``config["sample"]["seed"]``), or hands the block of a
protocol to its script. There, and in the library, a key is read where it is taken out of a name that
holds the block. Names are followed from the rule's parameter through assignments and calls, by the
name of the function alone. A saliency method's block is spread over the arguments of its `explain`.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from paths import ROOT, SCRIPTS
from sercues.core import schemas

METHODS = SCRIPTS / "sercues" / "saliency" / "methods"
INDEX = r"""\[\s*["'](\w+)["']\s*\]"""
# these check every key, which is no use of it
CHECKS = {SCRIPTS / "sercues" / "core" / name for name in ("settings.py", "schemas.py")}
# a copy of a block is the block
COPIES = ("dict", "merge")


def unread() -> set[str]:
    """Keys of both schemas that nothing reads."""
    config = {path for path, _ in schemas.leaves(schemas.config_schema())}
    # a protocol reaches its readers as a whole, and names of corpora are no keys
    config = {path.removesuffix(".*") for path in config if not path.startswith("overrides")}
    protocol = {path for path, _ in schemas.leaves(schemas.protocol_schema())}
    text = rules_text()
    of_corpora = {f"corpora[].{key}" for key in _taken(text, r"(?:CORPORA\[[\w.]+\]|corpus)")}
    found = _taken(text, "config") | _taken(text, r"(?:PROTOCOLS\[[\w.]+\]|protocol)")
    return (config | protocol) - of_corpora - found - _read_by_library() - _read_by_methods()


def rules_text() -> str:
    """The Snakefile and all rules."""
    files = [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]
    return "\n".join(map(source, files))


def source(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _taken(text: str, name: str) -> set[str]:
    """Keys that `text` takes out of a dict of this name, and out of the blocks in it."""
    found = set()
    for first, second in re.findall(rf"\b{name}{INDEX}(?:{INDEX})?", text):
        found |= {first, f"{first}.{second}"}
    # `study = config["emolime"]`, and then `study["clips"]`
    for alias, block in re.findall(rf"(\w+) = {name}{INDEX}\n", text):
        found |= {f"{block}.{key}" for key in re.findall(rf"\b{alias}{INDEX}", text)}
    return found


def _read_by_methods() -> set[str]:
    """Arguments that the `explain` of each method uses, as keys of the method's block."""
    found = set()
    for file in METHODS.glob("*.py"):
        for function in _functions(_trees()[file], "explain"):
            used = {node.id for line in function.body for node in ast.walk(line) if _is_name(node)}
            found |= {
                f"{file.stem}.{arg.arg}" for arg in function.args.kwonlyargs if arg.arg in used
            }
    return found


def _read_by_library() -> set[str]:
    """Keys that scripts and library take out of the blocks that rules hand to them."""
    held = _given()
    size = -1
    while size != sum(map(len, held.values())):
        size = sum(map(len, held.values()))
        for file, tree in _trees().items():
            for node in ast.walk(tree):
                for place, value in _passed(file, node):
                    held[place] |= _blocks(file, value, held)
    return {
        f"{block}.{key}"
        for file, tree in _trees().items()
        for node in ast.walk(tree)
        for value, keys in _readings(node)
        for block in _blocks(file, value, held)
        for key in keys
    }


def _given() -> dict[tuple[Path, str], set[str]]:
    """Blocks that each script has in its parameters, by file and name."""
    held = defaultdict(set)
    for rule in re.split(r"^(?=rule |use rule )", rules_text(), flags=re.M):
        if script := re.search(r'"\.\./scripts/(\w+\.py)"', rule):
            blocks = re.findall(r'(\w+)=block\("(\w+)"\)', rule)
            blocks += re.findall(rf"(\w+)=PROTOCOLS\[\w+\]{INDEX},", rule)
            for name, block in blocks:
                held[SCRIPTS / script[1], name].add(block)
    return held


def _passed(file: Path, node: ast.AST) -> Iterator[tuple[tuple[Path, str], ast.expr]]:
    """Names that get a value at a node: (file, name) and the value."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
            yield from (((file, _name(one)), value) for one, value in pairs if _name(one))
    if isinstance(node, ast.Call):
        function, arguments = node.func, node.args
        if _name(function) == "partial":
            function, *arguments = arguments
        for where, names in _definitions().get(_name(function), ()):
            yield from (
                ((where, name), value) for name, value in zip(names, arguments, strict=False)
            )
            yield from (((where, one.arg), one.value) for one in node.keywords if one.arg in names)


def _blocks(file: Path, node: ast.expr, held: dict) -> set[str]:
    """Blocks that an expression may be."""
    if isinstance(node, ast.Call) and _name(node.func) in COPIES:
        return {block for value in node.args for block in _blocks(file, value, held)}
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        inner = {f"{block}.{node.slice.value}" for block in _blocks(file, node.value, held)}
        return inner & _inner_blocks()
    return held.get((file, _name(node)), set())


@cache
def _inner_blocks() -> set[str]:
    """Blocks that lie in a block of a protocol."""
    paths = (path.split(".") for path, _ in schemas.leaves(schemas.protocol_schema()))
    return {".".join(path[:-1]) for path in paths if len(path) > 2}


def _readings(node: ast.AST) -> Iterator[tuple[ast.expr, list[str]]]:
    """Where keys are taken out of something: the expression and the keys."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield node.value, [node.slice.value]
    if isinstance(node, ast.GeneratorExp | ast.ListComp) and isinstance(node.elt, ast.Subscript):
        # (settings[key] for key in ("optimizer", "learning_rate"))
        words = node.generators[0].iter
        if isinstance(words, ast.Tuple) and all(
            isinstance(one, ast.Constant) for one in words.elts
        ):
            yield node.elt.value, [one.value for one in words.elts]


def _name(node: ast.AST) -> str | None:
    """Last part of a dotted name."""
    return getattr(node, "id", None) or getattr(node, "attr", None)


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name)


def _functions(tree: ast.Module, name: str) -> list[ast.FunctionDef]:
    return [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name]


@cache
def _trees() -> dict[Path, ast.Module]:
    """Syntax tree of every script and library module."""
    files = sorted(set(SCRIPTS.rglob("*.py")) - CHECKS)
    return {file: ast.parse(source(file)) for file in files}


@cache
def _definitions() -> dict[str, list[tuple[Path, list[str]]]]:
    """File and arguments of the functions of each name; of a class those of its `__init__`."""
    found = defaultdict(list)
    for file, tree in _trees().items():
        methods = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                methods |= {one: node.name for one in node.body}
            if isinstance(node, ast.FunctionDef):
                names = [arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)]
                owner = methods.get(node)
                name = owner if node.name == "__init__" else node.name
                found[name].append((file, names[1:] if owner else names))
    return found
