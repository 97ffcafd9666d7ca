"""Tables 2 and 3, on clips whose cues are known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from known_cues import EMOTIONS, LEVEL, SETTINGS, cell, heard, shuffled, study
from runs import of_run
from sercues.analysis import cue_tables
from sercues.core import tables
from sercues.core.names import WINDOW_BASELINES
from sercues.cues.catalogue import CUES
from sercues.cues.labels import LABELS
from sercues.stats.bootstrap import Resampling


def cue_table(*data, **settings):
    return of_run(cue_tables.cue_table(heard(*data), **SETTINGS | settings), "table")


def panels_of(table, number="2"):
    """Rows of the first block for readers, by the title of their panel."""
    (grouped,) = cue_tables.page(table, number, "all", 500).parts
    return {panel.title: panel.rows for panel in grouped.blocks[0].panels}


def test_table_2_finds_the_planted_means_and_differences():
    table = cue_table(*study(), correct=True)
    assert len(table) == len(EMOTIONS) * len(CUES)
    for emotion, level in LEVEL.items():
        row = cell(table, emotion)
        assert (row.n_clips, row.n_speakers) == (12, 12)
        assert row["mean"] == pytest.approx(level, abs=0.02)
        assert row.ci_low < row["mean"] < row.ci_high
        assert row.delta_full == pytest.approx(0.2)
        assert row.delta_rest == pytest.approx(0.6)
        assert row.delta_random == pytest.approx(0.3)
        assert row.delta_random_low == pytest.approx(row.delta_random_high)
        assert row.delta_loudest == pytest.approx(9)
        # 0.1 above the salient windows, minus 0.4 below them
        assert row.delta_control == pytest.approx(0.5)
        assert (row.control_clips, row.control_speakers) == (12, 12)
        assert (row.rest_clips, row.rest_speakers) == (12, 12)


def test_every_difference_has_a_p_and_a_q_over_its_family():
    data = study(n_speakers=10)
    table = cue_table(*data, resampling=Resampling(10_000, 1), correct=False)
    # ten speakers whose differences have one sign: 2 of 1024 sign vectors reach them
    for baseline in WINDOW_BASELINES:
        assert np.allclose(table[f"delta_{baseline}_p"], 2 / 1024)
        assert np.allclose(table[f"delta_{baseline}_q"], 2 / 1024)
    cues = data[0]
    noise = np.random.default_rng(2).normal(0, 1, len(cues))
    cues.loc[cues.region == "loudest", "jitter"] = noise[cues.region == "loudest"]
    cues.loc[cues.region == "salient", "jitter"] = noise[cues.region == "salient"]
    table = cue_table(*data, resampling=Resampling(10_000, 1), correct=True)
    p = table[[f"delta_{name}_p" for name in WINDOW_BASELINES]].to_numpy()
    q = table[[f"delta_{name}_q" for name in WINDOW_BASELINES]].to_numpy()
    from_scipy = stats.false_discovery_control(p.ravel()).reshape(p.shape)
    np.testing.assert_allclose(q, from_scipy)
    assert (q >= p).all() and cell(table, "sad", "jitter").delta_loudest_q > 0.01
    few = cue_table(*study(n_speakers=4), correct=True)
    assert few[["delta_rest_p", "delta_rest_q"]].isna().all(axis=None)


def test_differences_from_full_speech_are_shown_and_not_tested():
    """Pitch varies less in windows drawn blindly than in all speech, and nothing follows from it."""
    rng = np.random.default_rng(5)
    cues, explained, manifest = study(noise=0.0)
    for clip_id in manifest["clip_id"]:
        # twelve windows of ten frames, the pitch of a window keeps; mean deviation over 300 blind choices of five
        pitch = np.repeat(rng.normal(0, 1, (12, 1)), 10, axis=1)
        for region in ("full", "salient", "random"):
            size, draws = (12, 1) if region == "full" else (5, 300)
            chosen = [pitch[rng.permutation(12)[:size]].std(ddof=1) for _ in range(draws)]
            rows = (cues["clip_id"] == clip_id) & (cues["region"] == region)
            cues.loc[rows, "pitch_variability"] = np.mean(chosen)
    table = cue_table(cues, explained, manifest, correct=True)
    of_cue = table[table["cue"] == "pitch_variability"]
    assert (of_cue["delta_full_high"] < 0).all() and (of_cue["delta_full"] < -0.03).all()
    assert (of_cue["delta_random"].abs() < 0.02).all()
    assert {"delta_full", "delta_full_low", "delta_full_high"} <= set(table)
    assert not {"delta_full_p", "delta_full_q"} & set(table)
    cells = [text for row in panels_of(table)["Δf: salient − full speech"] for text in row]
    assert not any("*" in text for text in cells)


def test_cues_within_speakers_do_not_know_how_high_a_voice_is():
    cues, explained, manifest = study(noise=0.0)
    before = cue_table(cues, explained, manifest, correct=True)
    speaker = cues.clip_id.str[:3].astype(int)
    cues[list(CUES)] = cues[list(CUES)].mul(1.0 + speaker, axis=0).add(10.0 * speaker, axis=0)
    after = cue_table(cues, explained, manifest, correct=True)
    np.testing.assert_allclose(after.z, before.z)
    assert not np.allclose(after["mean"], before["mean"])
    # a right and a wrong clip of each emotion: full speech is 0.2 below the salient segments
    full = np.repeat(list(LEVEL.values()), 2) - 0.2
    expected = (LEVEL["angry"] - full.mean()) / full.std(ddof=1)
    assert cell(before, "angry").z == pytest.approx(expected)


def test_table_3_groups_by_true_and_by_predicted_emotion():
    table = cue_table(*study(), correct=False)
    assert set(table.grouped_by) == {"true_emotion", "predicted_emotion"}
    for true, predicted in zip(EMOTIONS, [*EMOTIONS[1:], EMOTIONS[0]], strict=True):
        same = ["mean", "ci_low", "delta_random", "n_clips"]
        by_true, by_predicted = (
            cell(table, true),
            cell(table, predicted, grouped_by="predicted_emotion"),
        )
        assert by_true[same].tolist() == by_predicted[same].tolist()


@pytest.mark.parametrize("correct", [True, False])
def test_order_of_rows_changes_no_byte(tmp_path, correct):
    data = study(seeds=(1, 2))
    paths = []
    for name, frames in (("a", data), ("b", shuffled(*data))):
        table = cue_table(*frames, correct=correct)
        for ending in ("parquet", "csv"):
            paths.append(tmp_path / f"{name}.{ending}")
            tables.write(table, paths[-1], "table")
    parquet, csv, parquet_again, csv_again = (path.read_bytes() for path in paths)
    assert parquet == parquet_again
    assert csv == csv_again


def test_a_clip_explained_by_several_seeds_counts_once_with_its_average():
    cues, explained, manifest = study(seeds=(1, 2))
    cues.loc[cues.seed == 2, list(CUES)] += 1.0
    one, two = (
        cue_table(*data, correct=True) for data in (study(seeds=(1,)), (cues, explained, manifest))
    )
    assert cell(two, "sad").n_clips == cell(one, "sad").n_clips == 12
    assert cell(two, "sad")["mean"] == pytest.approx(cell(one, "sad")["mean"] + 0.5)
    assert cell(two, "sad").delta_full == pytest.approx(0.2)


def test_a_missing_cue_leaves_the_clip_out_of_that_cue_only():
    cues, explained, manifest = study()
    quiet = (cues.clip_id == "003_sad_True") & (cues.region == "salient")
    cues.loc[quiet, "jitter"] = np.nan
    table = cue_table(cues, explained, manifest, correct=True)
    jitter, loudness = cell(table, "sad", "jitter"), cell(table, "sad", "loudness")
    assert (jitter.n_clips, jitter.n_speakers) == (11, 11)
    assert (loudness.n_clips, loudness.n_speakers) == (12, 12)
    salient = panels_of(table)["Salient segments"]
    assert [row[:2] for row in salient if row[0] == "sad"] == [["sad", "11–12 (12)"]]


def test_a_clip_without_mates_is_missing_against_matched_windows_only():
    cues, explained, manifest = study()
    alone = cues.clip_id.isin(["003_sad_True", "007_sad_True"])
    cues = cues[~(alone & cues.region.isin(["salient_matched", "control"]))]
    table = cue_table(cues, explained, manifest, correct=True)
    row = cell(table, "sad")
    assert (row.control_clips, row.control_speakers) == (10, 10)
    assert (row.n_clips, row.n_speakers) == (12, 12)
    assert row.delta_control == pytest.approx(0.5) and row.delta_random == pytest.approx(0.3)
    clips = heard(cues, explained, manifest).clips.set_index("clip_id")
    assert clips.matched_share["003_sad_True"] == 0
    assert clips.matched_share["004_sad_True"] == pytest.approx(0.4)
    shown = panels_of(table)
    for panel, clips in (
        ("Δf: matched salient − control segments", "10 (10)"),
        ("Δf: salient − random segments", "12 (12)"),
    ):
        assert [row[1] for row in shown[panel] if row[0] == "sad"] == [clips]


def test_a_random_draw_without_voice_does_not_void_the_other_draws():
    cues, explained, manifest = study()
    unvoiced = (cues.region == "random") & (cues.draw == 1)
    cues.loc[unvoiced, "jitter"] = np.nan
    table = cue_table(cues, explained, manifest, correct=True)
    assert cell(table, "sad", "jitter").delta_random == pytest.approx(0.2)


def test_an_emotion_never_misclassified_keeps_its_rows():
    cues, explained, manifest = study()
    explained = explained[(explained.true_emotion != "happy") | explained.correct]
    cues = cues[cues.clip_id.isin(explained.clip_id)]
    table = cue_table(cues, explained, manifest, correct=False)
    row = cell(table, "happy")
    assert (row.n_clips, row.n_speakers) == (0, 0)
    assert np.isnan(row["mean"])
    assert len(tables.checked(table, "table")) == 2 * len(EMOTIONS) * len(CUES)
    for rows in panels_of(table, "3").values():
        assert [row[1:] for row in rows if row[0] == "happy"] == [["0 (0)", *["–"] * len(CUES)]]


def test_without_an_explained_clip_every_emotion_keeps_its_row():
    cues, explained, manifest = study()
    table = cue_table(cues[:0], explained[:0], manifest, correct=True)
    assert len(tables.checked(table, "table")) == len(EMOTIONS) * len(CUES)
    assert (table["n_clips"] == 0).all()


def test_two_speakers_have_no_interval_and_a_mark():
    table = cue_table(*study(n_speakers=2), correct=True)
    cells = [value for row in panels_of(table)["Salient segments"] for value in row[2:]]
    assert cells and all(value.endswith(" †") for value in cells)


def test_only_the_emotions_asked_for_are_tabulated():
    table = cue_table(*study(), emotions=["sad", "angry"], correct=True)
    assert list(table.emotion.unique()) == ["sad", "angry"]


def test_maps_of_the_true_class_have_rows_of_their_own():
    cues, explained, manifest = study()
    more = [pd.concat([f, f.assign(target="true_label")]) for f in (cues, explained)]
    table = cue_table(*more, manifest, correct=True)
    assert table.groupby("target").size().to_dict() == {"predicted_label": 24, "true_label": 24}
    blocks = cue_tables.page(table, "2", "all", 500).parts[0].blocks
    assert [block.title.count("maps of the true class") for block in blocks] == [0, 1]


def test_blocks_have_units_papers_names_and_numbers():
    table = cue_table(*study(), correct=True)
    page = cue_tables.page(table, "2", "4 clips per emotion and fold", 500)
    (grouped,) = page.parts
    (block,) = grouped.blocks
    assert page.title == "Table 2" and "4 clips per emotion and fold" in grouped.caption
    place = list(CUES).index("shimmer")
    assert "Amp_var" in block.head[place].paper and block.head[place].unit == LABELS["shimmer"].unit
    row = cell(table, "sad", "shimmer")
    (shown,) = [cells for cells in block.panels[0].rows if cells[0] == "sad"]
    assert shown[1] == "12 (12)"
    assert shown[2 + place] == f"{row['mean']:.2f} [{row.ci_low:.2f}, {row.ci_high:.2f}]"
    for text in (page.markdown(), page.html(), page.latex()):
        assert "Amp_var" in text.replace("\\", "") and grouped.caption.split(" [")[0] in text
