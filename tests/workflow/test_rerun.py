"""What reruns what: an edit does, a touch does not, a second run does nothing."""

import re

import pytest
import yaml

from sercues.core import tables
from small_configs import QUICK

CONFIG = QUICK | {"comparison_methods": ["random"]}
LIBRARY = "workflow/scripts/sercues"
# what no statistic and no figure may rerun
OF_MAPS = {
    "train_classifier",
    "predict_emotions",
    "gather_predictions",
    "choose_clips",
    "compute_saliency",
    "extract_segments",
    "extract_cues",
    "compute_perturbations",
    "compare_explanations",
}
# words of a new method, at the end of the protocol's schema
TOY_BLOCK = """
  toy:
    description: A method of this test
    type: object
    additionalProperties: false
    properties:
      gain:
        description: factor
        type: number
"""


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory, new_checkout):
    """A checkout whose tables and figures are made, from a corpus of 24 clips and one epoch."""
    checkout = new_checkout(tmp_path_factory.mktemp("finished"))
    (checkout.folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    result = checkout.run("tables", "segments", "figures", "--configfile", "tiny.yaml")
    assert result.returncode == 0, result.stdout[-6000:]
    return checkout


@pytest.fixture
def finished(finished_once, new_checkout, tmp_path):
    """A copy of it."""
    return new_checkout(tmp_path / "copy", finished_once)


@pytest.mark.long
def test_another_number_of_clips_of_one_corpus_reruns_that_corpus(checkout):
    """Two corpora, one linear classifier and four masks a clip."""
    small = {"layout": "synthetic", "speakers": 4, "clips_per_emotion": 2}
    study = {"classifiers": ["egemaps"], "clips": 2, "protocol": "emolime"}
    config = CONFIG | {
        "corpora": [{"name": "one", "seed": 1} | small, {"name": "two", "seed": 2} | small],
        "emolime": study,
        "overrides": {"emolime": {"split": {"folds": 2}, "bands": {"n_bands": 2}}},
    }

    def write(**changes):
        path = checkout.folder / "study.yaml"
        path.write_text(yaml.safe_dump(config | {"emolime": study | changes}))

    scores = [f"results/{name}/emolime/masked_scores/egemaps.parquet" for name in ("one", "two")]
    given = (*scores, "--configfile", "study.yaml")
    write()
    result = checkout.run(*given)
    assert result.returncode == 0, result.stdout[-6000:]
    assert checkout.planned(*given) == set()
    write(clips_by_corpus={"two": "all"})
    assert checkout.planned(scores[0], *given[2:]) == set()
    assert checkout.planned(*given) == {"compute_masked_scores"}
    write(clips_by_corpus={"one": 2})  # the number it had
    assert checkout.planned(*given) == set()

    # a clip of one's own choice, which was not drawn; a failed job leaves no scores
    drawn = set(tables.read(checkout.folder / scores[1])["clip_id"])
    write(examples_by_corpus={"two": ["nobody"]})
    result = checkout.run(*given)
    assert result.returncode != 0 and "'nobody', which is no clip of two; name" in result.stdout
    place = checkout.folder / "results/two/emolime"
    tested = tables.read(place / "splits.parquet").query("part == 'test'")["clip_id"]
    chosen = min(set(tested) - drawn)
    write(examples_by_corpus={"two": [chosen]})
    result = checkout.run(
        "results/figures/two_emolime_egemaps_bands.png",
        "results/two/emolime/band_sounds/egemaps.parquet",
        *given[2:],
    )
    assert result.returncode == 0, result.stdout[-6000:]
    scored = tables.read(checkout.folder / scores[1])
    assert set(scored.loc[scored["drawn"], "clip_id"]) == drawn
    assert set(scored.loc[~scored["drawn"], "clip_id"]) == {chosen}
    sounds = tables.read(place / "band_sounds/egemaps.parquet")
    assert set(sounds["clip_id"]) == {chosen} and len(sounds) == 4


def jobs(checkout, *targets):
    """(rule, wildcards, reason) of every job that a dry run plans."""
    shown = checkout.run(*targets, "--configfile", "tiny.yaml", "--dry-run")
    assert shown.returncode == 0, shown.stdout
    blocks = re.split(r"^(?=(?:local)?rule )", shown.stdout, flags=re.M)[1:]
    for block in blocks:
        found = {
            key: re.search(rf"^    {key}: (.*)$", block, re.M) for key in ("wildcards", "reason")
        }
        yield (
            block.split(":")[0].split()[1],
            *(match[1] if match else "" for match in found.values()),
        )


def test_reruns(finished):
    tiny = ("--configfile", "tiny.yaml")
    targets = ("tables", "segments", "figures")
    assert finished.planned(*targets, *tiny) == set()

    # neither a touch, nor a comment, a docstring or another layout
    for file in (finished.folder / "workflow/scripts").rglob("*.py"):
        file.touch()
    assert finished.planned(*targets, *tiny) == set()
    edited = finished.folder / LIBRARY / "audio/signal.py"
    before = edited.read_text()
    changed = before.replace('"""', '"""Other words. ', 1).replace("\n\n\n", "\n\n\n# why\n\n", 1)
    assert changed != before
    edited.write_text(changed)
    script = finished.folder / "workflow/scripts/predict_emotions.py"
    script.write_text("# a comment\n" + script.read_text())
    assert finished.planned(*targets, *tiny) == set()

    # a constant, which Snakemake names as the reason
    edited.write_text(before.replace("\nFLOOR = ", "\nFLOOR = 2 * "))
    assert edited.read_text() != before
    reasons = {rule: reason for rule, _, reason in jobs(finished, *targets)}
    assert "build_manifest" in reasons and "build_synthetic_corpus" not in reasons
    assert re.search(
        r"before: 'audio/signal\.py \w+' now: 'audio/signal\.py \w+'", reasons["build_manifest"]
    )
    edited.write_text(before)
    script.write_text(script.read_text() + "\nOTHER = 1\n")
    reasons = {rule: reason for rule, _, reason in jobs(finished, *targets)}
    assert "predict_emotions.py" in reasons["predict_emotions"]
    assert not {"train_classifier", "compute_spectrograms"} & set(reasons)
    script.write_text(script.read_text().replace("\nOTHER = 1\n", ""))
    assert finished.planned(*targets, *tiny) == set()

    # what only tables and figures rest on
    edited = finished.folder / LIBRARY / "stats/bootstrap.py"
    before = edited.read_text()
    edited.write_text(before + "\nOTHER = 1\n")
    planned = finished.planned(*targets, *tiny)
    assert planned >= {"tabulate_cues", "check_claims", "evaluate_classifier"}
    assert not planned & OF_MAPS
    edited.write_text(before)

    # one step by name, one corpus and protocol by path
    assert "train_classifier" in finished.planned("tables", "-R", "train_classifier", *tiny)
    path = "results/synthetic/corrected/accuracy.parquet"
    assert finished.planned(path, *tiny) == set()


def test_draws_of_intervals_touch_only_tables(finished):
    (finished.folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG | {"bootstrap_draws": 300}))
    planned = finished.planned("tables", "segments", "--configfile", "tiny.yaml")
    assert planned >= {"tabulate_cues", "tabulate_accuracy", "evaluate_classifier"}
    assert not planned & OF_MAPS
    assert all(
        re.match("tabulate|check|evaluate_classifier|tables|segments", rule) for rule in planned
    )


TOY = """
from sercues.saliency.maps import Maps


def explain(network, inputs, targets, front_end, *, gain):
    return Maps.given(network, inputs, targets, gain * inputs[:, 0].cpu().numpy())
"""


def test_a_new_method_is_one_file_with_its_words_and_reruns_no_other_method(finished):
    """Its file, its block in the protocol and its words in the schema."""
    folder = finished.folder
    (folder / LIBRARY / "saliency/methods/toy.py").write_text(TOY)
    schema = folder / "workflow/schemas/protocol.schema.yaml"
    schema.write_text(schema.read_text() + TOY_BLOCK)
    protocol = folder / "config/protocols/corrected.yaml"
    protocol.write_text(protocol.read_text() + "\ntoy:\n  gain: 2.0\n")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG | {"methods": ["crp", "toy"]}))
    planned = list(jobs(finished, "tables", "segments", "cues"))
    rules = {rule for rule, _, _ in planned}
    assert not any("method=crp" in wildcards for _, wildcards, _ in planned)
    assert not rules & {
        "train_classifier",
        "choose_clips",
        "compute_perturbations",
        "extract_descriptors",
    }
    assert {"compute_saliency", "extract_segments", "extract_cues", "tabulate_methods"} <= rules
    result = finished.run("tables", "segments", "--configfile", "tiny.yaml")
    assert result.returncode == 0, result.stdout[-6000:]
    assert "| toy |" in (folder / "results/tables/methods.md").read_text()


def test_another_number_of_tested_clips_reruns_no_map_of_the_explained_ones(finished):
    config = CONFIG | {"faithfulness": {"correct": 3}}
    (finished.folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    planned = finished.planned("tables", "segments", "--configfile", "tiny.yaml")
    assert planned >= {"choose_tested_clips", "compute_perturbations", "test_faithfulness"}
    assert not planned & (OF_MAPS - {"compute_perturbations"})
