"""The script of the signs gives each entry its own rows."""

import pandas as pd
import pytest

import check_signatures
from known_signs import CLIPS, accuracy, contrasts, likeness, plausibility, saliency


@pytest.fixture
def manifest():
    return pd.DataFrame({"clip_id": CLIPS, "speaker": [clip[-1] for clip in CLIPS]})


def test_the_script_gives_each_entry_its_own_rows(manifest, tmp_path, job_of):
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
    pd.concat(parts["plausibility"]).to_parquet(tmp_path / "plausibility.parquet")
    names = {"csv": "s.csv", "markdown": "s.md", "html": "s.html"}
    check_signatures.main(
        job_of(
            "check_signatures",
            input=dict(
                contrasts=tmp_path / "contrasts.parquet",
                plausibility=tmp_path / "plausibility.parquet",
                saliency=maps,
                accuracy=accuracies,
                likeness=[tmp_path / "likeness.parquet"] * 3,
                manifests=[tmp_path / "manifest.parquet"] * 3,
            ),
            output={key: tmp_path / name for key, name in names.items()},
            params=dict(entries=entries, sampled=["gradcam"], draws=200, seed=1),
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
