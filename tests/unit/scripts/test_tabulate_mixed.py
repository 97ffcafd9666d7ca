"""The script of the mixed models writes every layout."""

from types import SimpleNamespace

import pandas as pd

import tabulate_mixed
from known_cues import EMOTIONS, study, texts
from sercues.analysis import mixed_models
from sercues.core import job
from sercues.cues.catalogue import CUES


def test_the_script_writes_every_layout(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    cues, explained, manifest = study(noise=0.05)
    frames = {"cues": cues, "explained": explained, "manifests": texts(manifest)}
    for name, frame in frames.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    names = {"csv": "m.csv", "markdown": "m.md", "html": "m.html"}
    tabulate_mixed.main(
        SimpleNamespace(
            input=SimpleNamespace(**{name: [tmp_path / f"{name}.parquet"] for name in frames}),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in names.items()}),
            params=SimpleNamespace(
                entries=[("crema_d", "corrected", "crp")], emotions=EMOTIONS, draws=200, seed=1
            ),
        )
    )
    found = pd.read_csv(tmp_path / "m.csv")
    assert len(found) == len(mixed_models.BASELINES) * len(EMOTIONS) * len(CUES)
