"""Figures: what is drawn is what the tables hold, whatever the labels, with the same bytes."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from docutils.core import publish_parts
from jinja2 import Environment

import plot_confusion
import plot_cue_profiles
import plot_deltas
import plot_examples
from paths import ROOT
from sercues.audio import signal
from sercues.audio.spectrograms import frame_to_second
from sercues.core import imports, job, tables
from sercues.cues.catalogue import CUES
from sercues.figures import confusion, style
from sercues.figures.cues import cue_profiles, deltas, spread
from sercues.figures.examples import (
    LONGEST_NAME,
    Example,
    choose,
    draw,
    gather,
    map_seconds,
    mel_centres,
)
from sercues.segments import regions
from sercues.segments.windows import seconds

WORKFLOW = ROOT / "workflow"
EMOTIONS = ["angry", "happy", "sad"]
HOSTILE = ["$\\frac$", "a_{b}<&>", "happy"]
FEW_CUES = ["loudness", "hnr", "slope_500_1500"]
PLACE = {"corpus": "crema_d", "protocol": "corrected"}
FRONT_END = {"sample_rate": 16000, "hop_length": 240}


def predictions(labels=EMOTIONS, seeds=(1,)):
    """Two clips per label and seed: one is right, one is taken for the next label."""
    rows = []
    for seed in seeds:
        for index, true in enumerate(labels):
            for shift in (0, 1):
                predicted = labels[(index + shift) % len(labels)]
                row = {"clip_id": f"{true}{shift}", "fold": 0, "seed": seed, "true": true}
                scores = [0.0] * (len(labels) + 1)
                rows.append(row | {"predicted": predicted, "scores": scores})
    frame = pd.DataFrame(rows)
    # the published head has a class that no clip belongs to
    labels = [[*labels, "nobody's"]] * len(frame)
    return frame.assign(correct=frame["true"] == frame["predicted"], labels=labels)


def accuracy(low=0.4, n_clips=6):
    row = PLACE | {"fold": "all", "seed": "all", "emotion": "all", "value": 0.5}
    row |= {"ci_low": low, "ci_high": low + 0.2, "n_clips": n_clips, "n_speakers": 7}
    return pd.DataFrame([row | {"measure": measure} for measure in ("accuracy", "uar")])


def cue_table(emotions=EMOTIONS, methods=("crp",), empty=(), grouped_by=("true",), cues=FEW_CUES):
    """Rows of `table`: every mean differs, emotions in `empty` have no clips."""
    rows = []
    for method in methods:
        for label in grouped_by:
            for emotion in emotions:
                for cue in cues:
                    value = 1.0 + len(rows)
                    numbers = {
                        name: np.nan if emotion in empty else number
                        for name, number in {
                            "mean": value,
                            "ci_low": value - 0.5,
                            "ci_high": value + 0.5,
                            "delta_full": 0.25,
                            "delta_full_low": 0.1,
                            "delta_full_high": 0.4,
                            "delta_random": -0.125,
                            "delta_random_low": -0.3,
                            "delta_random_high": 0.1,
                            "z": 0.5,
                            "z_low": 0.25,
                            "z_high": 0.75,
                            "delta_matched": 0.0,
                            "delta_matched_low": -0.1,
                            "delta_matched_high": 0.1,
                            "delta_matched_p": 0.9,
                            "delta_matched_q": 0.9,
                            "delta_energy": 0.0,
                            "delta_energy_low": -0.1,
                            "delta_energy_high": 0.1,
                            "delta_full_p": 0.001,
                            "delta_full_q": 0.01,
                            "delta_random_p": 0.04,
                            "delta_random_q": 0.2,
                            "delta_energy_p": 0.9,
                            "delta_energy_q": 0.9,
                        }.items()
                    }
                    head = PLACE | {"method": method, "target_kind": "predicted", "cue": cue}
                    head |= {"grouped_by": label, "emotion": emotion, "n_speakers": 7}
                    head |= {"matched_clips": 0 if emotion in empty else 4, "matched_speakers": 3}
                    rows.append(head | numbers | {"n_clips": 0 if emotion in empty else 9})
    return pd.DataFrame(rows)


SPREAD = pd.Series(0.5, index=list(CUES))


class Study:
    """Tables of a few clips of noise, two per emotion, with maps and segments."""

    def __init__(self, folder, emotions=EMOTIONS, keep_offset=True, step_s=0.015):
        rng = np.random.default_rng(0)
        n_mels, n_total, self.step_s = 16, 40, step_s
        self.folder, self.keep_offset = folder, keep_offset
        spectrograms, saliency, explained, manifest = [], [], [], []
        for index, emotion in enumerate(emotions):
            for take in (1, 2):
                clip = f"{index}_$x^{take}<_"
                soundfile.write(folder / f"{index}_{take}.wav", rng.normal(0, 0.1, 12000), 16000)
                key = {"clip_id": clip, "fold": 0, "seed": 1, "target_kind": "predicted"}
                size = {"n_mels": n_mels, "n_total": n_total}
                spectrograms.append(
                    {"clip_id": clip, "log_mel": rng.uniform(-80, 0, n_mels * n_total), **size}
                    | {"n_frames": 33, "start_s": 0.1, "frame_step_s": step_s}
                    | {"speech_start_frame": 0, "speech_end_frame": 33, "speech_start_s": 0.1}
                )
                relevance = rng.normal(0, 1, n_mels * n_total)
                saliency.append(key | size | {"map": relevance, "logit": float(take)})
                explained.append(key | {"true": emotion, "predicted": emotion, "correct": True})
                path = f"{index}_{take}.wav"
                manifest.append({"clip_id": clip, "path": path, "excluded": False})
        frames = map(pd.DataFrame, (spectrograms, saliency, explained, manifest))
        self.spectrograms, self.saliency, self.explained, self.manifest = frames
        self.spectrograms["speech_end_s"] = 0.1 + 33 * step_s
        settings = {"window_frames": 5, "k": 3, "positive_only": True, "inside_speech": True}
        self.segments = regions.extract(
            self.saliency, self.spectrograms, settings, 2, 1, keep_offset
        )

    def examples(self, truth=None):
        chosen = choose(self.explained, self.saliency, self.segments, [*EMOTIONS, "missing"])
        paths = self.manifest.set_index("clip_id")["path"]
        return gather(
            chosen,
            self.saliency,
            self.spectrograms,
            self.segments,
            lambda clip_id: signal.read(self.folder / paths[clip_id]),
            FRONT_END,
            self.keep_offset,
            truth,
        )


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)


def all_figures(study):
    """A fresh figure of each kind, by name."""
    tables_2_and_3 = cue_table(), cue_table(empty=["sad"])
    return {
        "confusion": confusion.confusion(predictions(), accuracy(), "title"),
        "profiles": cue_profiles(*tables_2_and_3, "title"),
        "deltas": deltas(*tables_2_and_3, SPREAD, "title"),
        "examples": draw(study.examples()[:2], "title"),
    }


def texts(figure):
    """Every text of a figure, once it is drawn."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]


# ---- saving --------------------------------------------------------------------------------------


def test_equal_figures_have_equal_bytes_and_leave_no_style_behind(study, tmp_path):
    before = dict(matplotlib.rcParams)
    first = all_figures(study)
    for name, figure in first.items():
        ending = "png" if name == "examples" else "svg"
        style.save(figure, tmp_path / f"{name}_1.{ending}")
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "savefig.dpi": 20}):
        for name, figure in all_figures(study).items():
            ending = "png" if name == "examples" else "svg"
            style.save(figure, tmp_path / f"{name}_2.{ending}")
            one, two = ((tmp_path / f"{name}_{n}.{ending}").read_bytes() for n in (1, 2))
            assert one == two, name


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_saving_twice_gives_equal_bytes(tmp_path, ending):
    figure = confusion.confusion(predictions(), accuracy(), "title")
    for name in ("a", "b"):
        style.save(figure, tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_other_formats_are_refused_and_leave_no_file(tmp_path):
    with pytest.raises(ValueError, match="png or svg"):
        style.save(confusion.confusion(predictions(), accuracy(), "title"), tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())


def test_figures_of_tables_need_no_torch_and_no_soundfile():
    code = (
        f"import sys; sys.path.insert(0, {str(WORKFLOW / 'scripts')!r}); import sercues.figures.evaluation, sercues.figures.cues, sercues.figures.confusion; "
        "print(sorted({'torch', 'soundfile', 'opensmile'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- labels that look like markup ----------------------------------------------------------------


def test_labels_are_drawn_as_they_are(tmp_path):
    """A lone or paired dollar sign would be mathematics, and an error or another text."""
    # of the hostile labels, only one is among the chosen emotions
    clips = Study(tmp_path, emotions=HOSTILE).examples()
    table = cue_table(HOSTILE, methods=["$m"])
    drawn = {
        "confusion": confusion.confusion(predictions(HOSTILE), accuracy(), "$1 & $2"),
        "profiles": cue_profiles(table, table, "$1 & $2"),
        "deltas": deltas(table, table, SPREAD, "$1 & $2"),
        "examples": draw(clips, "$1 & $2"),
    }
    for name, figure in drawn.items():
        ending = "png" if name == "examples" else "svg"
        style.save(figure, tmp_path / f"{name}.{ending}")
        assert not any(text.get_parse_math() for text in figure.findobj(matplotlib.text.Text))
        if name != "examples":
            found = " ".join(texts(figure))
            assert all(label in found for label in HOSTILE)
    assert any("2_$x^1<_" in text for text in texts(drawn["examples"]))


# ---- confusion matrix ----------------------------------------------------------------------------


def test_confusion_counts_clips_and_leaves_out_classes_without_any():
    figure = confusion.confusion(predictions(), accuracy(), "title")
    found = texts(figure)
    assert found.count("50 %\n1") == 6
    assert found.count("0") >= 3
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == EMOTIONS
    assert "angry (2)" in found
    assert "nobody's" not in found
    assert "accuracy 50.0 % [40.0, 60.0], UAR 50.0 % [40.0, 60.0]\n6 clips, 7 speakers" in found


def test_confusion_without_intervals_and_with_seeds():
    figure = confusion.confusion(predictions(seeds=(1, 2)), accuracy(low=np.nan), "title")
    assert "accuracy 50.0 %, UAR 50.0 %\n6 clips, 7 speakers, 12 predictions" in texts(figure)


def test_confusion_of_a_class_that_is_predicted_but_never_true():
    rows = predictions()
    figure = confusion.confusion(rows[rows["true"] != "sad"], accuracy(), "title")
    found = texts(figure)
    assert "sad (0)" in found
    assert "nan" not in " ".join(found)


# ---- cue profiles --------------------------------------------------------------------------------


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
    assert titles == [f"{cue.label} ({cue.unit})" for cue in CUES.values()]
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
    table3 = cue_table(grouped_by=("predicted", "true"))
    figure = cue_profiles(cue_table(), table3, "title")
    own = table3[(table3["grouped_by"] == "true") & (table3["cue"] == "loudness")]
    (salient,) = lines(figure.subfigs[0].axes[1], "o")
    np.testing.assert_allclose(salient.get_ydata(), own["mean"])


# ---- Δf ------------------------------------------------------------------------------------------


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
    key = {"fold": 0, "seed": 1, "target_kind": "predicted", "draw": 0}
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
    key = {"fold": 0, "seed": 1, "target_kind": "predicted"}
    explained = [key | {"clip_id": c, "true": e, "correct": right} for c, e, right, _, _ in rows]
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
        frame.assign(target_kind="true") for frame in candidates([("a", "sad", True, 1.0, True)])
    ]
    assert len(choose(*tables_, ["sad"])) == 1


def test_a_misclassified_example_says_so(study):
    study.explained.loc[study.explained["true"] == "sad", ["predicted", "correct"]] = "angry", False
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


# ---- scripts and captions ------------------------------------------------------------------------


class Inputs(SimpleNamespace):
    """Named inputs as Snakemake gives them."""

    def get(self, name):
        return vars(self).get(name)


def test_scripts_draw_from_tables_on_disk(study, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    cues = study.explained[style.KEY].assign(region="full", **dict.fromkeys(CUES, 1.0))
    written = {
        "predictions": predictions(),
        "accuracy": accuracy(),
        "table2": cue_table(),
        "table3": cue_table(grouped_by=("true", "predicted")),
        "cues": pd.concat([cues, cues.assign(region="random")]),
        "truth": pd.DataFrame([{"clip_id": "0_$x^1<_", "cue": "f0", "start_s": 0.2, "end_s": 0.3}]),
        **{
            name: getattr(study, name)
            for name in ("saliency", "segments", "spectrograms", "explained", "manifest")
        },
    }
    for name, frame in written.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")

    def draw(script, inputs, ending, **params):
        figure = tmp_path / f"{script.__name__}.{ending}"
        paths = {name: tmp_path / f"{name}.parquet" for name in inputs}
        if "cues" in paths:
            paths["cues"] = [paths["cues"]] * 2
        script.main(
            SimpleNamespace(
                input=Inputs(**paths),
                output=SimpleNamespace(figure=figure),
                params=SimpleNamespace(**PLACE, **params),
            )
        )
        return figure.read_bytes()

    assert b"<svg" in draw(plot_confusion, ["predictions", "accuracy"], "svg")
    assert b"<svg" in draw(plot_cue_profiles, ["table2", "table3"], "svg")
    assert b"<svg" in draw(plot_deltas, ["table2", "table3", "cues"], "svg")
    inputs = ["saliency", "segments", "spectrograms", "explained", "manifest"]
    params = {"root": tmp_path, "front_end": FRONT_END, "keep_offset": True, "method": "crp"}
    plain = draw(plot_examples, inputs, "png", emotions=["angry"], **params)
    with_truth = draw(plot_examples, [*inputs, "truth"], "png", emotions=["angry"], **params)
    assert plain.startswith(b"\x89PNG")
    assert plain != with_truth
    # paths of a corpus that is a CSV file are relative to the folder of the file
    (tmp_path / "clips.csv").touch()
    params["root"] = tmp_path / "clips.csv"
    assert draw(plot_examples, inputs, "png", emotions=["angry"], **params) == plain
    assert draw(plot_examples, inputs, "png", emotions=["fear"], **params).startswith(b"\x89PNG")


@pytest.mark.parametrize("protocol", ["corrected", "published", "mine_"])
@pytest.mark.parametrize(
    "caption", sorted((WORKFLOW / "report").glob("*.rst")), ids=lambda p: p.stem
)
def test_captions_are_sound_restructured_text(caption, protocol, capsys):
    config = yaml.safe_load((WORKFLOW.parent / "config" / "config.yaml").read_text("utf-8"))
    # an underscore at the end of a name is a reference in reStructuredText
    config["corpora"].append({"name": "lab_", "layout": "synthetic"})
    config["protocols"].append(protocol)
    snakemake = SimpleNamespace(
        config=config,
        wildcards=SimpleNamespace(corpus="lab_", protocol=protocol, method="crp"),
        params=SimpleNamespace(keep_offset=False, draws=10000, seed=1, sample="every one"),
    )
    template = Environment(trim_blocks=True, lstrip_blocks=True).from_string(
        caption.read_text(encoding="utf-8")
    )
    rendered = template.render(snakemake=snakemake, categories={}, files=[])
    page = publish_parts(rendered, writer="html")["html_body"]
    assert "system-message" not in page
    assert capsys.readouterr().err == ""
    if caption.stem in ("confusion", "examples", "cue_profiles", "deltas", "workflow"):
        assert "synthetic" in page.lower()


def test_every_caption_that_a_rule_names_exists():
    named = set()
    for rules in (WORKFLOW / "rules").glob("*.smk"):
        for line in rules.read_text(encoding="utf-8").splitlines():
            if "caption=" in line:
                name = Path(line.split('"')[1]).name
                named |= {name.replace("{number}", n) for n in "23"}
    assert {name for name in named if not (WORKFLOW / "report" / name).exists()} == set()


def test_the_report_shows_the_ledger_first():
    """Snakemake's report puts its categories in the order of the alphabet."""
    items = {}
    for rules in (WORKFLOW / "rules").glob("*.smk"):
        for text in rules.read_text(encoding="utf-8").split("report(")[1:]:
            category = text.split('category="')[1].split('"')[0]
            items.setdefault(category, []).append(text.split("caption=")[1].split('"')[1])
    assert items[min(items)] == ["../report/claims.rst"]
    landing = (WORKFLOW / "report" / "workflow.rst").read_text(encoding="utf-8")
    assert all(f"* **{category}**" in landing for category in items)


def test_the_report_says_which_corpora_are_for_the_study_of_bands_only():
    text = (WORKFLOW / "report" / "workflow.rst").read_text(encoding="utf-8")
    config = yaml.safe_load((WORKFLOW.parent / "config/config.yaml").read_text(encoding="utf-8"))
    config["corpora"] = [{"name": "crema_d"}, {"name": "emodb", "chain": False}]
    template = Environment(trim_blocks=True, lstrip_blocks=True)
    shown = template.from_string(text).render(snakemake=SimpleNamespace(config=config))
    first, second = re.findall(r"\* - ``.*\n.*- .*\n.*- (.*)\n.*- (.*)\n", shown)
    assert first == ("``corrected``, ``published``", "occlusion, crp")
    assert second == ("``common``", "bands only")


def test_tables_are_read_by_the_columns_of_their_definitions():
    """The tables above are small; the columns that figures read must be in the definitions."""
    assert set(style.KEY) <= set(tables.columns("saliency"))
    assert set(cue_table().columns) == set(tables.columns("table"))
    assert set(accuracy().columns) == set(tables.columns("accuracy"))
    assert set(predictions().columns) == set(tables.columns("predictions"))
