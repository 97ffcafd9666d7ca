"""Laws of the configuration: every mistake is told in one sentence."""

import copy
import math
import re
from pathlib import Path

import pytest
import yaml
from snakemake.cli import parse_config
from snakemake.utils import update_config

from known_settings import (
    CONFIG_LEAVES,
    CORPUS_KEYS,
    PROTOCOL_LEAVES,
    PROTOCOLS,
    README,
    default,
    flat,
    get,
    parts,
)
from paths import ROOT
from sercues.core import names, schemas, settings
from sercues.core.errors import InputError
from sercues.saliency import combined


def overlaid(changes) -> dict:
    """The default config with `changes` (a dict, or YAML) merged over it as Snakemake does it."""
    config = default()
    update_config(config, yaml.safe_load(changes) if isinstance(changes, str) else changes)
    return config


def blocks(rule, path=""):
    """(path, rule) of every block of a schema that has keys."""
    if "properties" in rule:
        yield path, rule
    for key, inner in rule.get("properties", {}).items():
        yield from blocks(inner.get("items", inner), f"{path}.{key}")


def put(document, path: str, value):
    """Copy of `document` with `value` at `path`; blocks on the way are made where absent."""
    document = copy.deepcopy(document)
    *way, last = parts(path)
    place = document
    for part in way:
        place = place[part] if isinstance(part, int) else place.setdefault(part, {})
    place[last] = value
    return document


def told(path: str) -> str:
    """How a message writes the key at `path`."""
    return re.sub(r"\.(\d+)", r"[\1]", path)


def whole_config(changed: dict) -> dict:
    """Check `changed` and all its protocols, as the workflow does."""
    config = settings.check(changed, PROTOCOLS)
    for name in config["protocols"]:
        settings.protocol(config, name, PROTOCOLS)
    return config


def sentence(call, *args) -> str:
    """The message of the InputError that `call` raises, after a look at its form."""
    with pytest.raises(InputError) as caught:
        call(*args)
    text = str(caught.value)
    assert "\n" not in text and text.endswith((".", "?"))
    assert not re.search(r"[.?] [A-Z]", text), f"more than one sentence: {text}"
    return text


def own_protocol(folder: Path, text: str, name: str = "mine") -> Path:
    """A protocols folder with corrected.yaml and `name`.yaml, which holds `text`."""
    for stem, content in (("corrected", (PROTOCOLS / "corrected.yaml").read_text()), (name, text)):
        (folder / f"{stem}.yaml").write_text(content)
    return folder


def with_corpus_key(path: str) -> dict:
    """The default config, or one whose first corpus may have the key at `path`."""
    own_sizes = [key for key, rule in CORPUS_KEYS.items() if "default" in rule]
    if path.split(".")[-1] in own_sizes and path.startswith("corpora"):
        return overlaid({"corpora": [{"name": "synthetic"}]})
    return overlaid({"corpora": [{"name": "crema_d", "path": "/data/crema_d"}]})


def misspelt(word: str) -> str:
    """`word` with its last letter doubled, which is no key anywhere."""
    return word + word[-1]


def wrong_types(rule: dict) -> list:
    """Values of types that `rule` does not allow."""
    options = rule.get("anyOf", [rule])
    types = {option["type"] for option in options}
    free_text = any(o["type"] == "string" and "enum" not in o for o in options)
    wrong = [{"a": 1}]
    wrong += [] if "array" in types else [["b"]]
    wrong += [] if "boolean" in types else [True]
    wrong += [] if "null" in types else [None]
    wrong += [] if free_text else ["many"]
    wrong += [] if types & {"integer", "number"} else [3]
    wrong += [] if "number" in types else [2.5]
    return wrong


def out_of_range(rule: dict) -> list:
    """Values of the right type just beyond each bound of `rule`."""
    if rule.get("type") == "array":
        good = rule["items"].get("enum", [1, 2])[0]
        wrong = [[value] * max(1, rule["minItems"]) for value in out_of_range(rule["items"])]
        wrong += [[good] * (rule["minItems"] - 1)] if rule["minItems"] else []
        wrong += [[good] * (rule["maxItems"] + 1)] if "maxItems" in rule else []
        wrong += [[good, good]] if rule.get("uniqueItems") else []
        return wrong
    wrong = []
    for option in rule.get("anyOf", [rule]):
        wrong += [option["minimum"] - 1] if "minimum" in option else []
        wrong += [option["exclusiveMinimum"]] if "exclusiveMinimum" in option else []
        wrong += [option["maximum"] + 1] if "maximum" in option else []
        wrong += [option["exclusiveMaximum"]] if "exclusiveMaximum" in option else []
        wrong += [math.nan, math.inf] if option["type"] == "number" else []
        wrong += [""] if "minLength" in option or "pattern" in option else []
        wrong += ["Ä b"] if "pattern" in option else []
        wrong += option["not"]["enum"] if "not" in option else []
    return wrong


# --- what is right ------------------------------------------------------------------------------


@pytest.mark.parametrize("overlay", [{}, "demo.yaml"])
def test_shipped_configs_and_protocols_are_valid(overlay):
    changes = (ROOT / "config" / overlay).read_text(encoding="utf-8") if overlay else {}
    config = settings.check(overlaid(changes), PROTOCOLS)
    for name in ("corrected", "published"):
        protocol = settings.protocol(config, name, PROTOCOLS)
        assert {path for path, _ in flat(protocol)} == set(PROTOCOL_LEAVES)


def test_values_get_the_type_of_the_schema():
    config = settings.check(overlaid("{excluded_limit: 0, shards: 2.0, seeds: [3.0]}"), PROTOCOLS)
    assert [type(config["excluded_limit"]), type(config["shards"])] == [float, int]
    assert type(config["seeds"][0]) is int
    protocol = settings.protocol(config, "published", PROTOCOLS)
    assert type(protocol["training"]["label_smoothing"]) is float
    assert [type(value) for value in protocol["front_end"]["normalisation"].values()] == [float] * 2


def test_nested_values_that_come_as_text():
    """`--config` gives every nested value as text."""
    given = parse_config([
        "sample={correct: all, misclassified: 7}",
        "seeds=[1, 2]",
        "excluded_limit=1",
        "overrides={all: {crp: {channel: null}, split: {stop_on_leak: false, folds: 3}}}",
    ])  # fmt: skip
    config = settings.check(overlaid(given), PROTOCOLS)
    assert config["sample"] == {"correct": "all", "misclassified": 7, "seed": 1}
    assert config["seeds"] == [1, 2]
    protocol = settings.protocol(config, "corrected", PROTOCOLS)
    assert protocol["crp"]["channel"] is None
    assert protocol["split"]["stop_on_leak"] is False and protocol["split"]["folds"] == 3


def test_numbers_by_corpus_get_their_type():
    study = {"clips_by_corpus": {"emodb": "all", "tess": "12"}}  # as `--config` gives them
    found = settings.check(overlaid({"emolime": study}), PROTOCOLS)["emolime"]
    assert found["clips_by_corpus"] == {"emodb": "all", "tess": 12} and found["clips"] == 10


def test_check_does_not_change_its_input():
    config = overlaid("{excluded_limit: 0, targets: [true_label]}")
    before = copy.deepcopy(config)
    settings.check(config, PROTOCOLS)
    assert config == before and type(config["excluded_limit"]) is int


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("robustness: {clips: 3}", "robustness", "emolime"),
        ("compared: [lime]", "compared", "comparison_methods"),
        ("explain: [predicted]", "explain", "targets"),
        ("corpora: [{name: emodb, chain: false}]", "corpora[0].chain", "corpora[0].analyses"),
        ("faithfulness: {likeness: 2}", "faithfulness.likeness", "faithfulness.stability"),
        ("overrides: {all: {lime: {pieces: 9}}}", "overrides.all.lime.pieces", "overrides.all.lime.time_bins"),
        ("overrides: {all: {training: {augmentation: {time_shift_s: 0}}}}", "overrides.all.training.augmentation", "overrides.all.training.time_shift_s"),
    ],
)  # fmt: skip
def test_old_keys_are_refused_with_their_new_name(text, old, new):
    said = sentence(settings.check, overlaid(text), PROTOCOLS)
    assert said.startswith(f"config key '{old}' is now called '{new}', which is ")


@pytest.mark.parametrize("schema", [schemas.config_schema(), schemas.protocol_schema()])
def test_every_old_name_is_free(schema):
    for path, rule in blocks(schema):
        olds = [own["formerly"] for own in rule["properties"].values() if "formerly" in own]
        assert not set(olds) & set(rule["properties"]), path


# --- what is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*CONFIG_LEAVES, "sample", "overrides", "corpora"])
def test_misspelt_config_key(path):
    config = put(with_corpus_key(path), path, get(default(), path) if path in default() else 1)
    *way, last = parts(path)
    block = get(config, ".".join(map(str, way))) if way else config
    block[misspelt(last)] = block.pop(last)
    text = sentence(settings.check, config, PROTOCOLS)
    wrong = told(".".join([*map(str, way), misspelt(last)]))
    assert text == f"config key '{wrong}' is not known; did you mean '{told(path)}'?"


@pytest.mark.parametrize("path", PROTOCOL_LEAVES)
def test_misspelt_protocol_key(path, tmp_path):
    wrong = misspelt(path)
    folder = own_protocol(tmp_path, yaml.safe_dump(put({}, wrong, 1)))
    text = sentence(settings.protocol, {}, "mine", folder)
    assert text == f"{folder / 'mine.yaml'}: key '{wrong}' is not known; did you mean '{path}'?"
    config = put(default(), f"overrides.published.{wrong}", 1)
    text = sentence(settings.check, config, PROTOCOLS)
    assert text.startswith(f"config key 'overrides.published.{wrong}' is not known; did you mean")
    assert text.endswith(f"'overrides.published.{path}'?")


@pytest.mark.parametrize("block", schemas.protocol_schema()["properties"])
def test_misspelt_protocol_block(block, tmp_path):
    folder = own_protocol(tmp_path, f"{misspelt(block)}: {{}}")
    text = sentence(settings.protocol, {}, "mine", folder)
    assert text.endswith(f"key '{misspelt(block)}' is not known; did you mean '{block}'?")


@pytest.mark.parametrize("path", CONFIG_LEAVES)
@pytest.mark.parametrize("kind", [wrong_types, out_of_range])
def test_wrong_config_value(path, kind):
    for value in kind(CONFIG_LEAVES[path]):
        text = sentence(settings.check, put(with_corpus_key(path), path, value), PROTOCOLS)
        assert text.startswith(f"config key '{told(path)}"), value
        assert "it must be" in text


@pytest.mark.parametrize("path", PROTOCOL_LEAVES)
@pytest.mark.parametrize("kind", [wrong_types, out_of_range])
def test_wrong_protocol_value(path, kind):
    for value in kind(PROTOCOL_LEAVES[path]):
        config = put(default(), f"overrides.all.{path}", value)
        text = sentence(settings.check, config, PROTOCOLS)
        assert text.startswith(f"config key 'overrides.all.{path}"), value
        assert "it must be" in text


def test_wrong_value_in_a_protocol_file(tmp_path):
    folder = own_protocol(tmp_path, "training: {epochs: 0}")
    text = sentence(settings.protocol, {}, "mine", folder)
    assert text.startswith(
        f"{folder / 'mine.yaml'}: key 'training.epochs' is 0; it must be an integer"
    )


@pytest.mark.parametrize("path", ["corpora", "shards", "sample", "sample.seed", "overrides"])
def test_missing_config_key(path):
    config = default()
    *way, last = path.split(".")
    del (config[way[0]] if way else config)[last]
    assert f"'{path}" in sentence(settings.check, config, PROTOCOLS)


@pytest.mark.parametrize("path", PROTOCOL_LEAVES)
def test_corrected_must_be_complete(path, tmp_path):
    complete = schemas.read_yaml(PROTOCOLS / "corrected.yaml")
    *way, last = path.split(".")
    del get(complete, ".".join(way))[last]
    (tmp_path / "corrected.yaml").write_text(yaml.safe_dump(complete))
    text = sentence(settings.protocol, {}, "corrected", tmp_path)
    assert f"corrected.yaml: key '{path}' is missing" in text


@pytest.mark.parametrize(
    ("written", "advice"),
    [("1e-3", "1.0e-3"), ("1e3", "1.0e+3"), ("2.5e3", "2.5e+3"), ("-1E-2", "-1.0e-2")],
)
def test_numbers_that_yaml_takes_for_text(written, advice):
    changes = f"overrides: {{corrected: {{training: {{learning_rate: {written}}}}}}}"
    text = sentence(settings.check, overlaid(changes), PROTOCOLS)
    assert text == (
        f"config key 'overrides.corrected.training.learning_rate' is '{written}', which YAML "
        f"reads as text; write {advice}."
    )
    assert isinstance(yaml.safe_load(advice), float)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ("epochs: 3", "did you mean 'overrides.all.training.epochs'?"),
        ("correct: 3", "did you mean 'sample.correct'?"),
        ("overrides: {published: {epochs: 3}}", "did you mean 'overrides.published.training.epochs'?"),
        ("overrides: {training: {epochs: 3}}", "write it as 'overrides.all.training'"),
        ("overrides: {corected: {}}", "did you mean 'overrides.corrected'?"),
        ("overrides: {1: {}}", "'overrides.1' is no protocol; known here: all, corrected, emolime"),
        ("xyz: 3", "'xyz' is not known; known here: corpora, protocols,"),
        ("1: 3", "'1' is not known; known here: corpora, protocols,"),
        ("sample:", "'sample' is empty; it must be a block with the keys correct, misclassified and"),
        ("corpora: [tess]", "'corpora[0]' is 'tess'; it must be a block with the keys name,"),
        ("protocols: corrected", "'protocols' is 'corrected'; it must be a list of"),
        ("shards: many", "config key 'shards' is 'many'; it must be an integer of at least 1."),
        ("sample: {corect: 1}", "'sample.corect' is not known; did you mean 'sample.correct'?"),
        ("emolime: {clips_by_corpus: {tesss: 3}}", "'emolime.clips_by_corpus.tesss' is no corpus of the list; did you mean 'emolime.clips_by_corpus.tess'?"),
        ("emolime: {clips_by_corpus: {tess: 1}}", "'emolime.clips_by_corpus.tess' is 1; it must be an integer of at least 2 or the word all."),
        ("emolime: {examples_by_corpus: {ravdess: [x]}}", "'emolime.examples_by_corpus.ravdess' is no corpus of the list; known here: crema_d, tess, emodb."),
        ("emolime: {examples_by_corpus: {tess: 3}}", "is 3; it must be a list of 1 or more different values, each a clip_id."),
        ("emolime: {examples_by_corpus: {tess: [3]}}", "'emolime.examples_by_corpus.tess[0]' is 3; it must be a clip_id."),
        ("emolime: {clips: {tess: 3}}", "'emolime.clips' is {'tess': 3}; it must be an integer of"),
    ],
)  # fmt: skip
def test_frequent_mistakes(changes, said):
    assert said in sentence(settings.check, overlaid(changes), PROTOCOLS)


def test_long_or_broken_values_stay_on_one_line():
    value = "two\nlines " + 500 * "x"
    assert len(sentence(settings.check, overlaid({"shards": value}), PROTOCOLS)) < 200


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ("split: {folds: 1}", "split.folds"),
        ("front_end: {win_length: 2048}", "front_end.win_length"),
        ("front_end: {hop_length: 481}", "front_end.hop_length"),
        ("front_end: {n_mels: 300, n_fft: 512}", "front_end.n_mels"),
        ("front_end: {duration_s: 0.2}", "front_end.duration_s"),
        ("training: {time_shift_s: 3.1}", "training.time_shift_s"),
        ("occlusion: {patch: [129, 10]}", "occlusion.patch"),
        ("occlusion: {patch: [1, 202]}", "occlusion.patch"),
        ("occlusion: {stride: [2, 3]}", "occlusion.stride"),
        ("occlusion: {stride: [1, 11]}", "occlusion.stride"),
        ("segments: {k: 21}", "segments.k"),
        (
            "{segments: {window_frames: 3}, cues: {extraction: per_segment}}",
            "segments.window_frames",
        ),
    ],
)
def test_contradictions(changes, key, tmp_path):
    folder = own_protocol(tmp_path, changes)
    text = sentence(settings.protocol, {}, "mine", folder)
    assert text.startswith(f"{folder / 'mine.yaml'}: key '{key}' is ")
    overrides = {"overrides": {"corrected": yaml.safe_load(changes)}}
    text = sentence(settings.protocol, overrides, "corrected", folder)
    assert text.startswith(
        f"{folder / 'corrected.yaml'} with the config's overrides: key '{key}' is "
    )


# --- protocols ----------------------------------------------------------------------------------


def test_published_lists_only_differences():
    corrected = dict(flat(schemas.read_yaml(PROTOCOLS / "corrected.yaml")))
    for path, value in flat(schemas.read_yaml(PROTOCOLS / "published.yaml")):
        assert value != corrected[path], f"{path} is as in corrected.yaml"


def test_merging_order():
    """corrected.yaml, then the protocol's file, then `all`, then the block of its name."""
    overrides = {
        "all": {"training": {"epochs": 7, "batch_size": 5}, "split": {"folds": 3}},
        "published": {"training": {"epochs": 8}},
    }
    config = settings.check(overlaid({"overrides": overrides}), PROTOCOLS)
    corrected = settings.protocol(config, "corrected", PROTOCOLS)
    published = settings.protocol(config, "published", PROTOCOLS)
    assert [corrected["training"]["epochs"], published["training"]["epochs"]] == [7, 8]
    assert corrected["split"]["folds"] == published["split"]["folds"] == 3
    assert [published["training"][key] for key in ("batch_size", "time_shift_s")] == [5, 0]
    plain = settings.protocol({"overrides": {}}, "published", PROTOCOLS)
    assert plain["training"]["epochs"] == 10 and plain["occlusion"]["patch"] == [1, 10]


def test_merge_replaces_lists_and_leaves_its_input_alone():
    base = {"a": {"b": [1, 2], "c": 3}, "d": {"e": 4}}
    before = copy.deepcopy(base)
    assert settings.merge(base, {"a": {"b": [5]}, "d": 6}) == {"a": {"b": [5], "c": 3}, "d": 6}
    assert base == before


def test_an_empty_protocol_is_the_corrected_one(tmp_path):
    folder = own_protocol(tmp_path, "# nothing yet\n")
    assert settings.protocol({}, "mine", folder) == settings.protocol({}, "corrected", PROTOCOLS)


def test_missing_protocol(tmp_path):
    text = sentence(settings.protocol, {}, "corected", PROTOCOLS)
    assert str(PROTOCOLS / "corected.yaml") in text
    assert text.endswith("known protocols: corrected, emolime, published.")
    assert "no protocol is there" in sentence(settings.protocol, {}, "corrected", tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"training:\n  epochs: 3\n\tbatch_size: 2\n", "mine.yaml, line 3 is not valid YAML"),
        (b"training: {epochs: 3}\ncrp: {}\ntraining: {}\n", "line 3 is not valid YAML: the key 'training' is there twice"),
        (b"- training\n", "mine.yaml must hold keys and values"),
        (b"training: \xff\xfe\n", "mine.yaml is not valid YAML"),
        (b"training:\n", "key 'training' is empty; it must be a block"),
        (b"? [a, b]\n: 1\n", "mine.yaml, line 1 is not valid YAML"),
    ],
)  # fmt: skip
def test_broken_protocol_file(content, said, tmp_path):
    folder = own_protocol(tmp_path, "")
    (folder / "mine.yaml").write_bytes(content)
    assert said in sentence(settings.protocol, {}, "mine", folder)


# --- corpora ------------------------------------------------------------------------------------


def test_corpora_get_layout_path_and_sizes():
    entries = """corpora:
      - {name: synthetic, speakers: 4}
      - {name: tess, path: /data/tess}
      - {name: lab_1, layout: manifest, path: ~/clips.csv}
      - {name: hard, layout: synthetic, strength: 0}"""
    found = settings.corpora(settings.check(overlaid(entries), PROTOCOLS))
    assert list(found) == ["synthetic", "tess", "lab_1", "hard"]
    sizes = {"clips_per_emotion": 10, "planted": "together", "seed": 1}
    assert found["synthetic"] == {
        "name": "synthetic", "layout": "synthetic", "path": None, "speakers": 4, "strength": 1.0,
        "analyses": ["saliency", "emolime"],
    } | sizes  # fmt: skip
    assert found["tess"] == {
        "name": "tess",
        "layout": "tess",
        "path": "/data/tess",
        "analyses": ["saliency", "emolime"],
    }
    assert found["lab_1"]["layout"] == "manifest"
    assert found["lab_1"]["path"] == str(Path.home() / "clips.csv")
    assert found["hard"]["strength"] == 0 and found["hard"]["speakers"] == 12


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("[{name: tess}, {name: emodb}, {name: tess}]", "'corpora[2].name' is 'tess' a second time"),
        ("[{name: cremad}]", "'corpora[0].name' is 'cremad', which is no known corpus"),
        ("[{name: lab, layout: cremad}]", "'corpora[0].layout' is 'cremad'; it must be one of crema_d,"),
        ("[{path: x}]", "'corpora[0].name' is missing"),
        ("[{name: lab, layout: manifest}]", "'corpora[0].path' is missing"),
        ("[{name: synthetic, path: x}]", "'corpora[0].path' has no meaning for layout 'synthetic'"),
        ("[{name: tess, speakers: 2}]", "'corpora[0].speakers' has no meaning for layout 'tess'"),
        ("[{name: Lab, layout: manifest, path: x}]", "'corpora[0].name' is 'Lab'; it must be a name of"),
        ("[]", "'corpora' is []; it must be a list of blocks with the keys name,"),
    ],
)  # fmt: skip
def test_wrong_corpora(entries, said):
    assert said in sentence(settings.check, overlaid(f"corpora: {entries}"), PROTOCOLS)


# --- in step with the documents and the other modules ---------------------------------------------


def test_readme_explains_every_column_of_the_tables_beside_it():
    named = set(re.findall(r"^\| `([^`]+)` \|", README, re.MULTILINE))
    for name in ("corpora", "expectations"):
        header = (ROOT / "config" / f"{name}.tsv").read_text(encoding="utf-8").split("\n", 1)[0]
        assert set(header.split("\t")) <= named, name


def test_yaml_in_the_readme_is_valid(tmp_path):
    """The examples can be copied."""
    for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL):
        if "config/protocols/coarse.yaml" in block:
            settings.protocol({}, "mine", own_protocol(tmp_path, block))
        else:
            whole_config(overlaid(block))


def test_words_shared_with_other_modules():
    from sercues.classifiers import resnet
    from sercues.corpora import adapter, labels
    from sercues.cues import descriptors

    properties = schemas.config_schema()["properties"]
    assert CORPUS_KEYS["layout"]["enum"] == adapter.names()
    assert tuple(properties["emotions"]["items"]["enum"]) == labels.EMOTIONS
    assert settings.SHORTEST_SEGMENT_S == descriptors.SHORTEST_S
    modules = dict(resnet.ResNet(7).named_modules())
    assert set(PROTOCOL_LEAVES["crp.layer"]["enum"]) <= set(modules)


def test_what_is_compared_and_asks_the_network_is_explained_on_a_sample():
    config = default()
    beside = ["union", "intersection", "gradcam", "integrated_gradients", "lime"]
    assert settings.comparison_methods(config) == beside
    # full maps serve where there are such, and a combined method needs both parts
    config["methods"] = ["occlusion", "gradcam"]
    assert settings.comparison_methods(config) == ["integrated_gradients", "lime"]
    assert set(names.COMBINED) == set(combined.KINDS)
    assert names.PARTS == combined.PARTS


def test_the_fills_of_methods_are_those_of_their_settings():
    protocol = {"occlusion": {"fill": "loudest"}, "lime": {"fill": "mean"}, "crp": {"layer": "b"}}
    methods = ["occlusion", "crp", "lime", "union", "energy"]
    assert settings.own_fills(protocol, methods) == {
        "occlusion": ["loudest"],
        "crp": [],
        "lime": ["mean"],
        "union": ["loudest"],
        "energy": [],
    }
