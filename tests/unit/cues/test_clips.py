"""The table of clips, regions and cues, and what analyses read from it."""

import numpy as np
import pandas as pd
import pytest

import tabulate_clip_cues
from known_cues import changed, heard, shuffled, study
from sercues.core import tables
from sercues.core.errors import InputError
from sercues.core.names import BASELINES, COUNTERPARTS, KEY, REGIONS
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues, clip_cues


@pytest.fixture
def data():
    """Cues that miss here and there: draws, clips without controls, and one without any segment."""
    cues, explained, manifest = study(n_speakers=6, seeds=(1, 2), noise=0.4)
    rng = np.random.default_rng(3)
    cues[list(CUES)] += rng.normal(0, 1, (len(cues), len(CUES)))
    cues[list(CUES)] = cues[list(CUES)].mask(rng.random((len(cues), len(CUES))) < 0.1)
    cues["n_frames"] = rng.integers(0, 30, len(cues))
    alone = cues["clip_id"].isin(["001_sad_True", "004_angry_False"])
    cues = cues[~(alone & cues["region"].isin(["salient_matched", "control"]))]
    cues = cues[(cues["clip_id"] != "002_happy_True") | (cues["seed"] != 2)]
    return cues, explained, manifest


def means_of(cues):
    """Mean over draws by clip, region and cue, one after the other; NaN where there is none."""
    found = {}
    for (*key, region), part in cues.groupby([*KEY, "region"]):
        for cue in CUES:
            there = [value for value in part.sort_values("draw")[cue] if not np.isnan(value)]
            found[(*key, region, cue)] = np.sum(there) / len(there) if there else np.nan
    return found


def test_the_table_has_what_a_slow_reference_has(data):
    cues, explained, manifest = data
    table = clip_cues(*data)
    tables.checked(table, "clip_cues")
    assert len(table) == len(explained) * len(REGIONS) * len(CUES)
    means = means_of(cues)
    speakers = manifest.set_index("clip_id")["speaker"]
    labels = explained.set_index(KEY)
    full: dict = {}
    for row in table.itertuples():
        key = tuple(getattr(row, name) for name in KEY)
        assert row.value == pytest.approx(
            means.get((*key, row.region, row.cue), np.nan), nan_ok=True
        )
        first = means.get((*key, COUNTERPARTS.get(row.region, "salient"), row.cue), np.nan)
        expected = first - row.value if row.region in BASELINES else np.nan
        assert row.difference == pytest.approx(expected, nan_ok=True)
        assert row.speaker == speakers[row.clip_id]
        assert row.correct == labels.loc[key, "correct"]
        assert (row.true_emotion, row.predicted_emotion) == tuple(
            labels.loc[key, ["true_emotion", "predicted_emotion"]]
        )
        if row.region == "full":
            of_speaker = full.setdefault((row.speaker, row.cue), {})
            of_speaker.setdefault(row.clip_id, []).append(row.value)
    for row in table.itertuples():
        each = [pd.Series(v).mean() for v in full[row.speaker, row.cue].values()]
        z = (row.value - pd.Series(each).mean()) / pd.Series(each).std()
        expected = z if row.region == "salient" else np.nan
        assert row.z == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_what_is_read_is_what_was_written(data, tmp_path):
    table = clip_cues(*data)
    tables.write(table, tmp_path / "t.parquet", "clip_cues")
    found, given = ClipCues.read(tmp_path / "t.parquet"), ClipCues.of(table)
    for cues in (found, given):
        assert list(cues.values) == list(REGIONS) and list(cues.differences) == list(BASELINES)
    same = [(found.clips, given.clips), (found.z, given.z)]
    same += [(found.values[name], given.values[name]) for name in REGIONS]
    same += [(found.differences[name], given.differences[name]) for name in BASELINES]
    for one, other in same:
        pd.testing.assert_frame_equal(one, other, check_exact=True)
        assert one.index.equals(found.clips.index)
    row = table[(table["region"] == "control") & (table["cue"] == "hnr")].reset_index(drop=True)
    np.testing.assert_array_equal(found.values["control"]["hnr"], row["value"])
    np.testing.assert_array_equal(found.differences["control"]["hnr"], row["difference"])
    pd.testing.assert_frame_equal(found.clips[KEY], row[KEY])


def test_the_share_of_frames_with_mates(data):
    cues, clips = data[0], heard(*data).clips
    frames = cues[cues["draw"] == 0].set_index([*KEY, "region"])["n_frames"]
    for row in clips.itertuples():
        key = tuple(getattr(row, name) for name in KEY)
        salient, paired = (frames.get((*key, name)) for name in ("salient", "salient_matched"))
        expected = (paired or 0) / salient if salient else np.nan
        assert row.matched_share == pytest.approx(expected, nan_ok=True)
    known = clips.set_index(["clip_id", "seed"])["matched_share"]
    assert known["001_sad_True", 1] == 0 and np.isnan(known["002_happy_True", 2])


def test_chosen_clips_and_averages_over_models(data):
    cues = heard(*data)
    wrong = cues.where(~cues.clips["correct"])
    assert len(wrong.clips) == len(wrong.z) == len(cues.clips) / 2
    one = wrong.per_clip()
    assert list(one.clips["clip_id"]) == sorted(set(wrong.clips["clip_id"]))
    assert list(one.clips.columns) == ["clip_id", "speaker", "matched_share"]
    for found, whole in (
        *((one.values[name], cues.values[name]) for name in REGIONS),
        *((one.differences[name], cues.differences[name]) for name in BASELINES),
        (one.z, cues.z),
    ):
        for number, clip_id in enumerate(one.clips["clip_id"]):
            own = whole[cues.clips["clip_id"] == clip_id]
            pd.testing.assert_series_equal(found.loc[number], own.mean(), check_names=False)


def test_no_clips_and_a_mask_that_none_fulfils(data):
    cues, explained, manifest = data
    nothing = heard(cues.iloc[:0], explained.iloc[:0], manifest)
    left = heard(*data).where(pd.Series(False, range(len(explained))))
    for empty in (nothing, left, nothing.per_clip(), left.per_clip()):
        assert empty.clips.empty and list(empty.z.columns) == list(CUES)
        assert all(frame.empty for frame in empty.values.values())
    table = clip_cues(cues.iloc[:0], explained.iloc[:0], manifest)
    assert tables.checked(table, "clip_cues").num_rows == 0


def test_a_change_in_one_region_leaves_the_others(data):
    cues = heard(*data)
    louder = changed(cues, "full", loudness=1.0)
    assert (louder.values["full"]["loudness"] == 1).all()
    assert louder.values["salient"] is cues.values["salient"]


def test_order_of_rows_changes_no_byte(data, tmp_path):
    for name, frames in (("a", data), ("b", shuffled(*data))):
        tables.write(clip_cues(*frames), tmp_path / f"{name}.parquet", "clip_cues")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_the_script_writes_the_table_and_a_broken_file_is_told(data, tmp_path, job_of):
    names = ("cues", "explained", "manifest")
    for name, frame in zip(names, data, strict=True):
        frame.to_parquet(tmp_path / f"{name}.parquet")
    path = tmp_path / "clip_cues.parquet"
    tabulate_clip_cues.main(
        job_of(
            "tabulate_clip_cues",
            input={name: tmp_path / f"{name}.parquet" for name in names},
            output={"clip_cues": path},
        )
    )
    pd.testing.assert_frame_equal(tables.read(path), clip_cues(*data)[tables.columns("clip_cues")])
    path.write_text("nothing")
    with pytest.raises(InputError, match=r"clip_cues\.parquet cannot be read"):
        ClipCues.read(path)


def test_a_speaker_whose_clips_do_not_differ_has_no_z():
    cues, explained, manifest = study(n_speakers=6, noise=0.0)
    cues.loc[cues.clip_id.str.startswith("003"), list(CUES)] = 1.0
    found = heard(cues, explained, manifest)
    missing = found.z["loudness"].isna().groupby(found.clips["speaker"]).all()
    assert missing[missing].index.tolist() == ["s003"]


def test_clips_whose_salient_segments_lack_a_cue_stay_in_the_speakers_reference():
    cues, explained, manifest = study(noise=0.5)
    # unvoiced salient segments where the whole clip is low
    low = cues["clip_id"].str.contains("sad")
    cues.loc[low & (cues["region"] == "salient"), "pitch_level"] = np.nan
    found = heard(cues, explained, manifest)
    full, speaker = found.values["full"]["pitch_level"], found.clips["speaker"]
    assert full.notna().all() and found.values["salient"]["pitch_level"].isna().mean() > 0.3
    of_speaker = full.groupby(speaker)
    expected = found.values["salient"]["pitch_level"] - of_speaker.transform("mean")
    expected /= of_speaker.transform("std")
    np.testing.assert_allclose(found.z["pitch_level"], expected)


def test_cues_of_every_region_stand_beside_the_differences():
    """Whether the salient segments have the cue or not."""
    cues, explained, manifest = study(seeds=(1, 2))
    cues.loc[(cues["region"] == "salient") & (cues["seed"] == 2), "jitter"] = np.nan
    found = heard(cues, explained, manifest)
    below = {
        "full": 0.2,
        "rest": 0.6,
        "random": 0.3,
        "salient_matched": -0.1,
        "control": 0.4,
        "loudest": 9.0,
    }
    for region, distance in below.items():
        np.testing.assert_allclose(
            found.values[region]["hnr"], found.values["salient"]["hnr"] - distance
        )
        assert found.values[region]["jitter"].notna().all()
    one = found.per_clip().values
    np.testing.assert_allclose(one["random"]["hnr"], one["salient"]["hnr"] - 0.3)
    assert set(found.values) - {"salient"} == set(below)


def test_a_clip_without_speaker_is_told_by_name():
    cues, explained, manifest = study()
    manifest.loc[manifest.clip_id == "003_sad_True", "speaker"] = None
    with pytest.raises(InputError, match="003_sad_True"):
        clip_cues(cues, explained, manifest)


def test_cues_of_a_clip_that_was_not_explained_are_refused():
    cues, explained, manifest = study()
    with pytest.raises(ValueError, match="not explained"):
        clip_cues(cues, explained.iloc[1:], manifest)
