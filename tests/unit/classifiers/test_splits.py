"""Folds and the leak audit."""

import itertools

import pandas as pd
import pytest

from sercues.classifiers import splits
from sercues.core import tables
from sercues.core.errors import InputError

SPEAKERS = {
    "kind": "speakers",
    "folds": 5,
    "validation_share": 0.15,
    "stop_on_leak": True,
    "emotions": "all",
}
RANDOM = {
    "kind": "random",
    "folds": 1,
    "validation_share": 0,
    "stop_on_leak": False,
    "emotions": "all",
}
EMOTIONS = ("angry", "happy", "sad")


def manifest(n_speakers, n_texts=6, excluded=()):
    rows = [
        {
            "clip_id": f"s{speaker:02d}_t{text}_{emotion}",
            "speaker": f"s{speaker:02d}",
            "emotion": emotion,
            "text": f"t{text}",
            "audio_sha256": f"{speaker} {text} {emotion}",
        }
        for speaker, text, emotion in itertools.product(range(n_speakers), range(n_texts), EMOTIONS)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(excluded=frame["clip_id"].isin(excluded))


@pytest.mark.parametrize("n_speakers, folds", [(2, 2), (5, 5), (12, 5), (23, 4)])
def test_every_clip_is_tested_once_by_strangers(n_speakers, folds):
    clips = manifest(n_speakers)
    parts = splits.split_clips(clips, SPEAKERS, folds, seed=1)
    tables.checked(parts, "splits")
    test = parts[parts["part"] == "test"]
    assert sorted(test["clip_id"]) == sorted(clips["clip_id"])
    assert parts["fold"].nunique() == folds
    leaks = splits.audit(parts, clips, stop=True)
    tables.checked(leaks, "leaks")
    splits.stop_on_leak(leaks)
    whole = parts.groupby("fold")["clip_id"].nunique()
    assert (whole == len(clips)).all()
    assert set(parts.groupby(["fold"])["part"].nunique()) == {3}


def test_two_speakers_validate_on_other_texts_and_say_so():
    clips = manifest(2, n_texts=10)
    parts = splits.split_clips(clips, SPEAKERS, 2, seed=1).merge(clips, on="clip_id")
    for _, fold in parts.groupby("fold"):
        texts = {part: set(rows["text"]) for part, rows in fold.groupby("part")}
        assert not texts["train"] & texts["validation"]
    leaks = splits.audit(parts[["clip_id", "fold", "part"]], clips, stop=True)
    speakers = leaks[leaks["kind"] == "speaker"].set_index(["first", "second"])["verdict"]
    assert (speakers[("train", "validation")] == "allowed").all()
    assert (speakers[("train", "test")] == "none").all()


def test_the_published_split_validates_on_its_test_clips():
    clips = manifest(10)
    parts = splits.split_clips(clips, RANDOM, 1, seed=7)
    groups = {part: set(rows["clip_id"]) for part, rows in parts.groupby("part")}
    assert groups["validation"] == groups["test"]
    assert len(groups["test"]) == round(0.1 * len(clips))
    leaks = splits.audit(parts, clips, stop=False)
    assert set(leaks["verdict"]) <= {"none", "reported"}
    assert (leaks.loc[leaks["kind"] == "speaker", "shared"] > 0).all()
    splits.stop_on_leak(leaks)


@pytest.mark.parametrize("kind", ["clip", "speaker", "audio"])
def test_a_leak_stops(kind):
    clips = manifest(6)
    parts = splits.split_clips(clips, SPEAKERS, 3, seed=1)
    test = parts.query("fold == 0 and part == 'test'")["clip_id"].iloc[0]
    train = parts.query("fold == 0 and part == 'train'")["clip_id"].iloc[0]
    if kind == "clip":
        extra = pd.DataFrame({"clip_id": [test], "fold": [0], "part": ["train"]})
        parts = pd.concat([parts, extra], ignore_index=True)
    else:
        column = {"speaker": "speaker", "audio": "audio_sha256"}[kind]
        value = clips.loc[clips["clip_id"] == train, column].iloc[0]
        clips.loc[clips["clip_id"] == test, column] = value
    with pytest.raises(InputError, match=f"{kind}.*stop_on_leak"):
        splits.stop_on_leak(splits.audit(parts, clips, stop=True))
    splits.stop_on_leak(splits.audit(parts, clips, stop=False))


def test_excluded_clips_and_row_order_do_not_matter():
    clips = manifest(8)
    gone = clips["clip_id"].iloc[[3, 40]].tolist()
    parts = splits.split_clips(manifest(8, excluded=gone), SPEAKERS, 4, seed=2)
    assert not set(parts["clip_id"]) & set(gone)
    shuffled = splits.split_clips(clips.sample(frac=1, random_state=0), SPEAKERS, 4, seed=2)
    same = splits.split_clips(clips, SPEAKERS, 4, seed=2)
    assert tables.checked(shuffled, "splits").equals(tables.checked(same, "splits"))


@pytest.mark.parametrize("n_speakers", [1, 3])
def test_too_few_speakers_is_told(n_speakers):
    with pytest.raises(InputError, match=rf"{n_speakers} speaker.*split"):
        splits.split_clips(manifest(n_speakers), SPEAKERS, 5, seed=1)


def test_a_clip_without_speaker_is_named():
    clips = manifest(6)
    clips.loc[4, "speaker"] = None
    with pytest.raises(InputError, match=clips["clip_id"][4]):
        splits.split_clips(clips, SPEAKERS, 2, seed=1)


def test_without_a_share_the_test_clips_validate_and_the_audit_says_so():
    clips = manifest(6)
    found = splits.split_clips(clips, SPEAKERS | {"validation_share": 0}, 3, seed=1)
    for _, fold in found.groupby("fold"):
        parts = {part: set(rows["clip_id"]) for part, rows in fold.groupby("part")}
        assert parts["validation"] == parts["test"] and not parts["train"] & parts["test"]
        assert parts["train"] | parts["test"] == set(clips["clip_id"])
    with pytest.raises(InputError, match="validation"):
        splits.stop_on_leak(splits.audit(found, clips, stop=True))


def sexed(n_speakers, **given):
    """A manifest whose speakers are female and male in turn."""
    clips = manifest(n_speakers, **given)
    return clips.assign(
        sex=clips["speaker"].str[1:].astype(int).mod(2).map({0: "female", 1: "male"})
    )


@pytest.mark.parametrize("n_speakers", [6, 10, 23])
@pytest.mark.parametrize("share", [0.15, 0])
def test_two_refits_of_a_clip_share_no_speaker_and_never_met_its_own(n_speakers, share):
    clips = sexed(n_speakers)
    parts = splits.split_refits(clips, SPEAKERS | {"validation_share": share}, seed=1)
    tables.checked(parts, "splits")
    labels = clips.set_index("clip_id")
    heard = {}
    for fold, of_fold in parts[parts["part"] != "test"].groupby("fold"):
        own = labels.loc[of_fold["clip_id"]]
        heard[fold] = set(own["speaker"])
        assert set(own["sex"]) == {"female", "male"}
        train = labels.loc[of_fold.loc[of_fold["part"] == "train", "clip_id"], "emotion"]
        assert train.value_counts().reindex(EMOTIONS).min() >= 2
    assert len(set.union(*heard.values())) == sum(map(len, heard.values())) == n_speakers
    assert max(map(len, heard.values())) - min(map(len, heard.values())) <= 2
    tests = parts[parts["part"] == "test"].groupby("clip_id")["fold"].agg(list)
    assert sorted(tests.index) == sorted(clips["clip_id"])
    for clip, folds in tests.items():
        assert len(folds) == 2 and heard[folds[0]].isdisjoint(heard[folds[1]])
        assert not any(labels.loc[clip, "speaker"] in heard[fold] for fold in folds)
    leaks = splits.audit(parts, clips, stop=True)
    assert not leaks.loc[(leaks["second"] == "test") & (leaks["kind"] != "text"), "shared"].any()


def test_folds_of_the_study_share_most_of_their_speakers():
    """Why refits have a split of their own: the models that test and validate a clip."""
    clips = sexed(10)
    parts = splits.split_clips(clips, SPEAKERS, 5, seed=1)
    speakers = parts.merge(clips[["clip_id", "speaker"]], on="clip_id")
    train = speakers[speakers["part"] == "train"].groupby("fold")["speaker"].agg(set)
    both = [len(a & b) / min(len(a), len(b)) for a, b in itertools.combinations(train, 2)]
    assert min(both) > 0.5


@pytest.mark.parametrize(
    "clips",
    [
        sexed(5),
        sexed(12).assign(speaker=None),
        # sad clips of one speaker cannot be in three groups
        sexed(12).query("emotion != 'sad' or speaker == 's00'"),
        sexed(6, n_texts=1),  # nothing is left to train on beside the validation
    ],
    ids=["speakers", "unknown", "emotion", "clips"],
)
def test_a_corpus_too_small_for_refits_has_none(clips):
    found = splits.split_refits(clips, SPEAKERS, seed=1)
    assert found.empty and tables.checked(found, "splits").num_rows == 0
