"""Differences of cues show what their tables hold."""

import numpy as np
import pandas as pd

from drawn_tables import EMOTIONS, FEW_CUES, SPREAD, cue_table
from sercues.cues.catalogue import CUES
from sercues.figures.cues import deltas, spread


def cells(ax):
    return [text.get_text() for text in ax.texts]


def test_deltas_have_numbers_dots_and_colours_in_standard_deviations():
    table = cue_table(empty=["sad"])
    figure = deltas(table, table, SPREAD, "title")
    full, rest, random = figure.axes[:3]
    # full speech is not tested; q is 0.02 against the other windows, 0.2 against random; emotions without clips have no number
    assert cells(full) == ["+0.25"] * 2 * len(FEW_CUES)
    assert cells(rest) == ["+0.38 •"] * 2 * len(FEW_CUES)
    assert cells(random) == ["−0.12"] * 2 * len(FEW_CUES)
    colours = full.collections[0].get_array().compressed()
    np.testing.assert_allclose(colours, 0.25 / 0.5)


def test_misclassified_clips_stand_by_their_true_emotion():
    table3 = cue_table(grouped_by=("predicted_emotion", "true_emotion"))
    own = table3["grouped_by"] == "true_emotion"
    table3.loc[own, "delta_full"] = 0.5
    figure = deltas(cue_table(), table3, SPREAD, "title")
    assert cells(figure.axes[3]) == ["+0.50"] * 3 * len(FEW_CUES)


def test_deltas_without_an_interval_are_told_from_those_that_include_zero():
    table = cue_table()
    table.loc[table["emotion"] == "sad", ["delta_random_low", "delta_random_high"]] = np.nan
    figure = deltas(table, table, SPREAD, "title")
    found = cells(figure.axes[2])
    assert [text.endswith("†") for text in found] == [False] * 6 + [True] * 3


def test_deltas_of_a_cue_without_spread_and_without_any_clip():
    spread = SPREAD.copy()
    spread["loudness"], spread["hnr"] = 0.0, np.nan
    nothing = cue_table(empty=EMOTIONS)
    figure = deltas(cue_table(), nothing, spread, "title")
    figure.draw_without_rendering()
    assert np.isfinite(figure.axes[0].collections[0].get_array()).all()
    assert cells(figure.axes[3]) == []


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
