"""Contrasts on clips whose cues are known."""

import numpy as np
import pytest

from known_cues import LEVEL, SETTINGS, heard, shuffled, study
from runs import of_run
from sercues.analysis import contrasts
from sercues.core import tables
from sercues.core.names import BASELINES, COUNTERPARTS, REGIONS, WINDOW_BASELINES
from sercues.cues.catalogue import CUES
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling

WRONG = {"angry": 0.3, "happy": 0.5, "sad": 0.1}


def contrast_table(*data, **settings):
    return of_run(contrasts.contrast_table(heard(*data), **SETTINGS | settings), "contrasts")


def row(table, first, second, cue="loudness", region="salient"):
    where = (table["first"] == first) & (table["second"] == second) & (table["cue"] == cue)
    where &= table["region"] == region
    assert where.sum() == 1
    return table[where].iloc[0]


def test_the_first_emotion_against_each_other_one_and_wrong_against_right():
    table = contrast_table(*study(wrong_level=WRONG))
    assert len(table) == (2 + 3) * len(CUES) * len(REGIONS)
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
    assert table[["did", "did_p", "did_q"]].isna().all(axis=None)
    assert len(tables.checked(table, "contrasts")) == len(CUES) * len(REGIONS)
    (block,) = contrasts.page(table, "all", 500).parts[0].blocks
    assert [panel.title for panel in block.panels] == list(contrasts.PANELS)
    (row,) = block.panels[0].rows
    assert row == ["sad, misclassified − sad, correct", "0 + 0 (0)", *["–"] * len(CUES)]


def test_few_speakers_have_differences_and_no_test():
    table = contrast_table(*study(n_speakers=4))
    assert table["difference"].notna().all()
    beyond = table[table["region"].isin(BASELINES)]
    assert beyond["did"].notna().all()
    unknown = ["ci_low", "cliffs_low", "p", "q", "did_low", "did_p", "did_q"]
    assert table[unknown].isna().all(axis=None)


def test_a_contrast_that_every_region_has_is_none_of_saliency():
    """The regions of `study` lie at fixed distances below the salient or the matched salient segments."""
    table = contrast_table(*study(noise=0.3))
    for region in REGIONS:
        own = row(table, "angry", "sad", region=region)
        assert own.difference == pytest.approx(row(table, "angry", "sad").difference)
        assert own.p < 0.05 and np.isnan(own.cliffs_delta) == (region != "salient")
    beyond = table[table["region"].isin(BASELINES)]
    np.testing.assert_allclose(beyond[["did", "did_low", "did_high"]], 0, atol=1e-9)
    tested = beyond["region"].isin(WINDOW_BASELINES)
    assert (beyond.loc[tested, ["did_p", "did_q"]] > 0.9).all(axis=None)
    # zero under a blind choice is no law of full speech, so nothing is tested there
    assert beyond.loc[~tested, ["did_p", "did_q"]].isna().all(axis=None)
    assert (beyond["did_first"] == 12).all() and (beyond["did_second"] == 12).all()
    rest = table[table["region"].isin(["salient", "salient_matched"])]
    assert rest.filter(like="did").isna().all(axis=None)


@pytest.mark.parametrize(("baseline", "partner"), [*COUNTERPARTS.items(), ("loudest", "salient")])
def test_a_contrast_of_the_salient_segments_alone_is_seen(baseline, partner):
    cues, explained, manifest = study(noise=0.3)
    rng = np.random.default_rng(1)
    flat = ~cues["region"].isin(["salient", "salient_matched"])
    # nothing of the emotion is heard in the baselines
    cues.loc[flat, list(CUES)] = np.tile(rng.normal(0, 0.05, flat.sum()), (len(CUES), 1)).T
    table = contrast_table(cues, explained, manifest, resampling=Resampling(2000, 1))
    blind = row(table, "angry", "sad", region=baseline)
    assert blind.difference == pytest.approx(0, abs=0.1) and blind.p > 0.01
    shown = row(table, "angry", "sad", region=partner)
    assert blind.did == pytest.approx(shown.difference - blind.difference)
    assert 0 < blind.did_low < blind.did < blind.did_high
    assert blind.did_p <= blind.did_q < 0.05


def test_matched_windows_are_set_against_the_paired_ones_of_clips_with_mates():
    cues, explained, manifest = study()
    angry = cues["clip_id"].str.contains("angry_True")
    cues.loc[angry & (cues["region"] == "salient"), "hnr"] += 5
    cues.loc[angry & (cues["region"] == "salient_matched"), "hnr"] += 2
    alone = cues["region"].isin(["salient_matched", "control"]) & cues["clip_id"].str.startswith(
        "000"
    )
    table = contrast_table(cues[~alone], explained, manifest)
    assert row(table, "angry", "sad", "hnr", "control").did == pytest.approx(2)
    assert row(table, "angry", "sad", "hnr", "random").did == pytest.approx(5)
    matched = row(table, "angry", "sad", "hnr", "control")
    assert (matched.n_first, matched.did_first, matched.did_second) == (11, 11, 11)


def test_families_of_q():
    table = contrast_table(*study(noise=0.5, wrong_level=WRONG))
    for _, part in table.groupby(["kind", "region"]):
        np.testing.assert_allclose(part["q"], permutation.false_discovery_rate(part["p"]))
    for _, part in table.groupby("kind"):
        np.testing.assert_allclose(part["did_q"], permutation.false_discovery_rate(part["did_p"]))
