"""Schemas are closed, and the documents have every key."""

import re

from known_settings import (
    CONFIG_LEAVES,
    CORPUS_KEYS,
    PROTOCOL_LEAVES,
    PROTOCOLS,
    README,
    default,
    flat,
    get,
)
from paths import ROOT
from sercues.core import schemas, settings


def test_schemas_are_valid_and_closed():
    def objects(schema, path=""):
        if isinstance(schema, dict):
            if schema.get("type") == "object":
                yield path, schema
            for key, value in schema.items():
                yield from objects(value, f"{path}.{key}")

    for schema in (schemas.config_schema(), schemas.protocol_schema()):
        schemas._validator().check_schema(schema)
        for path, block in objects(schema):
            # of these the keys are names, which `check` knows
            named = path.endswith((".overrides", "_by_corpus"))
            assert named or block["additionalProperties"] is False, f"{path} takes any key"
        for path, rule in schemas.leaves(schema):
            assert rule["description"] and schemas.allowed(rule), path


def shown(value) -> str:
    """`value` as README.md writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return (
        str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
    )


def rows() -> dict[str, str]:
    """Per key the beginning of its row in config/README.md, all but the last column."""
    config, ends = default(), {"corpora": "`crema_d`, `tess`"}
    corrected = schemas.read_yaml(PROTOCOLS / "corrected.yaml")
    published = settings.merge(corrected, schemas.read_yaml(PROTOCOLS / "published.yaml"))
    found = {}
    for key, rule in schemas.config_schema()["properties"].items():
        inner = {f"{key}.{name}": item for name, item in rule.get("properties", {}).items()}
        for path, item in (inner or {key: rule}).items():
            found[path] = (ends.get(path, f"`{shown(get(config, path))}`"), item)
    for name, rule in CORPUS_KEYS.items():
        given = "required" if name == "name" else "none"
        found[f"corpora[].{name}"] = (f"`{rule['default']}`" if "default" in rule else given, rule)
    for path, rule in PROTOCOL_LEAVES.items():
        values = (f"`{shown(get(protocol, path))}`" for protocol in (corrected, published))
        found[path] = (" | ".join(values), rule)
    return {
        path: f"| `{path}` | {values} | {schemas.allowed(rule)} | {rule['description']} | "
        for path, (values, rule) in found.items()
    }


def test_readme_has_the_row_of_each_key():
    """Where this fails, put the rows printed here in config/README.md."""
    wrong = [row for row in rows().values() if f"\n{row}" not in README]
    assert not wrong, "\n".join(wrong)


def test_readme_has_no_other_key():
    section = README.split("## config.yaml")[1].split("## Results or only speed?")[0]
    headers = (
        (ROOT / "config" / f"{name}.tsv").read_text(encoding="utf-8").split("\n", 1)[0]
        for name in ("corpora", "expectations")
    )
    columns = {column for header in headers for column in header.split("\t")}
    assert set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)) == set(rows()) | columns


def test_readme_says_which_keys_change_results():
    section = README.split("## Results or only speed?")[1]
    named = set(re.findall(r"`(\w+)`", section))
    assert set(schemas.config_schema()["properties"]) <= named


def test_config_yaml_has_every_key():
    required = {path for path in CONFIG_LEAVES if not path.startswith("corpora.")}
    assert {path for path, _ in flat(default()) if path != "corpora"} == required
    assert list(default()) == list(schemas.config_schema()["properties"])
