"""Schemas are closed, and the documents have every key."""

from known_settings import (
    CONFIG_LEAVES,
    default,
    flat,
)
from sercues.core import schemas


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


def test_config_yaml_has_every_key():
    required = {path for path in CONFIG_LEAVES if not path.startswith("corpora.")}
    assert {path for path, _ in flat(default()) if path != "corpora"} == required
    assert list(default()) == list(schemas.config_schema()["properties"])
