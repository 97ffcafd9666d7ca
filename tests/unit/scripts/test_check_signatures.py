"""The script of the signs gives each entry its own rows."""

import pandas as pd

import tabulate_failure_checks
from known_signs import (
    accuracy,
    contrasts,
    methods,
    plausibility,
    saliency,
    segments,
    stability_rows,
)
from runs import PLACE


def test_the_script_gives_each_entry_its_own_rows(manifest, tmp_path, job_of):
    entries, maps, accuracies, parts = [], [], [], {"contrasts": [], "plausibility": []}
    for method, share in (("crp", 0.95), ("occlusion", 0.4)):
        maps.append(tmp_path / f"{method}.parquet")
        saliency(share).to_parquet(maps[-1])
        accuracies.append(tmp_path / "accuracy.parquet")
        parts["contrasts"].append(contrasts([0.01, 0.02]).assign(method=method))
        parts["plausibility"].append(plausibility(0.5).assign(method=method))
        entries.append((*PLACE.values(), method))
    # a third one, of a sample
    maps.append(tmp_path / "gradcam.parquet")
    saliency(0.9).to_parquet(maps[-1])
    entries.append((*PLACE.values(), "gradcam"))
    accuracies.append(accuracies[0])
    alike = {
        "crp": stability_rows(0.1),
        "occlusion": stability_rows(0.9),
        "gradcam": stability_rows(0.8),
    }
    alike = pd.concat([table.assign(method=method) for method, table in alike.items()])
    alike.to_parquet(tmp_path / "stability.parquet")
    accuracy(0.7).to_parquet(tmp_path / "accuracy.parquet")
    manifest.to_parquet(tmp_path / "manifest.parquet")
    named = [
        methods(percentiles).assign(method=method)
        for method, percentiles in (("crp", [0.8] * 4), ("occlusion", [0.2] * 4))
    ]
    pd.concat(named).to_parquet(tmp_path / "methods.parquet")
    cut = [tmp_path / f"segments{number}.parquet" for number in range(3)]
    for path, negative in zip(cut, (0.0, 0.9, 0.0), strict=True):
        segments(negative).to_parquet(path)
    pd.concat(parts["contrasts"]).to_parquet(tmp_path / "contrasts.parquet")
    pd.concat(parts["plausibility"]).to_parquet(tmp_path / "plausibility.parquet")
    names = {"csv": "s.csv", "markdown": "s.md", "html": "s.html"}
    tabulate_failure_checks.main(
        job_of(
            "tabulate_failure_checks",
            input=dict(
                contrasts=tmp_path / "contrasts.parquet",
                plausibility=tmp_path / "plausibility.parquet",
                saliency=maps,
                segments=cut,
                methods=tmp_path / "methods.parquet",
                accuracy=accuracies,
                stability=[tmp_path / "stability.parquet"] * 3,
                manifests=[tmp_path / "manifest.parquet"] * 3,
            ),
            output={key: tmp_path / name for key, name in names.items()},
            params=dict(runs=entries, sampled=["gradcam"], draws=200, seed=1),
        )
    )
    found = pd.read_csv(tmp_path / "s.csv").set_index(["method", "check"])["verdict"]
    assert found["crp", "outside_speech"] == "green"
    assert found["occlusion", "outside_speech"] == "red"
    assert (found["crp", "negative_net"], found["occlusion", "negative_net"]) == ("green", "red")
    assert (found["crp", "unfaithful"], found["occlusion", "unfaithful"]) == ("green", "red")
    unmoved = "parameter_randomisation"
    assert (found["crp", unmoved], found["occlusion", unmoved]) == ("green", "red")
    assert found["gradcam"].to_dict() == {
        "outside_speech": "green",
        "negative_net": "green",
        "unfaithful": "undecided",
        unmoved: "red",
        "label_randomisation": "green",
    }
    assert "red" in (tmp_path / "s.md").read_text(encoding="utf-8")
