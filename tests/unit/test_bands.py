"""Tables and sounds of the study of bands."""

import numpy as np
import pandas as pd
import pytest

from sercues import band_layouts, band_sounds, parts, tables

HOSTILE = "<b>|x|</b> & $y$"


def measures(name: str, **places) -> pd.DataFrame:
    """A row of the table `name` for each of its measures."""
    columns = tables.definitions()[name]["columns"]
    frame = pd.DataFrame({"measure": columns["measure"]["values"]}).assign(**places)
    frame = frame.assign(value=0.5, ci_low=0.25, ci_high=0.75, n_clips=12, n_speakers=6)
    if "p" in columns:
        frame["p"] = 0.125
    tables.checked(frame, name)
    return frame


def both():
    places = {"source": "this study", "level": "clip", "comparison": HOSTILE}
    return (
        measures("robustness", **places),
        measures("band_faithfulness", corpus=HOSTILE, classifier="resnet"),
    )


def test_tables_of_bands_show_every_measure_and_escape_their_words():
    text = band_layouts.to_markdown(*both())
    assert text.count("0.50 [0.25, 0.75], p = 0.125") == 4
    assert text.count("50 [25, 75]") == 3 and text.count("12 (6)") == 2
    assert r"&lt;b&gt;\|x\|" in text and "<b>" not in text
    page = band_layouts.to_html(*both())
    assert page.count("&lt;b&gt;|x|&lt;/b&gt; &amp; $y$") == 2 and page.count("<table>") == 2


def test_a_measure_that_is_missing_is_a_dash():
    robustness, faithful = both()
    text = band_layouts.to_markdown(robustness[robustness["measure"] != "pearson"], faithful)
    assert text.count("0.50 [0.25, 0.75], p = 0.125") == 3 and "| – |" in text


@pytest.mark.parametrize("weights", [[3.0, -1.0, 2.0, 1.0], [-3.0, -1.0, -2.0, -4.0]])
def test_versions_are_the_best_parts_the_rest_and_their_sum(weights):
    samples = np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    block = {"scale": "mel", "count": 4, "shape": "sharp", "pieces": 1}
    cut = parts.cut(samples, 16000, block)
    weights = np.array(weights)
    found = band_sounds.versions(cut, weights)
    assert np.allclose(found["whole"], samples, atol=1e-5)
    assert np.allclose(found["best"] + found["rest"], samples, atol=1e-5)
    best = np.sort(np.argsort(-weights)[:2])
    assert np.allclose(found["best"], cut.signals[best].sum(axis=0), atol=1e-6)
    gains = np.clip(weights, 0, None) / max(weights.max(), 1)
    assert np.allclose(found["weighted"], gains @ cut.signals, atol=1e-5)


def test_examples_are_of_every_emotion_in_turn_correct_and_sure_ones_first():
    rows = [
        ("a", "sad", "sad", 0.6, False),
        ("b", "sad", "sad", 0.9, False),
        ("c", "sad", "angry", 1.0, False),
        ("d", "angry", "angry", 0.5, False),
        ("e", "angry", "angry", 1.0, True),
    ]
    checks = pd.DataFrame(rows, columns=["clip_id", "emotion", "predicted", "original", "refit"])
    checks["target_kind"] = "predicted"
    assert band_sounds.examples(checks, 3)["clip_id"].tolist() == ["d", "b", "a"]
    assert len(band_sounds.examples(checks, 9)) == 4
    true = checks.assign(target_kind="true")
    assert band_sounds.examples(true, 1)["clip_id"].tolist() == ["d"]
