"""The choice of clips to explain."""

import pandas as pd
import pytest

from sampled_clips import explained, speakers
from sercues.core import tables
from sercues.core.names import KEY
from sercues.saliency import sampling


def predictions(n=60):
    emotions = ["angry", "disgust", "happy"]
    rows = [
        {
            "clip_id": f"c{i:03d}",
            "fold": i % 2,
            "seed": 1,
            "true_emotion": emotions[i % 3],
            "predicted_emotion": emotions[(i + (i % 5 == 0)) % 3],
        }
        for i in range(n)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(correct=frame["true_emotion"] == frame["predicted_emotion"])


def test_the_sample_is_stratified_nested_and_free_of_order():
    def chosen(frame, n):
        return sampling.choose_clips(frame, n, n, ["angry", "happy"], ["predicted_label"], seed=3)

    frame = predictions()
    small, large = chosen(frame, 1), chosen(frame, 3)
    tables.checked(large, "explained")
    assert set(small["clip_id"]) < set(large["clip_id"])
    assert large.groupby(["fold", "true_emotion", "correct"]).size().max() == 3
    shuffled = chosen(frame.sample(frac=1, random_state=1), 3)
    assert tables.checked(shuffled, "explained").equals(tables.checked(large, "explained"))
    # a clip of another emotion counts only where it is taken for one of ours
    others = large[large["true_emotion"] == "disgust"]
    assert len(others) and not others["correct"].any()


def test_all_explains_every_clip_for_every_class():
    frame = predictions()
    everything = sampling.choose_clips(
        frame,
        "all",
        "all",
        ["angry", "disgust", "happy"],
        ["predicted_label", "true_label"],
        seed=3,
    )
    assert everything["clip_id"].nunique() == len(frame) and len(everything) == 2 * len(frame)
    for kind, rows in everything.groupby("target"):
        assert (rows["target_emotion"] == rows[sampling.EMOTION_OF[kind]]).all()


@pytest.mark.parametrize("count", [1, 2])
def test_spread_takes_every_speaker_before_a_second_clip(count):
    from sercues.saliency import sampling

    rows = [(f"{s}{e}{i}", s, e) for s in "abc" for e in ("sad", "angry") for i in range(3)]
    clips = pd.DataFrame(rows, columns=["clip_id", "speaker", "emotion"])
    chosen = sampling.sample_by_speaker(clips, 3 * count, 1)
    own = clips[clips["clip_id"].isin(chosen)]
    assert (own.groupby(["speaker", "emotion"]).size() == count).all() and len(own) == 6 * count
    assert set(sampling.sample_by_speaker(clips, 3, 1)) <= set(
        sampling.sample_by_speaker(clips, 6, 1)
    )
    assert sampling.sample_by_speaker(clips, "all", 1) == sorted(clips["clip_id"])


def test_the_sample_is_what_is_tested_and_the_neutral_clips_of_its_speakers():
    table = explained()
    tested = table[table["clip_id"].isin(["a_angry1", "a_neutral2"])]
    found = sampling.with_neutral(table.sample(frac=1, random_state=1), tested, speakers())
    assert set(found["clip_id"]) == {"a_angry1", "a_neutral1", "a_neutral2"}
    assert list(found.columns) == list(table.columns)
    assert sampling.with_neutral(table, tested.iloc[:0], speakers()).empty
    # rows of other networks or classes are not tested because their clip is
    other = table.assign(fold=7)
    found = sampling.with_neutral(pd.concat([table, other]), tested, speakers())
    assert set(found.loc[found["fold"] == 7, "true_emotion"]) == {"neutral"}


def explained_clips():
    """Explained clips of three emotions, one of them neutral, for two classes."""
    emotions = {"disgust": "neutral"}
    frame = predictions().replace({"true_emotion": emotions, "predicted_emotion": emotions})
    return sampling.choose_clips(
        frame, 4, 4, ["angry", "happy", "neutral"], ["predicted_label", "true_label"], seed=3
    )


@pytest.mark.parametrize("counts", [(1, 0), (2, 1), ("all", "all")])
def test_tested_clips_are_drawn_and_the_neutral_ones_of_their_speakers_beside_them(counts):
    explained = explained_clips()
    manifest = pd.DataFrame({"clip_id": [f"c{i:03d}" for i in range(60)]})
    manifest["speaker"] = [f"s{i % 7}" for i in range(60)]
    speakers = manifest.set_index("clip_id")["speaker"]
    found = sampling.choose_tested_clips(explained, manifest, *counts, seed=3)
    tables.checked(found, "tested")
    pd.testing.assert_frame_equal(found[KEY], explained[KEY])
    # the same clips for every class, by fold, emotion and correctness
    rows = explained.assign(tested=found["tested"], compared=found["compared"])
    assert rows.groupby(["fold", "clip_id"])["tested"].nunique().eq(1).all()
    sizes = rows[rows["tested"]].groupby(["correct", "fold", "true_emotion"])["clip_id"].nunique()
    for correct, count in zip((True, False), counts, strict=True):
        assert "all" in counts or sizes.get(correct, pd.Series([0])).max() == count
    heard = set(rows.loc[rows["tested"], "clip_id"].map(speakers))
    expected = rows["tested"] | (
        (rows["true_emotion"] == "neutral") & rows["clip_id"].map(speakers).isin(heard)
    )
    assert rows["compared"].equals(expected)
    if counts == ("all", "all"):
        assert found["tested"].all() and found["compared"].all()
    # a part of what larger numbers give
    more = sampling.choose_tested_clips(explained, manifest, 3, 3, seed=3)
    assert counts == ("all", "all") or (more["tested"] >= found["tested"]).all()
    for name in ("tested", "compared"):
        shuffled = found.sample(frac=1, random_state=1)
        pd.testing.assert_frame_equal(
            sampling.of_choice(explained, shuffled, name),
            explained[found[name]].reset_index(drop=True),
        )
