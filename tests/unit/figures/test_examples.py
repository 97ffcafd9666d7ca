"""Figures of examples: windows lie where they were, whatever the labels."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from drawn_tables import Study, texts
from sercues.audio.spectrograms import frame_to_second
from sercues.core import imports
from sercues.figures import style
from sercues.figures.examples import LONGEST_NAME, Example, choose, draw, map_seconds, mel_centres
from sercues.segments.windows import seconds


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)


# ---- examples ------------------------------------------------------------------------------------


def rectangles(ax, edge):
    """Left and right of the windows drawn with this edge colour."""
    colour = matplotlib.colors.to_rgba(edge)
    found = [p for p in ax.patches if p.get_edgecolor() == colour and p.get_width() > 0]
    return [(p.get_x(), p.get_x() + p.get_width()) for p in found]


def test_windows_lie_at_their_seconds_on_every_axis(study):
    clips = study.examples()
    figure = draw(clips, "title")
    n = len(clips)
    for column, clip in enumerate(clips):
        edges = clip.segments[["start_s", "end_s"]].to_numpy()
        rows = study.segments
        own = rows[(rows["clip_id"] == clip.clip_id) & (rows["region"] == "salient")]
        np.testing.assert_array_equal(edges, own.sort_values("rank")[["start_s", "end_s"]])
        wave, spectrogram, relevance = (figure.axes[row * n + column] for row in range(3))
        shaded = [(p.get_x(), p.get_x() + p.get_width()) for p in wave.patches]
        np.testing.assert_allclose(shaded, edges)
        np.testing.assert_allclose(rectangles(spectrogram, "white"), edges)
        np.testing.assert_allclose(rectangles(relevance, "black"), edges)
        assert relevance.images[0].get_extent()[:2] == pytest.approx((0.1, 0.1 + 40 * 0.015))
        assert wave.get_xlim() == spectrogram.get_xlim() == relevance.get_xlim()


def test_published_windows_lie_on_their_frames_and_are_heard_elsewhere(tmp_path):
    step_s = 0.010  # as of a corpus that was not resampled
    (clip, *_) = Study(tmp_path, keep_offset=False, step_s=step_s).examples()
    first = clip.segments["start_s"].to_numpy()
    frames = first / 0.015
    np.testing.assert_allclose(frames, np.round(frames))
    expected = frame_to_second(frames, 0.1, step_s)
    np.testing.assert_allclose(clip.windows["start_s"], expected)
    assert not np.allclose(clip.windows["start_s"], first)
    # 240 samples in 10 ms: the true rate is 24 kHz, whatever rate was declared
    assert clip.band_hz[-1] == mel_centres(16, 24000)[-1]


def test_map_seconds_undo_the_forgotten_offset():
    windows = np.array([[0, 10], [30, 40]])
    for keep_offset in (True, False):
        told = seconds(windows, 0.4, 0.010, keep_offset)
        found = map_seconds(told, 0.4, 0.010, keep_offset)
        np.testing.assert_allclose(found, 0.4 + 0.010 * windows, atol=1e-6)


@pytest.mark.parametrize("rate", [16000, 24414, 1500])
def test_mel_centres_are_the_peaks_of_the_filters(rate):
    n_freqs = 20001
    fbanks = imports.import_torchaudio().functional.melscale_fbanks(
        n_freqs, 0.0, rate / 2, 40, rate, norm=None, mel_scale="slaney"
    )
    peaks = fbanks.numpy().argmax(axis=0) * rate / 2 / (n_freqs - 1)
    np.testing.assert_allclose(mel_centres(40, rate), peaks, atol=rate / n_freqs)


def candidates(rows):
    """Tables explained, saliency and segments of (clip, emotion, correct, logit, segments?)."""
    key = {"fold": 0, "seed": 1, "target": "predicted_label"}
    explained = [
        key | {"clip_id": c, "true_emotion": e, "correct": right} for c, e, right, _, _ in rows
    ]
    saliency = [key | {"clip_id": c, "logit": logit} for c, _, _, logit, _ in rows]
    salient = [key | {"clip_id": r[0], "region": "salient"} for r in rows if r[4]]
    other = [key | {"clip_id": r[0], "region": "full"} for r in rows]
    return pd.DataFrame(explained), pd.DataFrame(saliency), pd.DataFrame([*salient, *other])


def test_the_example_is_the_correct_clip_of_median_logit():
    tables_ = candidates(
        [
            ("a", "angry", True, 1.0, True),
            ("b", "angry", True, 3.0, True),
            ("c", "angry", True, 2.0, True),
            ("d", "angry", True, 1.5, False),  # without segments: only if there is nothing else
            ("e", "angry", False, 2.0, True),
            ("f", "happy", False, 1.0, False),
            ("g", "happy", False, 2.0, True),
            ("h", "sad", True, 5.0, False),
        ]
    )
    for frames in (tables_, [frame.sample(frac=1, random_state=2) for frame in tables_]):
        chosen = choose(*frames, ["sad", "fear", "happy", "angry"])
        assert chosen["clip_id"].tolist() == ["h", "g", "c"]
        assert list(chosen.columns) == list(frames[0].columns)


def test_maps_of_the_true_class_serve_where_there_are_no_others():
    tables_ = [
        frame.assign(target="true_label") for frame in candidates([("a", "sad", True, 1.0, True)])
    ]
    assert len(choose(*tables_, ["sad"])) == 1


def test_a_misclassified_example_says_so(study):
    study.explained.loc[
        study.explained["true_emotion"] == "sad", ["predicted_emotion", "correct"]
    ] = "angry", False
    found = texts(draw(study.examples(), "title"))
    assert sum("predicted angry (misclassified)" in text for text in found) == 1
    assert "missing" not in found


def test_the_planted_interval_is_drawn_where_something_was_planted(study):
    rows = [{"clip_id": "0_$x^1<_", "cue": "loudness"}, {"clip_id": "1_$x^1<_", "cue": "none"}]
    truth = pd.DataFrame(rows).assign(start_s=0.2, end_s=0.5)
    clips = study.examples(truth)
    assert [clip.planted for clip in clips] == [(0.2, 0.5), None, None]
    figure = draw(clips, "title")
    (line,) = figure.axes[0].lines
    assert tuple(line.get_xdata()) == (0.2, 0.5)
    assert [len(ax.lines) for ax in figure.axes[1:3]] == [0, 0]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "planted interval" in legend


def test_maps_without_relevance_clips_without_segments_and_no_clip_at_all(study, tmp_path):
    study.saliency["map"] = [np.zeros(16 * 40)] * len(study.saliency)
    study.segments = study.segments[study.segments["clip_id"] != "0_$x^1<_"]
    study.segments = study.segments[study.segments["clip_id"] != "0_$x^2<_"]
    style.save(draw(study.examples(), "title"), tmp_path / "zeros.png")
    style.save(draw([], "title"), tmp_path / "none.png")


def test_long_names_are_shortened_in_the_middle(study):
    clip = study.examples()[0]
    long = Example(**{**vars(clip), "clip_id": "start" + "x" * 80 + "end"})
    found = next(text for text in texts(draw([long], "title")) if "…" in text)
    name = found.split("\n")[1]
    assert len(name) <= LONGEST_NAME
    assert name.startswith("start")
    assert name.endswith("end")
