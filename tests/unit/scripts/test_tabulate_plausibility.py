"""The scripts of plausibility write every layout."""

from types import SimpleNamespace

import pandas as pd

import score_plausibility
import tabulate_plausibility
from known_errors import EXPECTATIONS, PLACE, study
from sercues.core import job


def test_the_scripts_write_every_layout(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    data = study()
    for name, frame in vars(data).items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    paths = {name: tmp_path / f"{name}.parquet" for name in vars(data)}
    score_plausibility.main(
        SimpleNamespace(
            input=SimpleNamespace(**paths, expectations=EXPECTATIONS),
            output=SimpleNamespace(plausibility=tmp_path / "scored.parquet"),
            params=SimpleNamespace(sampled=False),
        )
    )
    names = {"summary": "s.csv", "detection": "d.csv", "markdown": "p.md", "html": "p.html"}
    tabulate_plausibility.main(
        SimpleNamespace(
            input=SimpleNamespace(
                plausibility=[tmp_path / "scored.parquet"],
                predictions=[paths["predictions"]],
                manifests=[paths["manifest"]],
            ),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in names.items()}),
            params=SimpleNamespace(entries=[tuple(PLACE.values())], draws=300, seed=1),
        )
    )
    assert len(pd.read_csv(tmp_path / "s.csv")) == 6 * 3
    assert pd.read_csv(tmp_path / "d.csv")["score"].nunique() == 11
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("<table>") == 2 and "entropy" in page
