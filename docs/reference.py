"""Write the reference pages of the configuration and of the tables from their schemas.

    python docs/reference.py [--check]

Makes `docs/configuration.md` from `workflow/schemas/config.schema.yaml` and `protocol.schema.yaml`, with
the values of `config/`, and `docs/tables.md` from `workflow/schemas/tables.yaml`. `--check` writes nothing
and fails where a page is not what would be written.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from sercues.core import schemas, tables  # noqa: E402

MADE = "<!-- Made by `make docs` from {}; edit there. -->"


def pages() -> dict[Path, str]:
    """Text of every page, by its file."""
    docs = ROOT / "docs"
    return {docs / "configuration.md": configuration(), docs / "tables.md": results()}


def configuration() -> str:
    """Every key of the configuration and of the protocols."""
    config, protocol = schemas.config_schema(), schemas.protocol_schema()
    corrected = schemas.read_yaml(ROOT / "config" / "protocols" / "corrected.yaml")
    published = schemas.read_yaml(ROOT / "config" / "protocols" / "published.yaml")
    default = schemas.read_yaml(ROOT / "config" / "config.yaml")
    return "\n".join(
        [
            MADE.format("workflow/schemas/ and config/"),
            "# Configuration: every key",
            "",
            "How the files of the configuration work together is in [config/README.md](../config/README.md).",
            "",
            "## config/config.yaml",
            "",
            *sections(config, [("default", default)]),
            "## config/protocols/",
            "",
            *sections(
                protocol, [("corrected", corrected), ("published, where different", published)]
            ),
        ]
    )


def sections(block: dict, values: list[tuple[str, dict]], path: str = "") -> Iterator[str]:
    """Lines of a block: what it is, a table of its keys, and a section of each block in it.

    Parameters
    ----------
    block : dict
        Schema of the block.
    values : list of (str, dict)
        Heads and contents of the columns of values.
    path : str
        Of the block; empty for the whole.
    """
    if path:
        yield from (f"### {path}", "")
    yield from (block["description"], "")
    rows, inner = [], []
    for key, rule in block["properties"].items():
        here = f"{path}.{key}".removeprefix(".")
        given = [content.get(key) if content else None for _, content in values]
        if "properties" in rule:
            heads = [head for head, _ in values]
            inner.append((rule, list(zip(heads, given, strict=True)), here))
            continue
        items = rule.get("items", {})
        if "properties" in items:
            inner.append((items, DEFAULTS, f"{here}[]"))
        rows.append([f"`{here}`", *shown_values(key, rule, values, block), *meaning(rule)])
        of_any_name = rule.get("additionalProperties")
        if of_any_name and "properties" not in of_any_name:
            rows.append([f"`{here}.*`", *[""] * len(values), *meaning(of_any_name)])
    heads = ["key", *(head for head, _ in values), "allowed", "meaning"]
    if rows:
        yield from (*table(heads, rows), "")
    for arguments in inner:
        yield from sections(*arguments)


# column of the keys of a block that stands several times
DEFAULTS = [("default", {})]


def shown_values(key: str, rule: dict, values: list[tuple[str, dict]], block: dict) -> list[str]:
    """Cells of the values of a key."""
    if values is DEFAULTS:
        if key in block.get("required", ()):
            return ["required"]
        return [written(rule["default"]) if "default" in rule else ""]
    return [written(content[key]) if content and key in content else "" for _, content in values]


def written(value) -> str:
    """A value as one writes it in YAML, on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    # below a scalar YAML marks its end
    return f"`{text.splitlines()[0]}`"


def meaning(rule: dict) -> list[str]:
    """Cells of what a key may be and what it means."""
    return [schemas.allowed(rule), rule["description"]]


def results() -> str:
    """Every table of the results and its columns."""
    lines = [
        MADE.format("workflow/schemas/tables.yaml"),
        "# Tables: every column",
        "",
        "What to look at first is in [results/README.md](../results/README.md).",
        "",
    ]
    by = writers()
    for name, definition in tables.definitions().items():
        paths = ", ".join(f"`results/{path}`" for path in definition["paths"])
        scripts = schemas.listed((f"`{script}`" for script in by[name]), "and")
        keys = schemas.listed((f"`{key}`" for key in definition["key"]), "and")
        rows = [
            [f"`{column}`", kind(rule), rule.get("unit", ""), rule["description"]]
            for column, rule in definition["columns"].items()
        ]
        lines += [f"## {name}", "", paths, "", definition["description"], ""]
        lines += [f"One row per {definition['row']}, sorted by {keys}; written by {scripts}.", ""]
        lines += [*table(["column", "type", "unit", "meaning"], rows), ""]
    return "\n".join(lines)


def kind(rule: dict) -> str:
    """Type and allowed values of a column, in words."""
    text = rule["type"]
    if "values" in rule:
        text = schemas.allowed({"enum": rule["values"]})
    elif bounds := [
        f"{word} {rule[bound]}"
        for word, bound in (("from", "minimum"), ("to", "maximum"))
        if bound in rule
    ]:
        text += " " + " ".join(bounds)
    return f"{text}, or missing" if rule.get("nullable") else text


# which argument of a function that writes a table is its name
WRITE = {"tables.write": 2, "tables.writing": 1, "tables.publish": 1}


def writers() -> dict[str, list[str]]:
    """The scripts that write each table, by its name."""
    found: dict[str, list[str]] = {}
    for file in sorted(SCRIPTS.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITE:
                name = ast.literal_eval(node.args[WRITE[ast.unparse(node.func)]])
                if file.stem not in found.setdefault(name, []):
                    found[name].append(file.stem)
    return found


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail where a page is old"
    )
    check = parser.parse_args().check
    for file, text in pages().items():
        if not check:
            file.write_text(text, encoding="utf-8")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            raise SystemExit(f"{file.relative_to(ROOT)} is old; make it anew by: make docs")


if __name__ == "__main__":
    main()
