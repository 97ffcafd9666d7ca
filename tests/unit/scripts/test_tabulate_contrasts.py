"""The script of the contrasts writes every layout."""

import re

import pandas as pd

import tabulate_contrasts
from known_cues import EMOTIONS, study
from runs import RUN
from sercues.analysis import contrasts
from sercues.core import tables
from sercues.core.names import BASELINES
from sercues.cues import clips
from sercues.cues.catalogue import CUES


def test_the_script_writes_every_layout(tmp_path, job_of):
    tables.write(clips.clip_cues(*study()), tmp_path / "clip_cues.parquet", "clip_cues")
    outputs = {"csv": "c.csv", "parquet": "c.parquet", "markdown": "c.md", "html": "c.html"}
    tabulate_contrasts.main(
        job_of(
            "tabulate_contrasts",
            input=dict(clip_cues=[tmp_path / "clip_cues.parquet"]),
            output={key: tmp_path / name for key, name in outputs.items()},
            params=dict(
                runs=[tuple(RUN.values())], emotions=EMOTIONS, draws=200, seed=1, sample="all"
            ),
        )
    )
    pd.testing.assert_frame_equal(
        tables.read(tmp_path / "c.parquet"), pd.read_csv(tmp_path / "c.csv"), check_dtype=False
    )
    text = (tmp_path / "c.md").read_text(encoding="utf-8")
    assert "angry − sad | 12 + 12 (12) |" in text and "Cliff's δ" in text
    bars = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", bar)) for bar in bars} == {len(CUES) + 3}
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert contrasts.KINDS["correctness"] in page and "]*</td>" in page
    # one line per contrast and baseline
    assert text.count("| **salient minus baseline** |") == 2
    for baseline in BASELINES:
        assert text.count(f"angry − sad, beyond {baseline} | 12 + 12 (12) |") == 1
    assert "salient_matched" not in text.split("**salient minus baseline**")[1]
