"""Each sign fires on a case built to have it, and not on one built without it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import check_signatures
from sercues.analysis import failure_checks
from sercues.core import job, tables

PLACE = {"corpus": "c", "protocol": "corrected", "method": "crp"}
CLIPS = [f"clip{index:02}" for index in range(20)]
KIND = {"target_kind": "predicted"}


@pytest.fixture
def manifest():
    return pd.DataFrame({"clip_id": CLIPS, "speaker": [clip[-1] for clip in CLIPS]})


def saliency(share):
    rng = np.random.default_rng(0)
    values = np.clip(share + rng.normal(0, 0.02, len(CLIPS)), 0, 1)
    return pd.DataFrame({"clip_id": CLIPS, "speech_share": values}).assign(**KIND)


def contrasts(q, kind="emotion"):
    numbers = {"q": q, "cliffs_delta": np.linspace(-0.8, 0.4, len(q)), "kind": kind}
    table = pd.DataFrame(numbers).assign(n_first=9, n_second=8, n_speakers=10, **PLACE, **KIND)
    # what other regions show is no sign of the salient ones
    blind = table.assign(region="random", q=0.001, cliffs_delta=np.nan)
    return pd.concat([table.assign(region="salient"), blind], ignore_index=True)


def plausibility(value, low=None, high=None):
    row = {"region": "salient", "group": "correct", "value": value, "n_clips": 20}
    row |= {"ci_low": value - 0.1 if low is None else low, "n_speakers": 10}
    row |= {"ci_high": value + 0.1 if high is None else high}
    return pd.DataFrame([row | PLACE | KIND, row | PLACE | KIND | {"region": "full", "value": 9.0}])


def accuracy(uar):
    row = {"measure": "uar", "fold": "all", "seed": "all", "value": uar}
    return pd.DataFrame([row, row | {"fold": "0", "value": 0.0}])


def likeness(untaught, mistaught=0.0):
    values = {"conv1": untaught, "shuffled labels": mistaught, "fc": 1.0, "fill: mean": 1.0}
    rows = [
        {"clip_id": clip, "change": change, "windows": value}
        for change, value in values.items()
        for clip in CLIPS
    ]
    return pd.DataFrame(rows).assign(**KIND)


def verdicts(
    manifest, share=0.95, q=(0.01, 0.2, 0.3), plausible=0.4, uar=0.7, untaught=0.1, mistaught=0.1
):
    table = failure_checks.signature_table(
        saliency(share),
        contrasts(list(q)),
        plausibility(plausible),
        accuracy(uar),
        likeness(untaught, mistaught),
        manifest,
        **PLACE,
        draws=300,
        seed=1,
    )
    tables.checked(table, "signatures")
    return table.set_index("signature")["verdict"].to_dict()


def test_a_sound_explanation_is_green_throughout(manifest):
    assert set(verdicts(manifest).values()) == {"green"}


def test_relevance_on_silence_is_red_and_near_the_threshold_undecided(manifest):
    assert verdicts(manifest, share=0.5)["outside_speech"] == "red"
    assert verdicts(manifest, share=0.75)["outside_speech"] == "undecided"


def test_maps_that_ignore_what_was_learned_are_red(manifest):
    assert verdicts(manifest, untaught=0.9)["untaught_maps"] == "red"
    assert verdicts(manifest, untaught=-0.2)["untaught_maps"] == "green"
    found = verdicts(manifest, mistaught=0.9)
    assert found["mistaught_maps"] == "red" and found["untaught_maps"] == "green"


def test_cues_that_do_not_differ_are_red(manifest):
    assert verdicts(manifest, q=[0.2] * 20)["indistinct_cues"] == "red"
    assert verdicts(manifest, q=[np.nan] * 4)["indistinct_cues"] == "undecided"
    only_correctness = contrasts([0.01], kind="correctness")
    assert failure_checks.indistinct_cues(only_correctness) is None


def test_an_accurate_classifier_of_implausible_cues_is_red(manifest):
    assert verdicts(manifest, plausible=-0.3)["implausible_cues"] == "red"
    assert verdicts(manifest, plausible=-0.3, uar=0.4)["implausible_cues"] == "undecided"
    assert verdicts(manifest, plausible=0.05)["implausible_cues"] == "undecided"


def test_with_few_speakers_the_mean_decides_and_the_words_say_so():
    few = pd.DataFrame({"clip_id": CLIPS, "speaker": ["a", "b"] * 10})
    row = failure_checks.outside_speech(saliency(0.5), few, 100, 1)
    assert row["verdict"] == "red" and "few speakers" in row["measured"]
    row = failure_checks.implausible_cues(plausibility(-0.2, np.nan, np.nan), accuracy(0.99))
    assert row["verdict"] == "red" and "few speakers" in row["measured"]


def test_what_cannot_be_measured_is_undecided(manifest):
    empty = saliency(0.9).assign(speech_share=np.nan)
    table = failure_checks.signature_table(
        empty,
        contrasts([]),
        plausibility(np.nan),
        accuracy(0.7),
        likeness(np.nan, np.nan),
        manifest,
        **PLACE,
        draws=100,
        seed=1,
    )
    assert set(table["verdict"]) == {"undecided"} and (table["n_clips"] == 0).all()
    (shown,) = failure_checks.page(table).parts
    for row in (dict(zip(shown.head, cells, strict=True)) for cells in shown.rows):
        assert row["verdict"] == "undecided" and row["value"] == row["threshold"] == "–"


def test_the_script_gives_each_entry_its_own_rows(manifest, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    entries, maps, accuracies, parts = [], [], [], {"contrasts": [], "plausibility": []}
    for method, share in (("crp", 0.95), ("occlusion", 0.4)):
        maps.append(tmp_path / f"{method}.parquet")
        saliency(share).to_parquet(maps[-1])
        accuracies.append(tmp_path / "accuracy.parquet")
        parts["contrasts"].append(contrasts([0.01, 0.02]).assign(method=method))
        parts["plausibility"].append(plausibility(0.5).assign(method=method))
        entries.append(("c", "corrected", method))
    # a third one, of a sample
    maps.append(tmp_path / "gradcam.parquet")
    saliency(0.9).to_parquet(maps[-1])
    entries.append(("c", "corrected", "gradcam"))
    accuracies.append(accuracies[0])
    alike = {"crp": likeness(0.1), "occlusion": likeness(0.9), "gradcam": likeness(0.8)}
    alike = pd.concat([table.assign(method=method) for method, table in alike.items()])
    alike.to_parquet(tmp_path / "likeness.parquet")
    accuracy(0.7).to_parquet(tmp_path / "accuracy.parquet")
    manifest.to_parquet(tmp_path / "manifest.parquet")
    pd.concat(parts["contrasts"]).to_parquet(tmp_path / "contrasts.parquet")
    pd.concat(parts["plausibility"]).to_csv(tmp_path / "plausibility.csv", index=False)
    names = {"csv": "s.csv", "markdown": "s.md", "html": "s.html"}
    check_signatures.main(
        SimpleNamespace(
            input=SimpleNamespace(
                contrasts=tmp_path / "contrasts.parquet",
                plausibility=tmp_path / "plausibility.csv",
                saliency=maps,
                accuracy=accuracies,
                likeness=[tmp_path / "likeness.parquet"] * 3,
                manifests=[tmp_path / "manifest.parquet"] * 3,
            ),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in names.items()}),
            params=SimpleNamespace(entries=entries, sampled=["gradcam"], draws=200, seed=1),
        )
    )
    found = pd.read_csv(tmp_path / "s.csv").set_index(["method", "signature"])["verdict"]
    assert found["crp", "outside_speech"] == "green"
    assert found["occlusion", "outside_speech"] == "red"
    unmoved = "untaught_maps"
    assert (found["crp", unmoved], found["occlusion", unmoved]) == ("green", "red")
    assert found["gradcam"].to_dict() == {
        "outside_speech": "green",
        unmoved: "red",
        "mistaught_maps": "green",
    }
    assert "red" in (tmp_path / "s.md").read_text(encoding="utf-8")
