"""The script of the costs counts the clips of the maps."""

import numpy as np
import pandas as pd

import tabulate_costs
from benchmarks import benchmark
from runs import RUN


def test_the_script_counts_the_clips_of_the_maps(tmp_path, job_of):
    key = {"fold": 0, "seed": 1, "target": "predicted_label"}
    pd.DataFrame({"clip_id": list("abcd")}).assign(**key).to_parquet(tmp_path / "maps.parquet")
    names = {"csv": "costs.csv", "markdown": "costs.md", "html": "costs.html"}
    files = {
        "explain_sample": [str(benchmark(tmp_path / "one.tsv", 8))],
        "extract_cues": [str(tmp_path / "none.tsv")],
    }
    tabulate_costs.main(
        job_of(
            "tabulate_costs",
            input=dict(saliency=[tmp_path / "maps.parquet"]),
            output={name: tmp_path / path for name, path in names.items()},
            params=dict(runs=[tuple(RUN.values())], benchmarks=[files]),
        )
    )
    found = pd.read_csv(tmp_path / "costs.csv").set_index("rule")
    assert found["clips"].to_dict() == {"explain_sample": 4, "extract_cues": 4}
    assert found.loc["explain_sample", "seconds_per_clip"] == 2
    assert np.isnan(found.loc["extract_cues", "seconds"])
