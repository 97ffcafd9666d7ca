"""What readers get to see of the study of bands: tables, figures, sounds."""

import numpy as np
import pandas as pd
import pytest

from sercues.core import tables
from sercues.emolime import agreement, pages, sounds
from sercues.emolime.bands import cut, edges
from sercues.figures import style
from sercues.figures.bands import Clip, clips, profiles

RATE = 16000
BANDS = {"scale": "mel", "count": 8, "shape": "sharp", "pieces": 1}


def noise():
    return (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)


def explanation(clip_id="a<b", emotion="sad", predicted="sad", original=0.8):
    """Rows of `bands` and the row of `band_checks` of a clip."""
    limits = edges("mel", 8, RATE / 2)
    weights = np.linspace(-1, 2, 8)
    place = {"clip_id": clip_id, "fold": 0, "refit": False, "target_kind": "predicted",
             "target": predicted}  # fmt: skip
    bands = pd.DataFrame(
        {"part": range(8), "low_hz": limits[:-1], "high_hz": limits[1:], "start_s": 0.2,
         "end_s": 1.2, "silent": False, "weight": weights, "ci_low": weights - 0.2,
         "ci_high": weights + 0.2, "shapley": weights / 2}
    ).assign(**place)  # fmt: skip
    check = place | {"emotion": emotion, "predicted": predicted, "r2": 0.5, "intercept": 0.0,
                     "n_masks": 256, "original": original}  # fmt: skip
    return bands, check


def test_tables_say_what_was_measured_and_what_was_left_out():
    row = {"source": "this study", "level": "profile", "comparison": agreement.ACROSS,
           "measure": "pearson", "value": 0.25, "ci_low": 0.1, "ci_high": 0.4, "p": 0.012,
           "n_clips": 40, "n_speakers": 10}  # fmt: skip
    one = {"corpus": "a_b", "classifier": "<egemaps>", "ci_low": 0.1, "ci_high": 0.3,
           "n_clips": 4, "n_speakers": 2}  # fmt: skip
    faithful = pd.DataFrame([one | {"measure": m, "value": 0.2} for m in pages.FAITHFUL])
    page = pages.page(pd.DataFrame([row]), faithful, ["wav2vec2"])
    alike, tested, left_out = page.parts
    assert [cells[3:] for cells in alike.rows] == [
        ["0.25 [0.10, 0.40], p = 0.012", "–", "–", "–", "40 (10)"]
    ]
    assert [cells[:4] for cells in tested.rows] == [
        ["a_b", "<egemaps>", "20 [10, 30]", "0.20 [0.10, 0.30]"]
    ]
    assert left_out.text.endswith(": wav2vec2.") and "<egemaps>" not in page.html()
    assert len(pages.page(pd.DataFrame([row]), faithful, []).parts) == 2


def test_the_figure_of_clips_has_true_edges_beside_the_published_labels(tmp_path):
    bands, check = explanation()
    clip = Clip(noise(), RATE, bands, pd.Series(check))
    figure = clips([clip, clip], "title", "log_odds")
    left, right = figure.axes[:2]
    shown = [label.get_text() for label in left.get_yticklabels()]
    assert shown[:3] == ["0.00", "0.38", "0.75"] and shown[-1] == "8.00"
    assert "log-odds" in right.get_xlabel()
    labels = [text.get_text() for axis in right.child_axes for text in axis.get_yticklabels()]
    assert labels[0] == "0–1" and labels[-1] == "7–8"
    style.save(figure, tmp_path / "a.png")
    again = clips([clip, clip], "title", "log_odds")
    style.save(again, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_without_clips_the_figure_says_so():
    figure = clips([], "title", "log_odds")
    assert figure.get_supxlabel() == "No clip was explained."


# the second is a classifier of the published figure, too
@pytest.mark.parametrize("classifier", ["resnet", "compare"])
def test_the_figure_of_profiles_shows_ours_and_theirs_at_their_frequencies(classifier):
    limits = edges("mel", 4, 8000)
    rows = [
        {"corpus": corpus, "classifier": classifier, "emotion": "sad", "part": part,
         "low_hz": limits[part], "high_hz": limits[part + 1], "value": part, "ci_low": part - 1,
         "ci_high": part + 1}
        for corpus in ("crema_d", "tess") for part in range(4)
    ]  # fmt: skip
    published = pd.DataFrame(
        [("emodb", "compare", "sad", part, 0.1 * part) for part in range(8)],
        columns=["corpus", "classifier", "emotion", "part", "weight"],
    )
    figure = profiles(pd.DataFrame(rows), published, "log_odds")
    ours, theirs = figure.axes
    assert [len(line.get_xdata()) for line in ours.get_lines()[1:]] == [4, 4]
    np.testing.assert_allclose(theirs.get_lines()[1].get_ydata(), 0.1 * np.arange(8))
    # what the published plots call their bands stands over their rows, and only there
    names = [
        [t.get_text() for x in ax.child_axes for t in x.get_xticklabels()] for ax in (ours, theirs)
    ]
    assert names == [[], [f"{i}–{i + 1}" for i in range(8)]]
    # eight bands end where four do
    assert theirs.get_lines()[1].get_xdata()[-1] > ours.get_lines()[1].get_xdata()[-1]


def test_examples_are_of_each_emotion_in_turn_correct_ones_first():
    checks = pd.DataFrame(
        [explanation("1", "sad", "sad", 0.6)[1], explanation("2", "sad", "sad", 0.9)[1],
         explanation("3", "sad", "angry", 1.0)[1], explanation("4", "angry", "sad", 0.9)[1],
         explanation("5", "angry", "angry", 0.5)[1], explanation("6", "angry", "angry", 0.9)[1] | {"refit": True}]
    )  # fmt: skip
    assert sounds.examples(checks, 3)["clip_id"].tolist() == ["5", "2", "1"]
    assert sounds.examples(tables.empty("band_checks"), 3).empty
    # named ones in their order; the last has no explanation by its own fold
    assert sounds.examples(checks, ["4", "1", "6"])["clip_id"].tolist() == ["4", "1"]
    assert sounds.examples(tables.empty("band_checks"), ["4"]).empty


def test_sounds_are_sums_of_the_parts_they_say():
    parts = cut(noise(), RATE, BANDS)
    found = sounds.versions(parts, np.array([0.5, -1, 2, 0, 0, 1, 0, -2.0]))
    np.testing.assert_allclose(found["whole"], noise(), atol=1e-6)
    np.testing.assert_allclose(found["best"], parts.signals[2] + parts.signals[5], atol=1e-6)
    np.testing.assert_allclose(found["best"] + found["rest"], noise(), atol=1e-6)
    weighted = 0.25 * parts.signals[0] + parts.signals[2] + 0.5 * parts.signals[5]
    np.testing.assert_allclose(found["weighted"], weighted, atol=1e-6)
    assert not sounds.versions(parts, -np.ones(8))["weighted"].any()


@pytest.mark.parametrize("count", [1, 2])
def test_spread_takes_every_speaker_before_a_second_clip(count):
    from sercues.saliency import sampling

    rows = [(f"{s}{e}{i}", s, e) for s in "abc" for e in ("sad", "angry") for i in range(3)]
    clips = pd.DataFrame(rows, columns=["clip_id", "speaker", "emotion"])
    chosen = sampling.spread(clips, 3 * count, 1)
    own = clips[clips["clip_id"].isin(chosen)]
    assert (own.groupby(["speaker", "emotion"]).size() == count).all() and len(own) == 6 * count
    assert set(sampling.spread(clips, 3, 1)) <= set(sampling.spread(clips, 6, 1))
    assert sampling.spread(clips, "all", 1) == sorted(clips["clip_id"])
    preferred = sampling.spread(clips, 3, 1, first={"asad2", "bangry1"})
    assert {"asad2", "bangry1"} <= set(preferred)
