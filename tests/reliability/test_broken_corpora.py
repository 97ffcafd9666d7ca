"""Corpora at their limits: every coding and length, 20,000 files, one speaker, one clip of a class."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from groups import joined
from made_corpora import build
from sercues.audio import signal, spectrograms
from sercues.classifiers import splits
from sercues.core import settings
from sercues.core.errors import InputError
from sercues.corpora import labels, soundness
from sercues.corpora.adapters import crema_d
from sercues.corpora.manifest import clip_ids, repeated
from sercues.cues import descriptors
from sercues.stats import within
from sercues.stats.bootstrap import Resampling

repeatable = hypothesis_settings(deadline=None, derandomize=True)
PROTOCOL = settings.protocol({}, "corrected", "config/protocols")


def noise(seconds: float, rate: int = 16000, level: float = 0.05, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(0)
    return level * rng.standard_normal((round(seconds * rate), channels))


# --- sound --------------------------------------------------------------------------------------

CODINGS = {"PCM_U8": 1 / 128, "PCM_16": 1e-4, "PCM_24": 1e-6, "PCM_32": 1e-7, "FLOAT": 1e-7}
CODINGS |= {"DOUBLE": 1e-7, "ULAW": 0.02, "ALAW": 0.02}


@pytest.mark.parametrize("coding", CODINGS)
def test_every_coding_of_wav_is_read(tmp_path, coding):
    samples = noise(0.5)
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype=coding)
    assert soundness.measure(tmp_path / "a.wav")["reason"] is None
    found, rate = signal.read(tmp_path / "a.wav")
    assert rate == 16000 and np.abs(found - samples[:, 0]).max() <= CODINGS[coding]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24414, 32000, 44100, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_is_heard_the_same_way(tmp_path, rate, channels):
    time = np.arange(rate) / rate
    sine = 0.3 * np.sin(2 * np.pi * 440 * time) * np.hanning(rate)
    soundfile.write(tmp_path / "a.wav", np.stack([sine] * channels, axis=1), rate)
    front_end = spectrograms.FrontEnd(PROTOCOL["front_end"])
    spectrogram = front_end(*signal.read(tmp_path / "a.wav"))
    assert spectrogram.log_mel.shape == (128, front_end.n_total)
    loudest = spectrogram.log_mel.max(axis=1).argmax()
    assert 17 <= loudest <= 19  # the bands around 440 Hz, at any rate
    assert 0 <= spectrogram.speech_start_s < 0.5 < spectrogram.speech_end_s <= 1.0


def test_clipped_sound_is_used_and_stays_within_full_scale(tmp_path):
    samples = np.clip(noise(1.0, level=3.0), -1, 1)
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")
    soundfile.write(tmp_path / "b.wav", noise(1.0, level=3.0), 16000, subtype="FLOAT")
    for name in ("a.wav", "b.wav"):
        assert soundness.measure(tmp_path / name)["reason"] is None
        found = spectrograms.FrontEnd(PROTOCOL["front_end"])(*signal.read(tmp_path / name))
        assert np.isfinite(found.log_mel).all() and found.log_mel.max() <= 0
        signal.write(signal.read(tmp_path / name)[0], 16000, tmp_path / "snippet.wav")
        assert np.abs(signal.read(tmp_path / "snippet.wav")[0]).max() <= 1


@pytest.mark.parametrize(
    "seconds, reason", [(0.0001, labels.TOO_SHORT), (0.05, labels.TOO_SHORT), (60, None)]
)
def test_clips_of_a_moment_and_of_a_minute(tmp_path, seconds, reason):
    soundfile.write(tmp_path / "a.wav", noise(seconds), 16000)
    assert soundness.measure(tmp_path / "a.wav")["reason"] == reason
    front_end = spectrograms.FrontEnd(PROTOCOL["front_end"])
    found = front_end(*signal.read(tmp_path / "a.wav"))
    assert found.log_mel.shape == (128, front_end.n_total) and np.isfinite(found.log_mel).all()
    assert found.n_frames <= front_end.n_total
    assert found.speech_end_s - found.speech_start_s <= PROTOCOL["front_end"]["duration_s"]


@pytest.mark.parametrize("rate", [16000, 48000])
def test_a_short_clip_that_is_used_has_descriptors(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", noise(0.31, rate), rate)
    assert soundness.measure(tmp_path / "a.wav")["reason"] is None
    (rows,) = descriptors.extract({"a": str(tmp_path / "a.wav")})
    assert len(rows) > 10 and np.isfinite(rows["Loudness_sma3"]).all()


MAGIC = [
    b"",
    b"RIFF",
    b"fLaC",
    b"OggS",
    b"ID3",
    b"\x00",
    b"PK\x03\x04",
    b"<html>",
    b"FORM",
    b"RF64",
]


@repeatable
@given(st.sampled_from(MAGIC), st.binary(max_size=300))
def test_any_bytes_under_an_audio_name_are_a_reason_never_a_crash(tmp_path_factory, magic, rest):
    path = tmp_path_factory.getbasetemp() / "any.wav"
    path.write_bytes(magic + rest)
    assert soundness.measure(path)["reason"] is not None


@repeatable
@given(st.integers(0, 43), st.integers(0, 255))
def test_any_byte_of_a_header_may_be_wrong(tmp_path_factory, place, value):
    path = tmp_path_factory.getbasetemp() / "header.wav"
    soundfile.write(path, noise(0.4), 16000, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[place] = value
    path.write_bytes(content)
    found = soundness.measure(path)
    assert found["reason"] or (found["sample_rate"] > 0 and found["duration_s"] > 0)


# --- folders ------------------------------------------------------------------------------------


def test_twenty_thousand_files_in_one_folder_are_found_and_named_once(tmp_path):
    for number in range(20000):
        (tmp_path / f"{1000 + number % 91}_DFA_ANG_XX {number}.wav").touch()
    found = [path for path, _ in crema_d.clips(tmp_path)]
    assert len(found) == 20000 and found == sorted(found)
    manifest = pd.DataFrame(
        {"path": found, "speaker": "1001", "emotion": "angry", "reason": None}
        | {"audio_sha256": [f"{n % 19000}" for n in range(20000)]}
    )
    assert repeated(manifest).eq(labels.SECOND_COPY).sum() == 1000
    assert len(set(clip_ids([f"{n}/same.wav" for n in range(2000)]))) == 2000


@pytest.mark.parametrize("path", ["../outside.wav", "../corpus/../outside.wav"])
def test_a_list_that_leads_out_of_its_folder_is_read_by_its_full_path(tmp_path, path):
    (tmp_path / "corpus").mkdir()
    soundfile.write(tmp_path / "outside.wav", noise(0.5), 16000)
    text = f"path,speaker,emotion\n{path},A,sad\n"
    (tmp_path / "corpus" / "manifest.csv").write_text(text)
    manifest = build("manifest", tmp_path / "corpus", 0.0)
    assert manifest["path"].tolist() == [(tmp_path / "outside.wav").as_posix()]
    assert manifest["clip_id"].tolist() == ["outside"]


# --- who speaks, and what -----------------------------------------------------------------------


def manifest_of(clips: list[tuple[str, str]]) -> pd.DataFrame:
    """A manifest of clips (speaker, emotion), all usable."""
    table = pd.DataFrame(clips, columns=["speaker", "emotion"])
    names = [f"clip{number:03d}" for number in range(len(clips))]
    return table.assign(clip_id=names, text="t", audio_sha256=names, excluded=False)


def folds_of(clips, folds=2) -> pd.DataFrame:
    return splits.split_clips(manifest_of(clips), PROTOCOL["split"], folds, 1)


def test_one_speaker_alone_cannot_be_held_out_and_is_told():
    with pytest.raises(InputError, match=r"1 speaker.*split\.kind 'random'"):
        folds_of([("A", emotion) for emotion in ("sad", "angry") * 5], folds=1)


def test_a_class_with_one_clip_is_tested_once():
    clips = [(speaker, emotion) for speaker in "ABCDEF" for emotion in ("sad", "angry")]
    found = folds_of([*clips, ("A", "fear")])
    assert (found[found["part"] == "test"].groupby("clip_id").size() == 1).all()
    assert len(found[found["part"] == "test"]) == len(clips) + 1


def test_a_speaker_without_neutral_enters_contrasts_without_bending_them():
    rng = np.random.default_rng(0)
    sad, neutral = rng.standard_normal((60, 1)), rng.standard_normal((50, 1))
    speakers = np.repeat(list("ABCDEF"), 10)
    data = joined(sad, speakers, neutral, speakers[:50])
    found = within.compare(*data, Resampling(500, 1)).estimates[0]
    # F has no neutral clip, so its ten sad ones are compared with nothing
    assert found.n_speakers == 5 and found.n_clips == 100
    assert found.value == pytest.approx(sad[:50].mean() - neutral.mean())
    assert found.low < found.value < found.high


@repeatable
@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(["sad", "angry", "neutral"])),
        min_size=8,
        max_size=40,
    ).filter(lambda clips: len({speaker for speaker, _ in clips}) >= 3)
)
def test_folds_of_any_corpus_test_each_clip_once_by_unheard_speakers(clips):
    manifest = manifest_of(clips)
    try:
        found = folds_of(clips)
    except InputError as error:
        assert "add clips" in str(error)
        # told only where there are too few: of each emotion at most one outside some fold
        most = manifest.groupby(["speaker", "emotion"]).size().unstack(fill_value=0)
        assert ((most.sum() - most.max()) <= 1).any() or manifest["speaker"].nunique() < 4
        return
    found = found.merge(manifest[["clip_id", "speaker"]], on="clip_id")
    assert sorted(found.loc[found["part"] == "test", "clip_id"]) == sorted(manifest["clip_id"])
    for _, fold in found.groupby("fold"):
        heard = set(fold.loc[fold["part"] != "test", "speaker"])
        assert not heard & set(fold.loc[fold["part"] == "test", "speaker"])
        assert fold["clip_id"].is_unique and len(fold) == len(clips)
