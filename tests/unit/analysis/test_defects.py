"""Defects of the paper's code: each is seen where it is, and only there."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from known_cues import LEVEL, changed, heard, study
from known_defects import entry, frames_of, loudness_of
from runs import of_run
from sercues.analysis import defects
from sercues.core import tables
from sercues.core.names import KEY
from sercues.cues.labels import LABELS
from sercues.cues.measure import measure


def found_in(entry, statements):
    rows = of_run(defects.defect_rows(entry, statements), "claims")
    tables.checked(rows, "claims")
    return rows.set_index("claim")


def percentages(row):
    """Those that are measured beside the effect or are it, in their order."""
    return [float(number) for number in re.findall(r"[\d.]+(?= %)", row["measured"])]


def test_where_nothing_is_wrong_every_defect_is_repaired(statements):
    found = found_in(entry(), statements)
    assert set(found.index) == set(defects.DEFECTS)
    assert (found["verdict"] == "repaired").all()
    assert (found["effect"] >= 0).all() and found["measured"].str.len().min() > 10


def broken(name):
    """A corpus that has one defect, and how large it is."""
    whole = entry()
    cues, segments, saliency = whole.cues, whole.segments, whole.saliency
    salient = segments["region"] == "salient"
    if name == "defect_shared_data":
        return {"leaks": whole.leaks.assign(shared=3)}, 1 / 3
    if name == "defect_other_class":
        return {"saliency": saliency.assign(agrees=np.arange(len(saliency)) % 4 > 0)}, 1 / 4
    if name == "defect_damaged_network":
        return {"saliency": saliency.assign(canonization_shift=0.3)}, 0.3
    if name == "defect_fixed_concept":
        return {"saliency": saliency.assign(concepts=[["block1:35"]] * len(saliency))}, 0.4
    if name == "defect_loudest_fill":
        return {"fill": "loudest"}, 0.1
    if name == "defect_unvoiced_zeros":
        return {"cues": changed(cues, voiced_fraction=cues.values["salient"]["shimmer"] / 2)}, 1
    if name == "defect_wrong_seconds":
        # sound begins 0.1 s into the file, and the code does not know
        return {"keep_offset": False}, 0.1
    if name == "defect_outside_speech":
        moved = segments.assign(start_s=segments["start_s"].where(~salient, 1.525))
        return {"segments": moved.assign(end_s=moved["start_s"] + 0.15)}, 0.5
    if name == "defect_past_the_end":
        longer = segments.assign(end_s=segments["end_s"].where(salient, 2.4))
        return {"segments": longer}, 0.6 / 2.1
    if name == "defect_short_windows":
        cut = segments["end_s"].where(segments["start_s"] != 1.3, 1.36)
        return {"segments": segments.assign(end_s=cut)}, 1 / 3
    if name == "defect_segments_alone":
        off = np.where(np.arange(len(cues.clips)) % 2, 0.1, -0.2)
        voiced = cues.values["salient"]["voiced_fraction"]
        return {"cues": changed(cues, voiced_fraction=voiced + off)}, 0.15
    if name == "defect_lost_speech":
        frames = frames_of(loudness_of(cues))
        # 13 of 130 voiced frames come before, 26 after
        late = whole.spectrograms.assign(start_s=0.425, n_frames=61)
        return {"descriptors": frames, "spectrograms": late}, 39 / 130
    if name == "defect_other_voices":
        voice = cues.clips["speaker"].str[1:].astype(float)
        z = cues.z.assign(pitch_level=voice)
        return {"cues": replace(changed(cues, pitch_level=voice), z=z)}, 1.0
    if name == "defect_no_baseline":
        lacking = cues.differences["random"].assign(loudness=np.nan)
        return {"cues": replace(cues, differences=cues.differences | {"random": lacking})}, 1.0
    if name == "defect_no_sanity_check":
        return {"stability": whole.stability.assign(change="fold")}, 1.0
    if name == "defect_misnamed":
        return {}, 1.0
    first = cues.clips[cues.clips["correct"]].groupby("true_emotion").head(1)
    return {"cues": cues.where(cues.clips.index.isin(first.index))}, 1.0


@pytest.mark.parametrize("name", list(defects.DEFECTS))
def test_each_defect_is_seen_and_measured_where_it_is(statements, monkeypatch, name):
    changes, size = broken(name)
    if name == "defect_misnamed":
        monkeypatch.setitem(LABELS, "hnr", LABELS["hnr"]._replace(text="breathiness"))
    row = found_in(entry(**changes), statements).loc[name]
    assert row["verdict"] == "repeated"
    assert row["effect"] == pytest.approx(size, abs=1e-6)


def test_one_clip_of_each_emotion_says_what_all_choices_say(statements):
    cues = entry().cues
    rng = np.random.default_rng(5)
    clips = cues.clips
    loudness = clips["true_emotion"].map(LEVEL) + rng.normal(0, 0.4, len(clips))
    groups = [
        loudness[clips["correct"] & (clips["true_emotion"] == emotion)].to_numpy()
        for emotion in ("angry", "happy", "sad")
    ]
    angry, happy, sad = np.meshgrid(*groups)
    own = entry(cues=changed(cues, loudness=loudness))
    size = found_in(own, statements).loc["defect_one_clip", "effect"]
    assert size == pytest.approx(((angry > happy) & (happy > sad)).mean())


def test_what_cannot_be_measured_has_no_row(statements):
    nothing = entry()
    nothing = nothing._replace(
        saliency=nothing.saliency.iloc[:0],
        segments=nothing.segments.iloc[:0],
        cues=nothing.cues.where(nothing.cues.clips["clip_id"] == "none"),
        leaks=nothing.leaks.iloc[:0],
        descriptors=nothing.descriptors.iloc[:0],
    )
    assert found_in(nothing, statements).empty
    crp = found_in(entry(method="crp"), statements)
    assert "defect_loudest_fill" not in crp.index


def test_slices_of_a_clip_are_those_of_the_cues(statements):
    """So where segments are slices of the clip nothing at all differs."""
    whole, rng = entry(), np.random.default_rng(3)
    frames = whole.descriptors.reindex(columns=tables.columns("descriptors")).fillna(0.0)
    frames = frames.assign(Loudness_sma3=rng.random(len(frames)).astype(np.float32))
    # frames without F0 are unvoiced
    frames["F0semitoneFrom27.5Hz_sma3nz"] = frames["voiced"] * 30.0
    salient = whole.segments[whole.segments["region"] == "salient"].assign(draw=0)
    salient["start_s"] += rng.uniform(-0.05, 0.05, len(salient)).round(6)
    salient["rank"] = salient.groupby(KEY).cumcount() + 1
    for unvoiced in ("masked", "zero"):
        measured = measure(salient, frames, unvoiced)
        own = whole.cues.clips[KEY].merge(measured, on=KEY)
        names = ["loudness", "voiced_fraction"]
        cues = changed(whole.cues, **{name: own[name] for name in names})
        given = entry(cues=cues, segments=salient, descriptors=frames)
        row = found_in(given, statements).loc["defect_segments_alone"]
        assert row["verdict"] == "repaired" and row["effect"] < 1e-9
        assert percentages(row) == [0, 0]
        apart = changed(cues, loudness=own["loudness"] * 0.9)
        row = found_in(given._replace(cues=apart), statements).loc["defect_segments_alone"]
        assert percentages(row) == [0, 10]


def test_of_lost_speech_it_is_told_what_the_length_cut(statements):
    frames = frames_of(loudness_of(entry().cues))
    times = entry().spectrograms.assign(n_frames=68)  # up to 1.12 s
    # where the clip is longer than the input, and where it ends before
    for n_total, cut in ((68, 36.2), (134, 0)):
        given = entry(descriptors=frames, spectrograms=times.assign(n_total=n_total))
        row = found_in(given, statements).loc["defect_lost_speech"]
        assert row["effect"] == pytest.approx(47 / 130) and percentages(row) == [36.2, cut]


def test_speakers_explain_no_variance_by_chance():
    rng = np.random.default_rng(2)
    speakers = pd.Series(np.repeat(np.arange(20), 5).astype(str))
    noise = pd.Series(rng.normal(size=(400, 100)).mean(axis=0) * 20)
    draws = [
        defects.between_speakers(pd.Series(rng.normal(size=100)), speakers) for _ in range(100)
    ]
    assert np.mean(draws) < 0.05 and min(draws) >= 0
    # by its F, with 19 and 80 degrees of freedom
    shifted = noise + speakers.astype(int)
    f = stats.f_oneway(*(part for _, part in shifted.groupby(speakers))).statistic
    known = 19 * (f - 1) / (19 * f + 80)
    assert defects.between_speakers(shifted, speakers) == pytest.approx(known, abs=1e-12)
    voices = speakers.astype(int) % 2 * 12.0
    # variances of 36 and 1
    assert defects.between_speakers(voices + noise, speakers) == pytest.approx(36 / 37, abs=0.02)
    assert np.isnan(defects.between_speakers(noise, pd.Series(range(100)).astype(str)))
    assert np.isnan(defects.between_speakers(noise * 0, speakers))


def test_pitch_within_speakers_knows_no_voice(statements):
    """High and low voices differ raw; within speakers, who speaks explains nothing."""
    cues_, explained, manifest = study()
    high = cues_["clip_id"].str[:3].astype(int) % 2
    cues_["pitch_level"] += 12.0 * high
    own = entry(cues=heard(cues_, explained, manifest))
    row = found_in(own, statements).loc["defect_other_voices"]
    assert row["verdict"] == "repaired" and row["effect"] == 0
    assert percentages(row)[0] > 99
    lacking = own._replace(cues=replace(own.cues, z=own.cues.z.assign(pitch_level=np.nan)))
    row = found_in(lacking, statements).loc["defect_other_voices"]
    assert row["verdict"] == "repeated"
