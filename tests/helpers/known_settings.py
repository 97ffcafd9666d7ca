"""The default configuration, its keys, and changes to it."""

import copy

import yaml

from paths import ROOT
from sercues.core import schemas

PROTOCOLS = ROOT / "config" / "protocols"
README = (ROOT / "config" / "README.md").read_text(encoding="utf-8")

# "any" stands for a name that the schema leaves open, 0 for the first item of a list
CONFIG_LEAVES = {
    path.replace("[]", ".0"): rule
    for path, rule in schemas.leaves(schemas.config_schema())
    if "*" not in path
}
PROTOCOL_LEAVES = dict(schemas.leaves(schemas.protocol_schema()))
CORPUS_KEYS = schemas.config_schema()["properties"]["corpora"]["items"]["properties"]

DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))


def default() -> dict:
    """A copy of config.yaml."""
    return copy.deepcopy(DEFAULT)


def parts(path: str) -> list:
    """Keys and places on the way that a path names."""
    return [int(part) if part.isdigit() else part for part in path.split(".")]


def get(document, path: str):
    """What stands in a document at a path."""
    for part in parts(path):
        document = document[part]
    return document


def flat(block: dict, path: str = ""):
    """(path, value) of all that is no block."""
    for key, value in block.items():
        here = f"{path}.{key}".removeprefix(".")
        yield from flat(value, here) if isinstance(value, dict) else [(here, value)]
