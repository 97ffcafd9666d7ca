"""Check YAML files against JSON Schemas and report the first problem in one sentence."""

import difflib
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from sercues.core.errors import InputError
from sercues.core.files import modules
from sercues.core.names import COMBINED

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"

# YAML 1.1 reads 1e-3 as text: its numbers need a point and a signed exponent
EXPONENT = re.compile(r"([-+]?\d+)(\.\d*)?[eE]([-+]?)(\d+)")


@cache
def config_schema() -> dict:
    """Schema of the configuration, with the protocol's schema in place of its `$ref`.

    The names of methods and layouts are those of the files that implement them.
    """
    schema = read_yaml(SCHEMAS / "config.schema.yaml")
    keys = schema["properties"]
    methods = modules("saliency/methods")
    keys["methods"]["items"]["enum"] = methods
    keys["comparison_methods"]["items"]["enum"] = [*methods, *COMBINED]
    keys["corpora"]["items"]["properties"]["layout"]["enum"] = modules("corpora/adapters")
    # a nested `$schema` would make jsonschema replace `_validator` by its default class
    keys["overrides"]["additionalProperties"] = {
        key: value for key, value in protocol_schema().items() if key != "$schema"
    }
    return schema


@cache
def protocol_schema() -> dict:
    """Schema of a protocol."""
    return read_yaml(SCHEMAS / "protocol.schema.yaml")


def leaves(schema: dict, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every key that holds a value, not a block, as (dotted path, its schema).

    In a path ``[]`` stands for the items of a list, ``*`` for a block of any name.
    """
    if schema.get("type") == "object":
        for key, rule in schema.get("properties", {}).items():
            yield from leaves(rule, f"{path}.{key}" if path else key)
        if isinstance(schema.get("additionalProperties"), dict):
            yield from leaves(schema["additionalProperties"], f"{path}.*")
    elif schema.get("items", {}).get("type") == "object":
        yield from leaves(schema["items"], f"{path}[]")
    else:
        yield path, schema


def allowed(rule: dict) -> str:
    """The values a schema allows, phrased to follow "it must be"."""
    if "anyOf" in rule:
        return " or ".join(allowed(option) for option in rule["anyOf"])
    if "enum" in rule:
        values = rule["enum"]
        return f"the word {values[0]}" if len(values) == 1 else f"one of {listed(values)}"
    if rule["type"] == "array":
        return _allowed_list(rule)
    if rule["type"] == "object":
        keys = list(rule.get("properties", ()))
        return f"a block with the keys {listed(keys, 'and')}" if keys else "a block, or {} for none"
    nouns = {"integer": "an integer", "number": "a number", "boolean": "true or false"}
    if rule["type"] in ("integer", "number"):
        return nouns[rule["type"]] + _range(rule)
    return rule.get("title") or nouns.get(rule["type"]) or rule["type"]


def _allowed_list(rule: dict) -> str:
    """`allowed` for a list."""
    items = rule["items"]
    if items["type"] == "object":
        return f"a list of blocks with the keys {listed(items['properties'], 'and')}"
    if rule.get("minItems") == rule.get("maxItems"):
        return f"a list of {rule['minItems']} values, each {allowed(items)}"
    return f"a list of {rule['minItems']} or more different values, each {allowed(items)}"


def _range(rule: dict) -> str:
    """The bounds of a number, in words."""
    if "minimum" in rule and "maximum" in rule:
        return f" from {rule['minimum']} to {rule['maximum']}"
    phrases = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{phrase} {rule[bound]}" for bound, phrase in phrases.items() if bound in rule]
    return f" {' and '.join(bounds)}" if bounds else ""


def read_yaml(path) -> dict:
    """Read a YAML file that holds keys; an empty file gives an empty dict.

    Raises
    ------
    InputError
        The file is not YAML, has a key twice, or holds something other than keys.
    """
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), _UniqueKeys)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = getattr(error, "problem", None) or "it is no text"
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{line} is not valid YAML: {problem}; mend that line.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold keys and values, one 'key: value' per line.")
    return content


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML's safe loader, refusing duplicate keys instead of keeping the last."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key '{key.value}' is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def checked(document: dict, schema: dict, where: str) -> dict:
    """`document` converted to the schema's types; an InputError begins with `where`."""
    document = _typed(document, schema)
    errors = list(_validator()(schema).iter_errors(document))
    if errors:
        # misspelt keys first, as they cause other errors
        errors.sort(
            key=lambda e: (e.validator != "additionalProperties", dotted_path(e.absolute_path))
        )
        raise InputError(f"{where} {_problem(errors[0], schema)}")
    return document


def _validator():
    """Draft 2020-12, with neither NaN nor infinity as a number."""
    types = Draft202012Validator.TYPE_CHECKER

    def is_finite(_, value):
        return types.is_type(value, "number") and math.isfinite(value)

    return validators.extend(Draft202012Validator, type_checker=types.redefine("number", is_finite))


def _typed(value, schema: dict):
    """Copy of `value` with scalars converted to the schema's types where that is lossless."""
    if isinstance(value, dict):
        rules, other = schema.get("properties", {}), schema.get("additionalProperties") or {}
        return {key: _typed(item, rules.get(key, other)) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item, schema.get("items", {})) for item in value]
    return _typed_scalar(value, schema.get("anyOf", [schema]))


def _typed_scalar(value, options: list[dict]):
    """`value` as one of the types in `options`; unchanged if it fits none."""
    types = {option.get("type") for option in options}
    allowed_values = [value for option in options for value in option.get("enum", [])]
    if isinstance(value, str) and value not in allowed_values and not types <= {"string", None}:
        value = _scalar_in_text(value)  # `--config` passes nested values as text
    if type(value) is int and "number" in types:
        return float(value)
    if isinstance(value, float) and "integer" in types and value.is_integer():
        return int(value)
    return value


def _scalar_in_text(text: str):
    """The number, boolean or null that `text` spells in YAML, else `text`."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text
    return value if value is None or isinstance(value, bool | int | float) else text


def _problem(error: ValidationError, schema: dict) -> str:
    """Description of an error: ``'sample.correct' is 0; it must be ….``"""
    at, rule, value = list(error.absolute_path), error.schema, error.instance
    if error.validator == "additionalProperties":
        key = next(str(key) for key in value if key not in rule["properties"])
        if name := _new_name(key, rule):
            renamed = f"'{dotted_path([*at, name])}', which is {allowed(rule['properties'][name])}"
            return f"'{dotted_path([*at, key])}' is now called {renamed}."
        return f"'{dotted_path([*at, key])}' is not known; {_suggestion(key, at, rule, schema)}"
    if error.validator == "required":
        key = next(key for key in rule["required"] if key not in value)
        return f"'{dotted_path([*at, key])}' is missing; add it."
    if number := _meant(value, rule):
        return f"'{dotted_path(at)}' is '{value}', which YAML reads as text; write {number}."
    return f"'{dotted_path(at)}' is {shown(value)}; it must be {allowed(rule)}."


def _new_name(key: str, rule: dict) -> str | None:
    """Present name of a renamed key, from the schema's keyword `formerly`."""
    return next(
        (new for new, schema in rule["properties"].items() if schema.get("formerly") == key), None
    )


def _suggestion(key: str, at: list, rule: dict, schema: dict) -> str:
    """The key probably meant: the same name in another block, or a similar one."""
    elsewhere = [path for path, _ in leaves(schema) if path.split(".")[-1] == key]
    if elsewhere and not difflib.get_close_matches(key, rule["properties"], 1, cutoff=0.8):
        block = at[1] if at[:1] == ["overrides"] else "all"
        return f"did you mean '{elsewhere[0].replace('*', block)}'?"
    return guess(key, rule["properties"], dotted_path([*at, ""]))


def guess(key: str, known, prefix: str) -> str:
    """The one of `known` most similar to `key`, else all of them."""
    close = difflib.get_close_matches(key, known, 1)
    return f"did you mean '{prefix}{close[0]}'?" if close else f"known here: {', '.join(known)}."


def _meant(value, rule: dict) -> str | None:
    """A number that YAML read as text, spelt so that YAML reads a number: 1.0e-3."""
    options = rule.get("anyOf", [rule])
    if not any(option.get("type") in ("integer", "number") for option in options):
        return None
    if not isinstance(value, str) or not (parts := EXPONENT.fullmatch(value)):
        return None
    whole, point, sign, exponent = parts.groups()
    return f"{whole}{point or '.0'}e{sign or '+'}{exponent}"


def missing_key(document: dict, schema: dict, at: tuple = ()) -> str | None:
    """Path of the first key of the schema missing in `document`, list items aside."""
    for key, rule in schema["properties"].items():
        if key not in document:
            return dotted_path([*at, key])
        if "properties" in rule and (path := missing_key(document[key], rule, (*at, key))):
            return path
    return None


def dotted_path(parts) -> str:
    """Dotted path of a key, list positions in brackets: ``corpora[0].name``."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def shown(value) -> str:
    """`value` as a user would write it, on one line."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}…"


def listed(items, last: str = "or") -> str:
    """``a, b or c``."""
    *first, final = map(str, items)
    return f"{', '.join(first)} {last} {final}" if first else final
