"""The script of the mixed models writes every layout."""

import pandas as pd

import tabulate_mixed
from known_cues import EMOTIONS, study, texts
from runs import RUN
from sercues.core.names import WINDOW_BASELINES
from sercues.cues.catalogue import CUES
from sercues.cues.clips import clip_cues


def test_the_script_writes_every_layout(tmp_path, job_of):
    cues, explained, manifest = study(noise=0.05)
    table = clip_cues(cues, explained, manifest)
    frames = {"clip_cues": table, "manifests": texts(manifest)}
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    names = {"csv": "m.csv", "markdown": "m.md", "html": "m.html"}
    tabulate_mixed.main(
        job_of(
            "tabulate_mixed",
            input={name: [tmp_path / f"{name}.parquet"] for name in frames},
            output={key: tmp_path / name for key, name in names.items()},
            params=dict(runs=[tuple(RUN.values())], emotions=EMOTIONS, draws=200, seed=1),
        )
    )
    found = pd.read_csv(tmp_path / "m.csv")
    assert len(found) == len(WINDOW_BASELINES) * len(EMOTIONS) * len(CUES)
