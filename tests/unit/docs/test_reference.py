"""The reference pages are those of the schemas, and every key of the schemas is explained and read."""

from importlib import util

import pytest

import readers
from paths import ROOT
from sercues.core import schemas, tables

SPEC = util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
reference = util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)

PAGES = reference.pages()
# there is one classifier yet, so nothing asks which
UNREAD = {"classifier.kind"}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_a_page_is_what_the_schemas_say(file):
    """Where this fails: make docs."""
    assert file.read_text(encoding="utf-8") == PAGES[file]


def described(rule: dict, path: str):
    """(path, schema) of every block and key, names of a block of any name included."""
    yield path, rule
    for key, inner in rule.get("properties", {}).items():
        yield from described(inner, f"{path}.{key}")
    for key in ("items", "additionalProperties"):
        inner = rule.get(key)
        # items that are words or numbers are told by what they may be
        if isinstance(inner, dict) and (key != "items" or "properties" in inner):
            yield from described(inner, f"{path}.*")


@pytest.mark.parametrize("schema", [schemas.config_schema(), schemas.protocol_schema()])
def test_every_key_and_block_has_a_description(schema):
    for path, rule in described(schema, ""):
        text = rule.get("description", "")
        assert text.endswith((".", "?")) and "\n" not in text, path


@pytest.mark.parametrize("schema", [schemas.config_schema(), schemas.protocol_schema()])
def test_every_key_has_its_row(schema):
    page = PAGES[ROOT / "docs" / "configuration.md"]
    for path, _ in schemas.leaves(schema):
        assert f"\n| `{path}` | " in page or path.startswith("overrides."), path


@pytest.mark.parametrize("name", tables.definitions())
def test_every_table_and_column_is_described(name):
    definition = tables.definitions()[name]
    assert definition["description"].endswith((".", "?")) and definition["row"]
    assert all(rule["description"].strip() for rule in definition["columns"].values())
    assert reference.writers()[name], "no script writes it"
    for path in definition["paths"]:
        assert f'"results/{path}"' in readers.rules_text(), f"no rule makes {path}"


def test_every_key_is_read():
    """A key that nothing reads is a promise that is not kept."""
    assert readers.unread() == UNREAD


@pytest.mark.parametrize(
    ("key", "place", "by"),
    [
        ("random_draws", 'config["random_draws"]', "100"),
        ("emolime.examples", 'config["emolime"]["examples"]', "2"),
        ("corpora[].strength", '["strength"]', ""),
        ("front_end.margin_s", '["margin_s"]', ".other"),
        ("training.checkpoint_metric", 'self.settings["checkpoint_metric"]', '"uar"'),
        ("training.weight_decay", ', "weight_decay")', ")"),
        ("training.time_shift_s", 'training["time_shift_s"]', "0"),
        ("cues.unvoiced", 'settings["unvoiced"]', '"zero"'),
        ("crp.condition", "condition", "start"),
    ],
)
def test_a_key_that_is_read_no_more_is_found(key, place, by, monkeypatch):
    source = readers.source
    monkeypatch.setattr(readers, "source", lambda file: source(file).replace(place, by))
    caches = (readers._trees, readers._definitions)
    for cache in caches:
        cache.cache_clear()
    try:
        assert readers.unread() == UNREAD | {key}
    finally:
        for cache in caches:
            cache.cache_clear()
