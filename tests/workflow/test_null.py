"""A corpus in which nothing is planted: what the tables find in it is false."""

from dataclasses import replace

import pandas as pd
import pytest
import yaml

from sercues.analysis import contrasts
from sercues.cues.clips import ClipCues
from sercues.stats.bootstrap import Resampling


@pytest.mark.long
def test_where_nothing_is_planted_few_cues_are_found(checkout):
    overlay = {
        "corpora": [{"name": "synthetic", "clips_per_emotion": 2, "strength": 0}],
        "methods": ["occlusion", "crp"],
        "comparison_methods": ["random"],
        "random_draws": 5,
        "shards": 1,
        "overrides": {
            "all": {"training": {"epochs": 3}, "front_end": {"n_mels": 20, "duration_s": 2.0}}
        },
    }
    (checkout.folder / "null.yaml").write_text(yaml.safe_dump(overlay))
    result = checkout.run(
        "results/tables/recovery.csv", "--configfile", "config/demo.yaml", "null.yaml"
    )
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

    place = checkout.folder / "results/synthetic/corrected/clip_cues"
    for method in ("occlusion", "crp"):
        cues = ClipCues.read(place / f"{method}.parquet")
        # a network of few epochs is seldom right, so the emotions here are the true ones
        cues = replace(cues, clips=cues.clips.assign(correct=True))
        emotions = ["neutral", *sorted(set(cues.clips["true_emotion"]) - {"neutral"})]
        resampling = Resampling(2000, 1)
        table = contrasts.contrast_table(cues, emotions=emotions, resampling=resampling)
        beyond = table[table["did_p"].notna()]
        assert set(beyond["region"]) >= {"rest", "random", "loudest"}
        assert (beyond["did_q"] < 0.05).mean() <= 0.05, method
        assert (beyond["did_p"] < 0.05).mean() <= 0.2, method
