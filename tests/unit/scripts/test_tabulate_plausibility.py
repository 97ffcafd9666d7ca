"""The scripts of plausibility write every layout."""

import pandas as pd

import score_plausibility
import tabulate_plausibility
from known_errors import EXPECTATIONS, study
from runs import RUN
from sercues.core import tables
from sercues.core.names import REGIONS


def test_the_scripts_write_every_layout(tmp_path, job_of):
    data = study()
    for name, frame in vars(data).items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    paths = {name: tmp_path / f"{name}.parquet" for name in vars(data)}
    score_plausibility.main(
        job_of(
            "score_plausibility",
            input=dict(**paths, expectations=EXPECTATIONS),
            output=dict(plausibility=tmp_path / "scored.parquet"),
            params=dict(sampled=False),
        )
    )
    names = {"csv": "s.csv", "detection": "d.csv", "markdown": "p.md", "html": "p.html"}
    names |= {"parquet": "s.parquet", "detection_parquet": "d.parquet"}
    tabulate_plausibility.main(
        job_of(
            "tabulate_plausibility",
            input=dict(
                plausibility=[tmp_path / "scored.parquet"],
                predictions=[paths["predictions"]],
                manifests=[paths["manifest"]],
            ),
            output={key: tmp_path / name for key, name in names.items()},
            params=dict(runs=[tuple(RUN.values())], draws=300, seed=1),
        )
    )
    assert (
        len(pd.read_csv(tmp_path / "s.csv"))
        == len(tables.read(tmp_path / "s.parquet"))
        == len(REGIONS) * 3
    )
    assert pd.read_csv(tmp_path / "d.csv")["score"].nunique() == 13
    assert tables.read(tmp_path / "d.parquet")["score"].nunique() == 13
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("<table>") == 3 and "entropy" in page
