"""Reading and checking of the configuration and the protocols.

The JSON Schemas in `workflow/schemas/` (Draft 2020-12) define every key with its meaning, unit, type
and range. This module checks the user's values against them and reports the first problem in one
sentence: the key, its value, and what is allowed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from sercues.core import schemas
from sercues.core.errors import InputError
from sercues.core.names import ANALYSES, BLIND, COMBINED, PARTS

COMPLETE = "corrected"  # the protocol that all others modify
SHORTEST_SEGMENT_S = 0.06  # openSMILE 2.6 gives no values for shorter ones
FEWEST_FRAMES = 16  # fewer are too short for the network's strides


def check(config: dict, folder: Path) -> dict:
    """Check a configuration; return a copy with values of the types in its schema.

    Parameters
    ----------
    config : dict
        As Snakemake merged it from `config/config.yaml`, `--configfile` and `--config`.
    folder : path-like
        Folder of the protocols; names in `overrides` are checked against it.

    Raises
    ------
    InputError
        A key is unknown or missing, or has a value that is not allowed.
    """
    schema = schemas.config_schema()
    _check_override_names(config, folder)
    config = schemas.checked(config, schema, "config key")
    if key := schemas.missing_key(config, schema):
        raise InputError(f"config key '{key}' is missing; copy it from config/config.yaml.")
    _check_corpus_names(config, corpora(config))
    return config


def protocol(config: dict, name: str, folder: Path) -> dict:
    """Read a protocol: corrected.yaml, changed by the protocol's file, then by the overrides.

    Parameters
    ----------
    config : dict
        As `check` returns it; only `overrides` is used: block `all`, then block `name`.
    name : str
        Stem of the protocol's file.
    folder : path-like
        Folder of the protocols.

    Returns
    -------
    dict
        Every key of `workflow/schemas/protocol.schema.yaml`.

    Raises
    ------
    InputError
        The file is missing or not YAML, or a key is unknown, missing, has a value that is not
        allowed, or contradicts another key.
    """
    schema = schemas.protocol_schema()
    merged = {}
    for stem in dict.fromkeys([COMPLETE, name]):
        path = _protocol_file(stem, folder)
        merged = merge(merged, schemas.checked(schemas.read_yaml(path), schema, f"{path}: key"))
        # only corrected.yaml can lack a key, as merging keeps all keys
        if key := schemas.missing_key(merged, schema):
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
        Per corpus ``{"name", "layout", "path", "analyses"}``, with `path` None if it has to be
        downloaded or generated; for layout synthetic also ``"speakers"``, ``"clips_per_emotion"``,
        ``"strength"``, ``"planted"`` and ``"seed"``.

    Raises
    ------
    InputError
        Two corpora have the same name, a name without `layout` is unknown, or a key does not fit
        the layout.
    """
    rules = schemas.config_schema()["properties"]["corpora"]["items"]["properties"]
    defaults = {key: rule["default"] for key, rule in rules.items() if "default" in rule}
    entries = {}
    for i, entry in enumerate(config["corpora"]):
        name, layout = entry["name"], entry.get("layout", entry["name"])
        where = f"config key 'corpora[{i}]"
        if name in entries:
            raise InputError(f"{where}.name' is '{name}' a second time; give each its own name.")
        _check_layout(entry, layout, rules["layout"]["enum"], set(defaults), where)
        path = str(Path(entry["path"]).expanduser()) if "path" in entry else None
        analyses = entry.get("analyses", list(ANALYSES))
        entries[name] = {"name": name, "layout": layout, "path": path, "analyses": analyses}
        if layout == "synthetic":
            entries[name] |= {key: entry.get(key, default) for key, default in defaults.items()}
    if not any("saliency" in corpus["analyses"] for corpus in entries.values()):
        raise InputError(
            "config key 'corpora[0].analyses' lacks saliency; one corpus or more must have it."
        )
    return entries


def comparison_methods(config: dict) -> list[str]:
    """Methods of `comparison_methods` to run on a sample of the clips, in their order.

    These use the network and are not in `methods`, which are run on every clip. union and
    intersection combine maps of `methods`, and are left out unless `PARTS` are there.

    Parameters
    ----------
    config : dict
        As `check` returns it.
    """
    combinable = set(PARTS) <= set(config["methods"])
    return [
        method
        for method in config["comparison_methods"]
        if method not in (*BLIND, *config["methods"]) and (combinable or method not in COMBINED)
    ]


def own_fills(protocol: dict, methods: Iterable[str]) -> dict[str, list[str]]:
    """Fills with which each method perturbs clips itself, from its settings.

    Parameters
    ----------
    protocol : dict
        A complete protocol.
    methods : iterable of str
        Names of methods; a combined one has the fills of its parts.
    """
    own = {}
    for method in methods:
        parts = PARTS if method in COMBINED else (method,)
        blocks = (protocol.get(part, {}) for part in parts)
        own[method] = sorted({block["fill"] for block in blocks if "fill" in block})
    return own


def _check_corpus_names(config: dict, known: dict) -> None:
    """Refuse settings of a corpus that is not listed."""
    for key in ("clips_by_corpus", "examples_by_corpus"):
        for name in config["emolime"][key]:
            if name not in known:
                prefix = f"emolime.{key}."
                guess = schemas.guess(name, known, prefix)
                raise InputError(f"config key '{prefix}{name}' is no corpus of the list; {guess}")


def _check_layout(entry: dict, layout: str, known: list[str], sizes: set[str], where: str) -> None:
    """Refuse an unknown layout, and keys that a corpus of this layout lacks or cannot use."""
    if layout not in known:
        raise InputError(
            f"{where}.name' is '{layout}', which is no known corpus; it must be one of "
            f"{schemas.listed(known)}, or have the key 'layout' with one of them beside it."
        )
    unused = {"path"} if layout == "synthetic" else sizes
    if key := next((key for key in entry if key in unused), None):
        raise InputError(f"{where}.{key}' has no meaning for layout '{layout}'; remove it.")
    if layout == "manifest" and "path" not in entry:
        raise InputError(f"{where}.path' is missing; layout 'manifest' needs its CSV file there.")


def merge(base: dict, changes: dict) -> dict:
    """Copy of `base` with `changes`: blocks are merged key by key, other values replaced."""
    merged = dict(base)
    for key, value in changes.items():
        both_blocks = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both_blocks else value
    return merged


def _protocol_file(name: str, folder) -> Path:
    """Existing file of protocol `name`."""
    path = Path(folder) / f"{name}.yaml"
    if not path.is_file():
        known = _protocol_names(folder)
        hint = f"known protocols: {', '.join(known)}" if known else "no protocol is there"
        raise InputError(f"protocol '{name}' has no file {path}; {hint}.")
    return path


def _protocol_names(folder) -> list[str]:
    return sorted(path.stem for path in Path(folder).glob("*.yaml"))


def _check_override_names(config: dict, folder) -> None:
    """Refuse a block of `overrides` that applies to no protocol."""
    overrides, protocols = config.get("overrides"), config.get("protocols")
    if not isinstance(overrides, dict):
        return  # checked by the schema
    configured = protocols if isinstance(protocols, list) else ()
    known = list(dict.fromkeys(["all", *_protocol_names(folder), *configured]))
    for name in map(str, overrides):
        if name in schemas.protocol_schema()["properties"]:
            raise InputError(
                f"config key 'overrides.{name}' lacks the protocol it is for; write it as "
                f"'overrides.all.{name}', or with the protocol's name in the place of 'all'."
            )
        if name not in known:
            guess = schemas.guess(name, list(map(str, known)), "overrides.")
            raise InputError(f"config key 'overrides.{name}' is no protocol; {guess}")


def _check_sense(protocol: dict, where: str) -> None:
    """Refuse values that are allowed but contradict each other."""
    for key, limit in [*_in_spectrogram(protocol), *_in_training(protocol), *_in_maps(protocol)]:
        value = protocol
        for name in key.split("."):
            value = value[name]
        raise InputError(f"{where} '{key}' is {schemas.shown(value)}; it must be {limit}.")


def _in_training(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions in split and training: the key and what it must be."""
    split, front = protocol["split"], protocol["front_end"]
    if split["kind"] == "speakers" and split["folds"] < 2:
        yield "split.folds", "at least 2 where split.kind is speakers"
    if protocol["training"]["time_shift_s"] > front["duration_s"]:
        yield "training.time_shift_s", f"at most front_end.duration_s, {front['duration_s']}"


def _in_spectrogram(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions in the front end: the key and what it must be."""
    front, frames = protocol["front_end"], _frames(protocol)
    if front["win_length"] > front["n_fft"]:
        yield "front_end.win_length", f"at most front_end.n_fft, {front['n_fft']}"
    if front["hop_length"] > front["win_length"]:
        yield "front_end.hop_length", f"at most front_end.win_length, {front['win_length']}"
    if front["n_mels"] > front["n_fft"] // 2 + 1:
        yield "front_end.n_mels", f"at most {front['n_fft'] // 2 + 1}, front_end.n_fft / 2 + 1"
    if frames < FEWEST_FRAMES:
        yield "front_end.duration_s", f"long enough for {FEWEST_FRAMES} frames, not {frames}"
    if front["low_pass_hz"] is not None and front["low_pass_hz"] > front["sample_rate"] / 2:
        yield (
            "front_end.low_pass_hz",
            f"at most half of front_end.sample_rate, {front['sample_rate']}",
        )


def _in_maps(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions in occlusion, segments and cues: the key and what it must be."""
    front, frames = protocol["front_end"], _frames(protocol)
    patch, stride = protocol["occlusion"]["patch"], protocol["occlusion"]["stride"]
    if patch[0] > front["n_mels"] or patch[1] > frames:
        limit = f"at most the spectrogram's mel bands × frames, [{front['n_mels']}, {frames}]"
        yield "occlusion.patch", limit
    if stride[0] > patch[0] or stride[1] > patch[1]:
        yield "occlusion.stride", f"at most occlusion.patch, {patch}, or cells stay uncovered"
    k, length = protocol["segments"]["k"], protocol["segments"]["window_frames"]
    if k * length > frames:
        limit = f"at most {frames // length}, as many windows as {frames} frames hold"
        yield "segments.k", limit
    seconds = length * front["hop_length"] / front["sample_rate"]
    if seconds < SHORTEST_SEGMENT_S and protocol["cues"]["extraction"] == "per_segment":
        limit = f"at least {SHORTEST_SEGMENT_S} s long, not {seconds:.3f} s, for per_segment cues"
        yield "segments.window_frames", limit


def _frames(protocol: dict) -> int:
    """Frames of the protocol's spectrograms, padding included."""
    front = protocol["front_end"]
    return round(front["duration_s"] * front["sample_rate"]) // front["hop_length"] + 1
