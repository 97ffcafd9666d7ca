"""Configuration and protocols: which keys exist, what was set, and what is wrong with it.

The JSON Schemas in `workflow/schemas/` (Draft 2020-12) hold every key with its meaning, unit, type
and range. This module checks the user's values against them and tells the first problem in one
sentence: the key, the value given, what is allowed.
"""

from collections.abc import Iterator
from pathlib import Path

from sercues.core import schemas
from sercues.core.errors import InputError
from sercues.core.names import ANALYSES, BLIND, COMBINED, PARTS

COMPLETE = "corrected"  # the protocol that all others are merged over
SHORTEST_SEGMENT_S = 0.06  # openSMILE 2.6 gives no value for anything shorter
FEWEST_FRAMES = 16  # fewer do not pass the network's strides


def check(config: dict, folder: Path) -> dict:
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
    schema = schemas.config_schema()
    _check_override_names(config, folder)
    config = schemas.checked(config, schema, "config key")
    if key := schemas.missing_key(config, schema):
        raise InputError(f"config key '{key}' is missing; copy it from config/config.yaml.")
    _check_corpus_names(config, corpora(config))
    return config


def protocol(config: dict, name: str, folder: Path) -> dict:
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
    schema = schemas.protocol_schema()
    merged = {}
    for stem in dict.fromkeys([COMPLETE, name]):
        path = _protocol_file(stem, folder)
        merged = merge(merged, schemas.checked(schemas.read_yaml(path), schema, f"{path}: key"))
        # only corrected.yaml can lack a key: what is there once stays there in the merging
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
        Per corpus ``{"name", "layout", "path", "analyses"}`` with `path` None where it has to be downloaded or
        made, and for layout synthetic also ``"speakers"``, ``"clips_per_emotion"``, ``"strength"``
        and ``"seed"``.

    Raises
    ------
    InputError
        Two corpora have one name, a name without `layout` is no known one, or a key does not go
        with the layout.
    """
    rules = schemas.config_schema()["properties"]["corpora"]["items"]["properties"]
    sizes = {key: rule["default"] for key, rule in rules.items() if "default" in rule}
    found = {}
    for i, entry in enumerate(config["corpora"]):
        name, layout = entry["name"], entry.get("layout", entry["name"])
        where = f"config key 'corpora[{i}]"
        if name in found:
            raise InputError(f"{where}.name' is '{name}' a second time; give each its own name.")
        _check_layout(entry, layout, rules["layout"]["enum"], set(sizes), where)
        path = str(Path(entry["path"]).expanduser()) if "path" in entry else None
        analyses = entry.get("analyses", list(ANALYSES))
        found[name] = {"name": name, "layout": layout, "path": path, "analyses": analyses}
        if layout == "synthetic":
            found[name] |= {key: entry.get(key, default) for key, default in sizes.items()}
    if not any("saliency" in corpus["analyses"] for corpus in found.values()):
        raise InputError(
            "config key 'corpora[0].analyses' lacks saliency; one corpus or more must have it."
        )
    return found


def comparison_methods(config: dict) -> list[str]:
    """Methods of `comparison_methods` that are explained on a sample, in their order.

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
        for method in config["comparison_methods"]
        if method not in (*BLIND, *config["methods"]) and (both or method not in COMBINED)
    ]


def _check_corpus_names(config: dict, known: dict) -> None:
    """Refuse what is set for a corpus that is not in the list."""
    for key in ("clips_by_corpus", "examples_by_corpus"):
        for name in config["emolime"][key]:
            if name not in known:
                at = f"emolime.{key}."
                raise InputError(
                    f"config key '{at}{name}' is no corpus of the list; {schemas.guess(name, known, at)}"
                )


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
    """Copy of `base` with `changes` laid over it: blocks key by key, everything else replaced."""
    merged = dict(base)
    for key, value in changes.items():
        both_blocks = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both_blocks else value
    return merged


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
        if name in schemas.protocol_schema()["properties"]:
            raise InputError(
                f"config key 'overrides.{name}' lacks the protocol it is for; write it as "
                f"'overrides.all.{name}', or with the protocol's name in the place of 'all'."
            )
        if name not in known:
            guess = schemas.guess(name, list(map(str, known)), "overrides.")
            raise InputError(f"config key 'overrides.{name}' is no protocol; {guess}")


def _check_sense(protocol: dict, where: str) -> None:
    """Refuse values that are each allowed but contradict each other."""
    for key, what in [*_in_spectrogram(protocol), *_in_training(protocol), *_in_maps(protocol)]:
        value = protocol
        for part in key.split("."):
            value = value[part]
        raise InputError(f"{where} '{key}' is {schemas.shown(value)}; it must be {what}.")


def _in_training(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions of split and training: the key and what it must be."""
    split, front = protocol["split"], protocol["front_end"]
    if split["kind"] == "speakers" and split["folds"] < 2:
        yield "split.folds", "at least 2 where split.kind is speakers"
    if protocol["training"]["time_shift_s"] > front["duration_s"]:
        yield "training.time_shift_s", f"at most front_end.duration_s, {front['duration_s']}"


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
    if front["low_pass_hz"] is not None and front["low_pass_hz"] > front["sample_rate"] / 2:
        yield (
            "front_end.low_pass_hz",
            f"at most half of front_end.sample_rate, {front['sample_rate']}",
        )


def _in_maps(protocol: dict) -> Iterator[tuple[str, str]]:
    """Contradictions of occlusion, segments and cues: the key and what it must be."""
    front, frames = protocol["front_end"], _frames(protocol)
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
