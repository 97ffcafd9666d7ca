"""The script of the mixed models writes every layout."""

import numpy as np
import pandas as pd

import tabulate_mixed
from known_cues import EMOTIONS, study
from runs import RUN
from sercues.core.names import WINDOW_BASELINES
from sercues.cues.catalogue import CUES
from sercues.cues.clips import clip_cues


def test_the_script_writes_every_layout(tmp_path, job_of):
    cues, explained, manifest = study(noise=0.05)
    # a difference that never varies has no model
    rng = np.random.default_rng(2)
    cues[list(CUES)] += rng.normal(0, 0.05, (len(cues), len(CUES)))
    table = clip_cues(cues, explained, manifest)
    table.to_parquet(tmp_path / "clip_cues.parquet")
    names = {"csv": "m.csv", "markdown": "m.md", "html": "m.html"}
    tabulate_mixed.main(
        job_of(
            "tabulate_mixed",
            input={"clip_cues": [tmp_path / "clip_cues.parquet"]},
            output={key: tmp_path / name for key, name in names.items()},
            params=dict(runs=[tuple(RUN.values())], emotions=EMOTIONS, draws=200, seed=1),
        )
    )
    found = pd.read_csv(tmp_path / "m.csv")
    assert len(found) == len(WINDOW_BASELINES) * len(EMOTIONS) * len(CUES)
