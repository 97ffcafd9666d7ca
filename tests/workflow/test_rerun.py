"""What reruns what: an edit does, a touch does not, a second run does nothing."""

import pytest
import yaml

from sercues import tables

CONFIG = {
    "corpora": [{"name": "synthetic", "speakers": 4, "clips_per_emotion": 1}],
    "protocols": ["corrected"],
    "methods": ["crp"],
    "compared": ["random"],
    "shards": 1,
    "random_draws": 5,
    "bootstrap_draws": 200,
    "training_threads": 1,
    "robustness": {"included": False},
    "overrides": {"all": {"training": {"epochs": 1}, "split": {"folds": 2}}},
}
LIBRARY = "workflow/scripts/sercues"


@pytest.fixture
def finished(checkout):
    """A checkout whose tables are made, from a corpus of 24 clips and one epoch."""
    (checkout.folder / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    result = checkout.run("tables", "segments", "--configfile", "tiny.yaml")
    assert result.returncode == 0, result.stdout[-6000:]
    return checkout


@pytest.mark.long
def test_another_number_of_clips_of_one_corpus_reruns_that_corpus(checkout):
    """Two corpora, one linear classifier and four masks a clip."""
    small = {"layout": "synthetic", "speakers": 4, "clips_per_emotion": 2}
    study = {"classifiers": ["egemaps"], "clips": 2, "protocol": "common"}
    config = CONFIG | {
        "corpora": [{"name": "one", "seed": 1} | small, {"name": "two", "seed": 2} | small],
        "robustness": study,
        "overrides": {"common": {"split": {"folds": 2}, "bands": {"count": 2}}},
    }

    def write(**changes):
        path = checkout.folder / "study.yaml"
        path.write_text(yaml.safe_dump(config | {"robustness": study | changes}))

    scores = [f"results/{name}/common/masked_scores/egemaps.parquet" for name in ("one", "two")]
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
    place = checkout.folder / "results/two/common"
    tested = tables.read(place / "splits.parquet").query("part == 'test'")["clip_id"]
    chosen = min(set(tested) - drawn)
    write(examples_by_corpus={"two": [chosen]})
    result = checkout.run("results/figures/two_common_egemaps_bands.png", *given[2:])
    assert result.returncode == 0, result.stdout[-6000:]
    scored = tables.read(checkout.folder / scores[1])
    assert set(scored.loc[scored["drawn"], "clip_id"]) == drawn
    assert set(scored.loc[~scored["drawn"], "clip_id"]) == {chosen}
    sounds = tables.read(place / "band_sounds/egemaps.parquet")
    assert set(sounds["clip_id"]) == {chosen} and len(sounds) == 4


def test_reruns(finished):
    tiny = ("--configfile", "tiny.yaml")
    assert finished.planned("tables", "segments", *tiny) == set()

    for file in (finished.folder / LIBRARY).rglob("*.py"):
        file.touch()
    assert finished.planned("tables", "segments", *tiny) == set()

    edited = finished.folder / LIBRARY / "statistics.py"
    before = edited.read_text()
    edited.write_text(before + "\n# an edit\n")
    assert finished.planned("tables", "segments", *tiny) >= {"tabulate_cues", "check_claims"}
    assert "train_classifier" not in finished.planned("tables", "segments", *tiny)
    edited.write_text(before)
    assert finished.planned("tables", "segments", *tiny) == set()

    edited = finished.folder / LIBRARY / "segments.py"
    edited.write_text(edited.read_text() + "\n# an edit\n")
    planned = finished.planned("tables", "segments", *tiny)
    assert {"extract_segments", "extract_snippets"} <= planned
    assert not planned & {"train_classifier", "compute_saliency", "compute_spectrograms"}

    # one step by name, one corpus and protocol by path
    assert "train_classifier" in finished.planned("tables", "-R", "train_classifier", *tiny)
    path = "results/synthetic/corrected/accuracy.parquet"
    assert finished.planned(path, *tiny) == set()
