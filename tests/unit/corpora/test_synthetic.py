"""The embedded corpus: seeded, complete, and with its cues where the truth says."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from planted_voices import VOICES, said
from sercues.audio import signal
from sercues.core import tables
from sercues.corpora import source_filter, synthetic
from sercues.cues import catalogue, descriptors
from sercues.stats import permutation

CLEAR = [  # every planted cue, by emotion: heard at strength 1 with the sign of its size
    (emotion, cue) for emotion, sizes in synthetic.PLANTED.items() for cue in sizes
]
SMALL = {"n_speakers": 2, "clips_per_emotion": 1, "strength": 1.0, "processes": 1}
EXPRESSIVE = sorted({emotion for emotion, _ in CLEAR})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Folder and truth of a small corpus."""
    folder = tmp_path_factory.mktemp("synthetic")
    truth = synthetic.build(folder, 1, n_speakers=4, clips_per_emotion=4, strength=1.5, processes=2)
    return folder, truth


@pytest.fixture(scope="module")
def voices():
    return {speaker.code: speaker for speaker in synthetic.speakers(1)}


def heard(utterance) -> dict[str, float]:
    """Cues of the planted interval, as openSMILE hears them."""
    table = descriptors.descriptors(utterance.samples.astype(np.float32), source_filter.SAMPLE_RATE)
    start, end = utterance.interval
    table = table[table["time_s"].between(start + 0.05, end - 0.05)]  # ramps left out
    voiced = table[table["voiced"]]
    values = {
        name: (voiced if descriptor.endswith("nz") else table)[descriptor].mean()
        for name, descriptor in catalogue.CUES.items()
        if descriptor
    }
    return values | {"pitch_variability": voiced[catalogue.F0].std()}


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_processes(tmp_path):
    made = []
    for place, seed, processes in (("a", 1, 1), ("b", 1, 2), ("c", 2, 1)):
        truth = synthetic.build(tmp_path / place, seed, **SMALL | {"processes": processes})
        made.append((bytes_of(tmp_path / place), truth.to_csv()))
    assert made[0] == made[1]
    assert made[0][0].keys() == made[2][0].keys()
    assert not set(made[0][0].values()) & set(made[2][0].values())


def test_a_clip_does_not_depend_on_how_many_others_are_made(tmp_path):
    synthetic.build(tmp_path / "few", 1, **SMALL, emotions=("sad",))
    synthetic.build(tmp_path / "more", 1, **SMALL | {"clips_per_emotion": 2})
    few, more = bytes_of(tmp_path / "few"), bytes_of(tmp_path / "more")
    assert few and few.items() <= more.items()


def test_every_speaker_says_every_emotion(corpus):
    folder, truth = corpus
    tables.checked(truth, "truth")
    names = [path.stem.split("_") for path in folder.iterdir()]
    assert len(names) == 4 * 6 * 4
    assert len({(speaker, emotion) for speaker, _, emotion, _ in names}) == 4 * 6
    assert {speaker for speaker, *_ in names} == {"f01", "f02", "m01", "m02"}
    assert set(truth["clip_id"]) == {"_".join(name) for name in names}


def test_the_truth_names_the_planted_cues_of_each_emotion(corpus):
    _, truth = corpus
    for emotion, rows in truth.groupby("emotion"):
        planted = synthetic.PLANTED[emotion] or {"none": 0.0}
        assert set(rows["cue"]) == set(planted)
        for cue, sizes in rows.groupby("cue")["size"]:
            assert set(np.sign(sizes)) == {np.sign(planted[cue])}, (emotion, cue)
            assert cue == "none" or sizes.nunique() == len(sizes)
    # one clip has one interval
    assert (truth.groupby("clip_id")[["start_s", "end_s"]].nunique() == 1).all(axis=None)


def test_the_two_ranges_of_f0_are_apart(voices):
    female = [voice.f0_hz for code, voice in voices.items() if code[0] == "f"]
    male = [voice.f0_hz for code, voice in voices.items() if code[0] == "m"]
    assert len(female) == len(male) == 6
    assert min(male) > 100 and max(male) < 160 < min(female) and max(female) < 250


def test_the_interval_lies_in_the_speech_and_moves(corpus):
    folder, truth = corpus
    places = []
    for clip_id, rows in truth.groupby("clip_id"):
        samples, rate = signal.read(folder / f"{clip_id}.wav")
        start, end = signal.find_speech(samples, rate, "energy", 40, 6)
        first, last = rows["start_s"].iloc[0], rows["end_s"].iloc[0]
        assert start < first < last < end + 0.05 and end < len(samples) / rate
        assert 0.6 <= last - first <= 0.9
        places.append((first - start) / (end - start - (last - first)))
    assert np.ptp(places) > 0.8 and np.std(places) > 0.2


def test_the_clips_are_speech_with_silence_around_and_no_clipping(corpus):
    folder, _ = corpus
    for path in sorted(folder.iterdir()):
        samples, rate = soundfile.read(path)
        info = soundfile.info(path)
        assert (rate, info.channels, info.subtype) == (source_filter.SAMPLE_RATE, 1, "PCM_16")
        assert 1.5 < len(samples) / rate < 3.4
        assert np.mean(np.abs(samples) > 0.999) < 1e-3 and samples.std() > 1e-3
        start, end = signal.find_speech(samples, rate, "energy", 40, 6)
        assert start > 0.1 and len(samples) / rate - end > 0.1


@pytest.fixture(scope="module")
def changes(voices) -> pd.DataFrame:
    """Cues of the interval minus those of the same words said neutrally, by emotion and voice."""
    rows = {}
    for seed, code in enumerate(VOICES):
        text = f"t{seed + 1:02d}"
        neutral = heard(said(voices[code], {}, seed, text))
        for emotion in EXPRESSIVE:
            moved = heard(said(voices[code], synthetic.PLANTED[emotion], seed, text))
            rows[emotion, code] = {cue: moved[cue] - neutral[cue] for cue in neutral}
    return pd.DataFrame(rows).T


@pytest.mark.parametrize(("emotion", "cue"), CLEAR)
def test_planted_cues_are_heard_with_their_sign(changes, emotion, cue):
    sign = np.sign(synthetic.PLANTED[emotion][cue])
    values = changes.loc[emotion, cue] * sign
    assert values.mean() > 0 and (values > 0).sum() >= 3


def loudest_first(spoken) -> float:
    """Area under the ROC curve of the level of windows of 150 ms, for those on the planted interval."""
    n = round(0.15 * source_filter.SAMPLE_RATE)
    first, end = (round(edge * source_filter.SAMPLE_RATE) for edge in spoken.speech)
    count = (end - first) // n
    power = (spoken.samples[first : first + count * n].reshape(count, n) ** 2).mean(axis=1)
    middle = spoken.speech[0] + 0.15 * (np.arange(count) + 0.5)
    inside = (middle >= spoken.interval[0]) & (middle < spoken.interval[1])
    return (1 + permutation.dominance(power[inside], power[~inside]).mean()) / 2


def test_the_loudest_windows_find_the_interval_only_where_loudness_is_planted(voices):
    found = []
    for voice, code in enumerate(VOICES):
        for text in range(1, 8):
            words = (10 * voice + text, f"t{text:02d}")
            found.append(("neutral", False, loudest_first(said(voices[code], {}, *words))))
            for emotion in EXPRESSIVE:
                sizes = {cue: 1.8 * size for cue, size in synthetic.PLANTED[emotion].items()}
                loudness = sizes.pop("loudness", None)
                area = loudest_first(said(voices[code], sizes, *words))
                found.append((emotion, False, area))
                if loudness:
                    area = loudest_first(said(voices[code], {"loudness": loudness}, *words))
                    found.append((emotion, True, area if loudness > 0 else 1 - area))
    areas = pd.DataFrame(found, columns=["emotion", "loudness", "area"])
    areas = areas.groupby(["loudness", "emotion"])["area"].mean()
    print(areas.round(3))
    assert set(areas[False].index) == {"neutral", *EXPRESSIVE}
    # with all cues but loudness, and without any, the same
    assert (areas[False] - areas[False]["neutral"]).abs().max() < 0.06
    assert areas[False].between(0.4, 0.6).all()
    assert (areas[True] > 0.9).all() and set(areas[True].index) == {"angry", "happy", "sad"}


def test_cues_can_be_planted_one_at_a_time(tmp_path):
    corpus = SMALL | {"clips_per_emotion": 4}
    alone = synthetic.build(tmp_path / "one", 1, **corpus, planted="one")
    together = synthetic.build(tmp_path / "all", 1, **corpus)
    assert (alone.groupby("clip_id").size() == 1).all()
    for emotion, rows in alone.groupby("emotion"):
        # four clips, as many as the cues of most
        assert set(rows["cue"]) == set(synthetic.PLANTED[emotion] or {"none"})
    # with the sizes and places that they have together
    both = alone.merge(together, on=[*alone.columns])
    assert len(both) == len(alone) == 2 * 6 * 4
    with pytest.raises(ValueError, match="planted"):
        synthetic.build(tmp_path, 1, **corpus, planted="two")


def test_planted_pitch_and_pitch_variability_have_their_size(changes):
    for emotion, cue in CLEAR:
        if cue == "pitch_level" and emotion != "happy":  # whose intonation moves the mean too
            size = synthetic.PLANTED[emotion][cue]
            assert changes.loc[emotion, cue].mean() == pytest.approx(size, abs=0.5)
    size = synthetic.PLANTED["happy"]["pitch_variability"]
    assert changes.loc["happy", "pitch_variability"].mean() == pytest.approx(size, rel=0.3)


def test_without_strength_no_emotion_differs_from_neutral(tmp_path, voices):
    truth = synthetic.build(tmp_path, 3, **SMALL | {"strength": 0})
    assert (truth["cue"] == "none").all() and (truth["size"] == 0).all()
    neutral = said(voices["f01"], {}, seed=7).samples
    for emotion in synthetic.EMOTIONS:
        sizes = synthetic.draw_sizes(emotion, np.random.default_rng(1), strength=0)
        assert np.array_equal(said(voices["f01"], sizes, seed=7).samples, neutral)


def test_an_unknown_emotion_or_cue_is_refused(tmp_path, voices):
    with pytest.raises(ValueError, match="bored"):
        synthetic.build(tmp_path, 1, **SMALL, emotions=("bored",))
    with pytest.raises(ValueError, match="rate"):
        said(voices["f01"], {"rate": 1.0})
