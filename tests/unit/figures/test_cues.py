"""Profiles and differences of cues show what their tables hold."""

import numpy as np
import pandas as pd

from drawn_tables import EMOTIONS, FEW_CUES, SPREAD, cue_table
from sercues.cues.catalogue import CUES
from sercues.cues.labels import LABELS
from sercues.figures.cues import cue_profiles, deltas, spread


def lines(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker]


def test_profiles_show_mean_and_baselines():
    table = cue_table()
    figure = cue_profiles(table, table, "title")
    ax = figure.subfigs[0].axes[0]
    mean = table.loc[table["cue"] == "loudness", "mean"].to_numpy()
    (salient,), (full,), (random,) = (lines(ax, marker) for marker in "oDx")
    np.testing.assert_allclose(salient.get_ydata(), mean)
    np.testing.assert_allclose(full.get_ydata(), mean - 0.25)
    np.testing.assert_allclose(random.get_ydata(), mean + 0.125)
    bars = np.array([path.vertices[:, 1] for path in ax.collections[0].get_paths()])
    np.testing.assert_allclose(bars, np.column_stack([mean - 0.5, mean + 0.5]))
    assert np.all(np.floor(salient.get_xdata() + 0.5) == np.arange(len(EMOTIONS)))


def test_every_cue_and_method_has_its_place():
    table = cue_table(methods=["crp", "gradcam", "occlusion"], cues=list(CUES))
    table = table.sort_values(["cue", "emotion", "method"])  # as tables are written
    figure = cue_profiles(table, table, "title")
    titles = [block.get_suptitle() for block in figure.subfigs]
    assert titles == [f"{label.text} ({label.unit})" for label in LABELS.values()]
    salient = lines(figure.subfigs[0].axes[0], "o")
    assert len({line.get_color() for line in salient}) == 3
    places = np.array([line.get_xdata() for line in figure.subfigs[0].axes[0].lines[:9]])
    own = places[:, : len(EMOTIONS)]
    assert np.all(np.abs(own - np.arange(len(EMOTIONS))) < 0.5)
    assert len(np.unique(np.round(own, 6))) == own.size


def test_profiles_of_an_emotion_without_clips_or_interval_keep_its_place():
    table = cue_table(empty=["happy"])
    table.loc[table["emotion"] == "sad", ["ci_low", "ci_high"]] = np.nan
    nothing = cue_table(empty=EMOTIONS)
    figure = cue_profiles(table, nothing, "title")
    figure.draw_without_rendering()
    left, right = figure.subfigs[0].axes
    assert [text.get_text() for text in left.get_xticklabels()] == [
        "angry\n9",
        "happy\n0",
        "sad\n9",
    ]
    assert right.get_xticklabels()[0].get_text() == "angry\n0"


def test_misclassified_clips_stand_by_their_true_emotion():
    table3 = cue_table(grouped_by=("predicted_emotion", "true_emotion"))
    figure = cue_profiles(cue_table(), table3, "title")
    own = table3[(table3["grouped_by"] == "true_emotion") & (table3["cue"] == "loudness")]
    (salient,) = lines(figure.subfigs[0].axes[1], "o")
    np.testing.assert_allclose(salient.get_ydata(), own["mean"])


def cells(ax):
    return [text.get_text() for text in ax.texts]


def test_deltas_have_numbers_dots_and_colours_in_standard_deviations():
    table = cue_table(empty=["sad"])
    figure = deltas(table, table, SPREAD, "title")
    full, random = figure.axes[:2]
    # q is 0.01 against full speech, 0.2 against random; emotions without clips have no number
    assert cells(full) == ["+0.25 •"] * 2 * len(FEW_CUES)
    assert cells(random) == ["−0.12"] * 2 * len(FEW_CUES)
    colours = full.collections[0].get_array().compressed()
    np.testing.assert_allclose(colours, 0.25 / 0.5)


def test_deltas_without_an_interval_are_told_from_those_that_include_zero():
    table = cue_table()
    table.loc[table["emotion"] == "sad", ["delta_random_low", "delta_random_high"]] = np.nan
    figure = deltas(table, table, SPREAD, "title")
    found = cells(figure.axes[1])
    assert [text.endswith("†") for text in found] == [False] * 6 + [True] * 3


def test_deltas_of_a_cue_without_spread_and_without_any_clip():
    spread = SPREAD.copy()
    spread["loudness"], spread["hnr"] = 0.0, np.nan
    nothing = cue_table(empty=EMOTIONS)
    figure = deltas(cue_table(), nothing, spread, "title")
    figure.draw_without_rendering()
    assert np.isfinite(figure.axes[0].collections[0].get_array()).all()
    assert cells(figure.axes[2]) == []


def test_spread_counts_each_clip_once_whatever_the_methods():
    key = {"fold": 0, "seed": 1, "target": "predicted_label", "draw": 0}
    rows = [
        key | {"clip_id": clip, "region": region} | dict.fromkeys(CUES, value)
        for clip, value in (("a", 1.0), ("b", 2.0), ("c", 4.0))
        for region, value in (("full", value), ("salient", 100 * value))
    ]
    cues = pd.DataFrame(rows)
    both = pd.concat([cues, cues[cues["clip_id"] == "a"]])
    expected = np.std([1.0, 2.0, 4.0], ddof=1)
    for frame in (cues, both, both.sample(frac=1, random_state=1)):
        np.testing.assert_allclose(spread(frame), expected)
    assert list(spread(cues).index) == list(CUES)
