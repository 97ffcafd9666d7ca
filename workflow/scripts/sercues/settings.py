"""Configuration and protocols: which keys exist, what was set, and what is wrong with it.

The JSON Schemas in `workflow/schemas/` (Draft 2020-12) hold every key with its meaning, unit, type
and range. This module checks the user's values against them and tells the first problem in one
sentence: the key, the value given, what is allowed.
"""

import difflib
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from sercues.errors import InputError

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
PROTOCOLS = Path("config/protocols")
COMPLETE = "corrected"  # the protocol that all others are merged over
# of `compared`: what knows nothing of the network, and two maps as one
BLIND = ("energy", "random")
COMBINED = ("union", "intersection")
PARTS = ("occlusion", "crp")  # the methods that these combine
SHORTEST_SEGMENT_S = 0.06  # openSMILE 2.6 gives no value for anything shorter
FEWEST_FRAMES = 16  # fewer do not pass the network's strides

# YAML 1.1 takes 1e-3 for text: its numbers need a point, and a sign of the exponent
EXPONENT = re.compile(r"([-+]?\d+)(\.\d*)?[eE]([-+]?)(\d+)")


def check(config: dict, folder: Path = PROTOCOLS) -> dict:
    """Check a configuration; return a copy with every value of the type its schema names.

    Parameters
    ----------
    config : dict
        As Snakemake merged it from `config/config.yaml`, `--configfile` and `--config`.
    folder : path-like
        Where the protocols lie; names in `overrides` are checked against it.

    Raises
    ------
    InputError
        A key is unknown, missing, or holds a value that is not allowed.
    """
    schema = config_schema()
    _check_override_names(config, folder)
    config = _checked(config, schema, "config key")
    if key := _missing(config, schema):
        raise InputError(f"config key '{key}' is missing; copy it from config/config.yaml.")
    _check_corpus_names(config, corpora(config))
    return config


def protocol(config: dict, name: str, folder: Path = PROTOCOLS) -> dict:
    """Read a protocol: corrected.yaml, changed by its own file, then by the config's overrides.

    Parameters
    ----------
    config : dict
        As `check` returns it; only `overrides` is used: first its block `all`, then `name`.
    name : str
        Stem of the protocol's file.
    folder : path-like
        Where the protocols lie.

    Returns
    -------
    dict
        Every key of `workflow/schemas/protocol.schema.yaml`.

    Raises
    ------
    InputError
        The file is missing or no YAML, a key is unknown, missing, holds a value that is not
        allowed, or contradicts another one.
    """
    schema = protocol_schema()
    merged = {}
    for stem in dict.fromkeys([COMPLETE, name]):
        path = _protocol_file(stem, folder)
        merged = merge(merged, _checked(read_yaml(path), schema, f"{path}: key"))
        # only corrected.yaml can lack a key: what is there once stays there in the merging
        if key := _missing(merged, schema):
            raise InputError(f"{path}: key '{key}' is missing; this protocol has to be complete.")
    where = f"{path}: key"
    for block in ("all", name):
        if changes := config.get("overrides", {}).get(block):
            merged = merge(merged, changes)
            where = f"{path} with the config's overrides: key"
    _check_sense(merged, where)
    return merged


def corpora(config: dict) -> dict[str, dict]:
    """Read the corpora of a configuration, by name.

    Returns
    -------
    dict
        Per corpus ``{"name", "layout", "path", "chain"}`` with `path` None where it has to be downloaded or
        made, and for layout synthetic also ``"speakers"``, ``"clips_per_emotion"``, ``"strength"``
        and ``"seed"``.

    Raises
    ------
    InputError
        Two corpora have one name, a name without `layout` is no known one, or a key does not go
        with the layout.
    """
    rules = config_schema()["properties"]["corpora"]["items"]["properties"]
    sizes = {key: rule["default"] for key, rule in rules.items() if "default" in rule}
    found = {}
    for i, entry in enumerate(config["corpora"]):
        name, layout = entry["name"], entry.get("layout", entry["name"])
        where = f"config key 'corpora[{i}]"
        if name in found:
            raise InputError(f"{where}.name' is '{name}' a second time; give each its own name.")
        _check_layout(entry, layout, rules["layout"]["enum"], set(sizes), where)
        path = str(Path(entry["path"]).expanduser()) if "path" in entry else None
        chain = entry.get("chain", True)
        found[name] = {"name": name, "layout": layout, "path": path, "chain": chain}
        if layout == "synthetic":
            found[name] |= {key: entry.get(key, default) for key, default in sizes.items()}
    if not any(corpus["chain"] for corpus in found.values()):
        raise InputError(
            "config key 'corpora[0].chain' is false; it must be true of one corpus or more."
        )
    return found


def sampled(config: dict) -> list[str]:
    """Methods of `compared` that are explained on a sample, in their order.

    These ask the network, and `methods` has not their maps of every clip. union and intersection
    need the maps of both their parts there, and are left out otherwise.

    Parameters
    ----------
    config : dict
        As `check` returns it.
    """
    both = set(PARTS) <= set(config["methods"])
    return [
        method
        for method in config["compared"]
        if method not in (*BLIND, *config["methods"]) and (both or method not in COMBINED)
    ]


def _check_corpus_names(config: dict, known: dict) -> None:
    """Refuse what is set for a corpus that is not in the list."""
    for key in ("clips_by_corpus", "examples_by_corpus"):
        for name in config["robustness"][key]:
            if name not in known:
                at = f"robustness.{key}."
                raise InputError(
                    f"config key '{at}{name}' is no corpus of the list; {_guess(name, known, at)}"
                )


def _check_layout(entry: dict, layout: str, known: list[str], sizes: set[str], where: str) -> None:
    """Refuse an unknown layout, and keys that a corpus of this layout lacks or cannot use."""
    if layout not in known:
        raise InputError(
            f"{where}.name' is '{layout}', which is no known corpus; it must be one of "
            f"{_list(known)}, or have the key 'layout' with one of them beside it."
        )
    unused = {"path"} if layout == "synthetic" else sizes
    if key := next((key for key in entry if key in unused), None):
        raise InputError(f"{where}.{key}' has no meaning for layout '{layout}'; remove it.")
    if layout == "manifest" and "path" not in entry:
        raise InputError(f"{where}.path' is missing; layout 'manifest' needs its CSV file there.")


def merge(base: dict, changes: dict) -> dict:
    """Copy of `base` with `changes` laid over it: blocks key by key, everything else replaced."""
    merged = dict(base)
    for key, value in changes.items():
        both_blocks = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both_blocks else value
    return merged


@cache
def config_schema() -> dict:
    """Schema of the configuration, with the protocol's schema in the place of its `$ref`."""
    schema = read_yaml(SCHEMAS / "config.schema.yaml")
    # jsonschema would leave `_validator` for another class at a `$schema` within a schema
    block = {key: value for key, value in protocol_schema().items() if key != "$schema"}
    schema["properties"]["overrides"]["additionalProperties"] = block
    return schema


@cache
def protocol_schema() -> dict:
    """Schema of a protocol."""
    return read_yaml(SCHEMAS / "protocol.schema.yaml")


def leaves(schema: dict, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every key that holds a value rather than a block, as (dotted path, its schema).

    ``[]`` in a path stands for the items of a list, ``*`` for a block of any name.
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
    """The values a schema allows, in words that follow "it must be"."""
    if "anyOf" in rule:
        return " or ".join(allowed(option) for option in rule["anyOf"])
    if "enum" in rule:
        words = rule["enum"]
        return f"the word {words[0]}" if len(words) == 1 else f"one of {_list(words)}"
    if rule["type"] == "array":
        return _allowed_list(rule)
    if rule["type"] == "object":
        keys = list(rule.get("properties", ()))
        return f"a block with the keys {_list(keys, 'and')}" if keys else "a block, or {} for none"
    nouns = {"integer": "an integer", "number": "a number", "boolean": "true or false"}
    if rule["type"] in ("integer", "number"):
        return nouns[rule["type"]] + _range(rule)
    return rule.get("title") or nouns.get(rule["type"]) or rule["type"]


def _allowed_list(rule: dict) -> str:
    """`allowed` for a list."""
    items = rule["items"]
    if items["type"] == "object":
        return f"a list of blocks with the keys {_list(items['properties'], 'and')}"
    if rule.get("minItems") == rule.get("maxItems"):
        return f"a list of {rule['minItems']} values, each {allowed(items)}"
    return f"a list of {rule['minItems']} or more different values, each {allowed(items)}"


def _range(rule: dict) -> str:
    """The bounds of a number, in words."""
    if "minimum" in rule and "maximum" in rule:
        return f" from {rule['minimum']} to {rule['maximum']}"
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{word} {rule[bound]}" for bound, word in words.items() if bound in rule]
    return f" {' and '.join(bounds)}" if bounds else ""


def read_yaml(path) -> dict:
    """Read a YAML file that holds keys; an empty one gives an empty dict.

    Raises
    ------
    InputError
        The file is no YAML, names a key twice, or holds something else than keys.
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
    """PyYAML's safe loader, which silently keeps the last of two equal keys, made to refuse them."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key '{key.value}' is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _protocol_file(name: str, folder) -> Path:
    """File of protocol `name`, which must exist."""
    path = Path(folder) / f"{name}.yaml"
    if not path.is_file():
        known = _protocol_names(folder)
        there = f"known protocols: {', '.join(known)}" if known else "no protocol is there"
        raise InputError(f"protocol '{name}' has no file {path}; {there}.")
    return path


def _protocol_names(folder) -> list[str]:
    return sorted(path.stem for path in Path(folder).glob("*.yaml"))


def _check_override_names(config: dict, folder) -> None:
    """Refuse a block of `overrides` that no protocol would ever read."""
    overrides, protocols = config.get("overrides"), config.get("protocols")
    if not isinstance(overrides, dict):
        return  # the schema tells what it must be
    listed = protocols if isinstance(protocols, list) else ()
    known = list(dict.fromkeys(["all", *_protocol_names(folder), *listed]))
    for name in map(str, overrides):
        if name in protocol_schema()["properties"]:
            raise InputError(
                f"config key 'overrides.{name}' lacks the protocol it is for; write it as "
                f"'overrides.all.{name}', or with the protocol's name in the place of 'all'."
            )
        if name not in known:
            guess = _guess(name, list(map(str, known)), "overrides.")
            raise InputError(f"config key 'overrides.{name}' is no protocol; {guess}")


def _checked(document: dict, schema: dict, where: str) -> dict:
    """`document` with values of the schema's types, or an InputError that begins with `where`."""
    document = _typed(document, schema)
    errors = list(_validator()(schema).iter_errors(document))
    if errors:
        # a misspelt key first: it explains the other errors it causes
        errors.sort(key=lambda e: (e.validator != "additionalProperties", _path(e.absolute_path)))
        raise InputError(f"{where} {_problem(errors[0], schema)}")
    return document


def _validator():
    """Draft 2020-12, in which neither NaN nor infinity is a number."""
    usual = Draft202012Validator.TYPE_CHECKER

    def is_finite(_, value):
        return usual.is_type(value, "number") and math.isfinite(value)

    return validators.extend(Draft202012Validator, type_checker=usual.redefine("number", is_finite))


def _typed(value, schema: dict):
    """Copy of `value` with every scalar of the type the schema names, where that loses nothing."""
    if isinstance(value, dict):
        rules, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        return {key: _typed(item, rules.get(key, others)) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item, schema.get("items", {})) for item in value]
    return _typed_scalar(value, schema.get("anyOf", [schema]))


def _typed_scalar(value, options: list[dict]):
    """`value` as one of the types in `options`; unchanged where it is none of them."""
    types = {option.get("type") for option in options}
    words = [word for option in options for word in option.get("enum", [])]
    if isinstance(value, bool) and str(value).lower() in words:
        return str(value).lower()  # YAML reads the word true as a boolean
    if isinstance(value, str) and value not in words and not types <= {"string", None}:
        value = _scalar_in_text(value)  # `--config` gives every nested value as text
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
    """What is wrong, from the key on: ``'sample.correct' is 0; it must be ….``"""
    at, rule, value = list(error.absolute_path), error.schema, error.instance
    if error.validator == "additionalProperties":
        key = next(str(key) for key in value if key not in rule["properties"])
        return f"'{_path([*at, key])}' is not known; {_suggestion(key, at, rule, schema)}"
    if error.validator == "required":
        key = next(key for key in rule["required"] if key not in value)
        return f"'{_path([*at, key])}' is missing; add it."
    if number := _meant(value, rule):
        return f"'{_path(at)}' is '{value}', which YAML reads as text; write {number}."
    return f"'{_path(at)}' is {_shown(value)}; it must be {allowed(rule)}."


def _suggestion(key: str, at: list, rule: dict, schema: dict) -> str:
    """The key that was probably meant: the same word in another block, or one spelt like it."""
    elsewhere = [path for path, _ in leaves(schema) if path.split(".")[-1] == key]
    if elsewhere and not difflib.get_close_matches(key, rule["properties"], 1, cutoff=0.8):
        block = at[1] if at[:1] == ["overrides"] else "all"
        return f"did you mean '{elsewhere[0].replace('*', block)}'?"
    return _guess(key, rule["properties"], _path([*at, ""]))


def _guess(key: str, known, prefix: str) -> str:
    """The one of `known` spelt most like `key`, else all of them."""
    close = difflib.get_close_matches(key, known, 1)
    return f"did you mean '{prefix}{close[0]}'?" if close else f"known here: {', '.join(known)}."


def _meant(value, rule: dict) -> str | None:
    """A number that YAML read as text, in the spelling that it reads as a number: 1.0e-3."""
    options = rule.get("anyOf", [rule])
    if not any(option.get("type") in ("integer", "number") for option in options):
        return None
    if not isinstance(value, str) or not (parts := EXPONENT.fullmatch(value)):
        return None
    whole, point, sign, exponent = parts.groups()
    return f"{whole}{point or '.0'}e{sign or '+'}{exponent}"


def _missing(document: dict, schema: dict, at: tuple = ()) -> str | None:
    """Path of the first key of the schema that is not in `document`, items of lists apart."""
    for key, rule in schema["properties"].items():
        if key not in document:
            return _path([*at, key])
        if "properties" in rule and (path := _missing(document[key], rule, (*at, key))):
            return path
    return None


def _check_sense(protocol: dict, where: str) -> None:
    """Refuse values that are each allowed but contradict each other."""
    for key, what in [*_in_spectrogram(protocol), *_in_training(protocol), *_in_maps(protocol)]:
        value = protocol
        for part in key.split("."):
            value = value[part]
        raise InputError(f"{where} '{key}' is {_shown(value)}; it must be {what}.")


def _in_training(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions of split and training: the key and what it must be."""
    split, front = protocol["split"], protocol["front_end"]
    change = protocol["training"]["augmentation"]
    if split["kind"] == "speakers" and split["folds"] < 2:
        yield "split.folds", "at least 2 where split.kind is speakers"
    for key in ("time_shift_s", "time_mask_s"):
        if change[key] > front["duration_s"]:
            most = f"at most front_end.duration_s, {front['duration_s']}"
            yield f"training.augmentation.{key}", most
    if change["frequency_mask"] > front["n_mels"]:
        most = f"at most front_end.n_mels, {front['n_mels']}"
        yield "training.augmentation.frequency_mask", most


def _in_spectrogram(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions of the front end: the key and what it must be."""
    front, frames = protocol["front_end"], _frames(protocol)
    if front["win_length"] > front["n_fft"]:
        yield "front_end.win_length", f"at most front_end.n_fft, {front['n_fft']}"
    if front["hop_length"] > front["win_length"]:
        yield "front_end.hop_length", f"at most front_end.win_length, {front['win_length']}"
    if front["n_mels"] > front["n_fft"] // 2 + 1:
        yield "front_end.n_mels", f"at most {front['n_fft'] // 2 + 1}, front_end.n_fft / 2 + 1"
    if frames < FEWEST_FRAMES:
        yield "front_end.duration_s", f"long enough for {FEWEST_FRAMES} frames, not {frames}"
    if front["highest_hz"] is not None and front["highest_hz"] > front["sample_rate"] / 2:
        yield (
            "front_end.highest_hz",
            f"at most half of front_end.sample_rate, {front['sample_rate']}",
        )
    if front["scale"][1] <= 0:
        yield "front_end.scale", "two numbers, the second above 0"


def _in_maps(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions of occlusion, LIME, segments and cues: the key and what it must be."""
    front, frames = protocol["front_end"], _frames(protocol)
    if protocol["lime"]["blocks"] > front["n_mels"]:
        yield "lime.blocks", f"at most front_end.n_mels, {front['n_mels']}"
    patch, stride = protocol["occlusion"]["patch"], protocol["occlusion"]["stride"]
    if patch[0] > front["n_mels"] or patch[1] > frames:
        most = f"at most the spectrogram's mel bands × frames, [{front['n_mels']}, {frames}]"
        yield "occlusion.patch", most
    if stride[0] > patch[0] or stride[1] > patch[1]:
        yield "occlusion.stride", f"at most occlusion.patch, {patch}, or cells stay uncovered"
    k, length = protocol["segments"]["k"], protocol["segments"]["window_frames"]
    if k * length > frames:
        most = f"at most {frames // length}, as many windows as {frames} frames hold"
        yield "segments.k", most
    seconds = length * front["hop_length"] / front["sample_rate"]
    if seconds < SHORTEST_SEGMENT_S and protocol["cues"]["extraction"] == "per_segment":
        least = f"at least {SHORTEST_SEGMENT_S} s long, not {seconds:.3f} s, for per_segment cues"
        yield "segments.window_frames", least


def _frames(protocol: dict) -> int:
    """Frames of the protocol's spectrograms, padding included."""
    front = protocol["front_end"]
    return round(front["duration_s"] * front["sample_rate"]) // front["hop_length"] + 1


def _path(parts) -> str:
    """Dotted path of a key, list positions in brackets: ``corpora[0].name``."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _shown(value) -> str:
    """`value` as a user would write it, on one line."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}…"


def _list(words, last: str = "or") -> str:
    """``a, b or c``."""
    *first, final = map(str, words)
    return f"{', '.join(first)} {last} {final}" if first else final
