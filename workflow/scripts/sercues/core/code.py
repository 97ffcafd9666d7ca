"""Digests of a script and of every library module it imports, ignoring comments and layout.

The rules pass these digests to their jobs as parameters, so editing a module reruns the jobs that
depend on it and Snakemake names the module as the reason.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]
PACKAGE = "sercues"
# logging, messages and file access: no result depends on them
UNCOUNTED = ("core.errors", "core.files", "core.job", "core.tables")


def digests(script: str) -> dict[str, str]:
    """Digests of a script and of all library modules that it imports, directly or not.

    Parameters
    ----------
    script : str
        Stem of a file in `workflow/scripts/`.

    Returns
    -------
    dict of str
        Digest by file: the script's name, then paths in the package, sorted.

    Raises
    ------
    FileNotFoundError
        There is no such script.
    """
    file = SCRIPTS / f"{script}.py"
    return {file.name: digest(file)} | _counted(closure({file}))


def module_digests(modules: Iterable[str]) -> dict[str, str]:
    """`digests` for library modules that a script imports by name at run time.

    Parameters
    ----------
    modules : iterable of str
        For example ``saliency.methods.crp``.

    Raises
    ------
    FileNotFoundError
        There is no such module.
    """
    files = {(SCRIPTS / PACKAGE).joinpath(*name.split(".")).with_suffix(".py") for name in modules}
    return _counted(closure(files))


def _counted(files: Iterable[Path]) -> dict[str, str]:
    """Digest of each library module not in `UNCOUNTED`, by path in the package, sorted."""
    paths = {file.relative_to(SCRIPTS / PACKAGE): file for file in files}
    return {
        name.as_posix(): digest(paths[name])
        for name in sorted(paths)
        if ".".join(name.with_suffix("").parts) not in UNCOUNTED
    }


def closure(files: Iterable[Path]) -> set[Path]:
    """Library modules among `files` and all that they import, directly or not."""
    known, waiting = set(files), list(files)
    while waiting:
        new = imported(waiting.pop()) - known
        known |= new
        waiting += new
    return {file for file in known if file.is_relative_to(SCRIPTS / PACKAGE)}


@cache
def digest(path: Path) -> str:
    """Digest of a Python file that ignores comments, docstrings and layout."""
    return hashlib.sha256(ast.dump(_tree(path)).encode()).hexdigest()[:16]


@cache
def imported(path: Path) -> frozenset[Path]:
    """Files of the library modules that a Python file imports, with their packages' `__init__`."""
    files = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == PACKAGE:
                files |= _files_along(name.split("."))
    return frozenset(files)


@cache
def _tree(path: Path) -> ast.Module:
    """Syntax tree of a file without docstrings and other bare strings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(node, block, None)
            if isinstance(statements, list):
                setattr(node, block, [s for s in statements if not _is_text(s)])
    return tree


def _is_text(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    constant = isinstance(statement, ast.Expr) and isinstance(value, ast.Constant)
    return constant and isinstance(value.value, str)


def _files_along(parts: list[str]) -> set[Path]:
    """Files run by importing `parts`; the last part may be a name within the module before it."""
    files = set()
    for end in range(1, len(parts) + 1):
        path = SCRIPTS.joinpath(*parts[:end])
        if path.is_dir():
            files.add(path / "__init__.py")
        elif path.with_suffix(".py").is_file():
            files.add(path.with_suffix(".py"))
    return files
