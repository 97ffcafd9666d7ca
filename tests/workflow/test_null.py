"""A corpus in which nothing is planted: what the tables find in it is false."""

import pandas as pd
import pytest
import yaml


@pytest.mark.long
def test_where_nothing_is_planted_few_cues_are_found(checkout):
    overlay = {
        "corpora": [{"name": "synthetic", "clips_per_emotion": 2, "strength": 0}],
        "methods": ["occlusion", "crp"],
        "compared": ["random"],
        "random_draws": 5,
        "shards": 1,
        "overrides": {
            "all": {"training": {"epochs": 3}, "front_end": {"n_mels": 20, "duration_s": 2.0}}
        },
    }
    (checkout.folder / "null.yaml").write_text(yaml.safe_dump(overlay))
    targets = ("results/tables/recovery.csv", "results/tables/contrasts.csv")
    result = checkout.run(*targets, "--configfile", "config/demo.yaml", "null.yaml")
    assert result.returncode == 0, result.stdout[-8000:]
    found = pd.read_csv(checkout.folder / "results/tables/recovery.csv")
    assert set(found["outcome"]) <= {"changed", "unchanged"}
    assert set(found["method"]) == {"occlusion", "crp"}
    for method, part in found.groupby("method"):
        assert len(part) == 4 * 8
        # at most one in twenty is false, by each method
        assert (part["outcome"] == "changed").mean() <= 0.05, method
        # p are not adjusted: one in twenty is expected, and 32 of them hang together
        assert (part["p"] < 0.05).mean() <= 0.2, method
    beyond = pd.read_csv(checkout.folder / "results/tables/contrasts.csv")["excess_q"].dropna()
    assert len(beyond) and (beyond < 0.05).mean() <= 0.05
