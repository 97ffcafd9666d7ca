"""The embedded corpus: seeded, complete, and with its cues where the truth says."""

import numpy as np
import pytest
import soundfile

from sercues import audio, cues, synthesis, tables

SIGNS = {  # of the planted cues that openSMILE is asked to hear, by emotion
    "angry": {"pitch_level": 1, "slope_500_1500": 1, "shimmer": 1},
    "fear": {"pitch_level": 1, "hnr": -1},
    "happy": {"pitch_level": 1},
    "sad": {"loudness": -1, "pitch_level": -1, "slope_500_1500": -1},
    "disgust": {"pitch_level": -1, "jitter": 1},
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Folder and truth of a small corpus with clear cues."""
    folder = tmp_path_factory.mktemp("synthetic")
    truth = synthesis.build(folder, 1, n_speakers=4, clips_per_emotion=4, strength=1.5, processes=2)
    return folder, truth


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.wav"))}


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_processes(tmp_path):
    made = []
    for place, seed, processes in (("a", 1, 1), ("b", 1, 2), ("c", 2, 1)):
        synthesis.build(
            tmp_path / place, seed, n_speakers=2, clips_per_emotion=1, processes=processes
        )
        made.append(bytes_of(tmp_path / place))
    assert made[0] == made[1] and made[0] != made[2]


def test_every_speaker_says_every_emotion(corpus):
    folder, truth = corpus
    tables.checked(truth, "truth")
    names = [path.stem.split("_") for path in folder.glob("*.wav")]
    assert len(names) == 4 * 6 * 4
    assert len({(speaker, emotion) for speaker, _, emotion, _ in names}) == 4 * 6
    assert {speaker[0] for speaker, *_ in names} == {"f", "m"}
    assert set(truth["clip_id"]) == {"_".join(name) for name in names}


def test_the_interval_lies_in_the_speech_and_moves(corpus):
    folder, truth = corpus
    starts = []
    for clip_id, rows in truth.groupby("clip_id"):
        samples, rate = audio.read(folder / f"{clip_id}.wav")
        start, end = audio.find_speech(samples, rate, "energy", 40, 0)
        interval = rows["start_s"].iloc[0], rows["end_s"].iloc[0]
        assert start - 0.1 <= interval[0] < interval[1] <= end + 0.1
        assert 0.4 < interval[1] - interval[0] < 1.1
        starts.append(interval[0] - start)
    assert np.std(starts) > 0.05


def test_clips_are_sound_without_clipping(corpus):
    folder, _ = corpus
    for path in sorted(folder.glob("*.wav"))[::7]:
        samples, rate = soundfile.read(path)
        assert rate == synthesis.SAMPLE_RATE and 0.8 < len(samples) / rate < 3.5
        assert np.mean(np.abs(samples) > 0.999) < 1e-3 and samples.std() > 1e-3


def interval_cues(folder, rows) -> dict:
    """Cues in the planted interval minus those in the rest of the same clip's speech."""
    samples, rate = audio.read(folder / f"{rows['clip_id'].iloc[0]}.wav")
    table = cues.descriptors(samples, rate)
    inside = table["time_s"].between(rows["start_s"].iloc[0], rows["end_s"].iloc[0])
    voiced = table["voiced"]
    return {
        name: table.loc[voiced & inside, cue.descriptor].mean()
        - table.loc[voiced & ~inside, cue.descriptor].mean()
        for name, cue in cues.CUES.items()
        if cue.descriptor in table and name != "pitch_variability"
    }


@pytest.mark.parametrize("emotion", sorted(SIGNS))
def test_planted_cues_are_heard_with_their_sign(corpus, emotion):
    folder, truth = corpus
    clips = truth[truth["emotion"] == emotion].groupby("clip_id")
    heard = [interval_cues(folder, rows) for _, rows in clips]
    for cue, sign in SIGNS[emotion].items():
        assert np.sign(np.nanmean([values[cue] for values in heard])) == sign, cue


def test_without_strength_emotions_differ_in_nothing(tmp_path):
    truth = synthesis.build(tmp_path, 3, n_speakers=2, clips_per_emotion=1, strength=0)
    assert (truth["size"] == 0).all()


def test_an_unknown_emotion_is_refused(tmp_path):
    with pytest.raises(ValueError, match="bored"):
        synthesis.build(tmp_path, 1, emotions=("bored",))
