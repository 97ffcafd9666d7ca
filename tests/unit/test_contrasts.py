"""Contrasts on clips whose cues are known."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from known_cues import EMOTIONS, LEVEL, SETTINGS, shuffled, study

import tabulate_contrasts
from sercues import contrasts, evidence, jobs, layouts, tables
from sercues.cues import CUES

WRONG = {"angry": 0.3, "happy": 0.5, "sad": 0.1}


def contrast_table(*data, **settings):
    return contrasts.contrast_table(evidence.clip_cues(*data), **SETTINGS | settings)


def row(table, first, second, cue="loudness"):
    where = (table["first"] == first) & (table["second"] == second) & (table["cue"] == cue)
    assert where.sum() == 1
    return table[where].iloc[0]


def test_the_first_emotion_against_each_other_one_and_wrong_against_right():
    table = contrast_table(*study(wrong_level=WRONG))
    assert len(table) == (2 + 3) * len(CUES)
    found = row(table, "angry", "sad")
    assert found.difference == pytest.approx(LEVEL["angry"] - LEVEL["sad"], abs=0.02)
    assert found.ci_low < found.difference < found.ci_high
    assert (found.cliffs_delta, found.n_first, found.n_second, found.n_speakers) == (1, 12, 12, 12)
    assert found.p <= found.q < 0.05
    quieter = row(table, "angry, misclassified", "angry, correct")
    assert quieter.difference == pytest.approx(-0.7, abs=0.02) and quieter.cliffs_delta == -1
    same = row(table, "sad, misclassified", "sad, correct")
    assert abs(same.difference) < 0.03 and abs(same.cliffs_delta) < 0.9


def test_a_voice_that_is_high_in_all_emotions_changes_no_p():
    cues, explained, manifest = study(noise=0.3)
    before = contrast_table(cues, explained, manifest)
    cues[list(CUES)] = cues[list(CUES)].add(5.0 * cues.clip_id.str[:3].astype(int), axis=0)
    after = contrast_table(cues, explained, manifest)
    np.testing.assert_allclose(after.p, before.p, atol=1e-12)
    np.testing.assert_allclose(after.difference, before.difference)


def test_order_of_rows_changes_no_byte(tmp_path):
    data = study(seeds=(1, 2), noise=0.3)
    for name, frames in (("a", data), ("b", shuffled(*data))):
        tables.write(contrast_table(*frames), tmp_path / f"{name}.parquet", "contrasts")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_one_emotion_and_no_misclassified_clips_leave_empty_cells():
    cues, explained, manifest = study()
    explained = explained[explained["correct"]]
    cues = cues[cues.clip_id.isin(explained.clip_id)]
    table = contrast_table(cues, explained, manifest, emotions=["sad"])
    assert set(table.kind) == {"correctness"} and (table.n_first == 0).all()
    assert table[["difference", "cliffs_delta", "p", "q"]].isna().all(axis=None)
    assert len(tables.checked(table, "contrasts")) == len(CUES)
    assert "| – |" in layouts.contrasts_to_markdown(table, "caption")


def test_few_speakers_have_differences_and_no_test():
    table = contrast_table(*study(n_speakers=4))
    assert table["difference"].notna().all()
    assert table[["ci_low", "cliffs_low", "p", "q"]].isna().all(axis=None)


def test_the_script_writes_every_layout(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "start", lambda smk, *packages: None)
    names = ("cues", "explained", "manifest")
    for name, frame in zip(names, study(), strict=True):
        frame.to_parquet(tmp_path / f"{name}.parquet")
    cues, explained, manifest = ([tmp_path / f"{name}.parquet"] for name in names)
    outputs = {"csv": "c.csv", "parquet": "c.parquet", "markdown": "c.md", "html": "c.html"}
    place = (SETTINGS["corpus"], SETTINGS["protocol"], SETTINGS["method"])
    tabulate_contrasts.main(
        SimpleNamespace(
            input=SimpleNamespace(cues=cues, explained=explained, manifests=manifest),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in outputs.items()}),
            params=SimpleNamespace(
                entries=[place], emotions=EMOTIONS, draws=200, seed=1, sample="all"
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
    assert "misclassified against correct clips" in page and "]*</td>" in page
