"""Every quirk of the corpora, every kind of bad input, and the manifest that names them."""

import csv
import errno
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

from paths import ROOT
from sercues.core import paths, tables
from sercues.core.errors import InputError
from sercues.corpora import adapter, download, file_names, soundness
from sercues.corpora.adapters.manifest import read_list
from sercues.corpora.labels import (
    EMOTION_OUTSIDE,
    EMPTY,
    MISSING,
    NAME_NOT_UNDERSTOOD,
    NO_LABEL,
    NOT_A_NUMBER,
    SECOND_COPY,
    SILENT,
    SONG,
    TOO_SHORT,
    TRUNCATED,
    TWO_LABELS,
    UNREADABLE,
    Labels,
)
from sercues.corpora.manifest import FILES_PER_TASK, build_manifest, clip_ids


def parse(layout, path):
    """Labels of a file name in a layout."""
    found = adapter.of(layout)
    return file_names.parse(path, found.PATTERN, found.labels)


def find(root, layout):
    """Paths of the clips that an adapter finds."""
    return [path for path, _ in adapter.of(layout).clips(root)]


def noise(seed: int, rate: int = 16000, seconds: float = 0.4, channels: int = 1) -> np.ndarray:
    """Noise at −26 dBFS that differs with the seed."""
    shape = (round(rate * seconds), channels)
    return (0.05 * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = 16000, subtype: str = "PCM_16") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def crema_names(count: int) -> list[str]:
    """So many names of CREMA-D clips that differ in actor."""
    return [f"{1001 + number}_DFA_ANG_XX.wav" for number in range(count)]


def reasons(manifest: pd.DataFrame) -> dict[str, str | None]:
    """Reason by path."""
    values = manifest["reason"].where(manifest["reason"].notna(), None)
    return dict(zip(manifest["path"], values, strict=True))


def build(corpus: str, root: Path, limit: float = 1.0, **options) -> pd.DataFrame:
    manifest = build_manifest(corpus, root, limit, **options)
    tables.checked(manifest, "manifest")
    return manifest


# --- file names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("corpus", "path", "labels"),
    [
        ("synthetic", "f01_t03_angry_1.wav", ("f01", "female", "angry", None, "t03")),
        ("synthetic", "m12_t01_surprise_2.wav", ("m12", "male", "surprise", None, "t01")),
        ("crema_d", "AudioWAV/1001_DFA_ANG_XX.wav", ("1001", None, "angry", None, "DFA")),
        ("crema_d", "1001_IEO_FEA_HI.flac", ("1001", None, "fear", "high", "IEO")),
        ("crema_d", "1001_IEO_DIS_MD.wav", ("1001", None, "disgust", "medium", "IEO")),
        ("crema_d", "1001_IEO_HAP_LO.wav", ("1001", None, "happy", "low", "IEO")),
        ("crema_d", "1040_ITH_SAD_X.wav", ("1040", None, "sad", None, "ITH")),
        ("tess", "OAF_angry/OAF_back_angry.wav", ("OAF", "female", "angry", None, "back")),
        ("tess", "OAF_neutral/OA_bite_neutral.wav", ("OAF", "female", "neutral", None, "bite")),
        (
            "tess",
            "YAF_pleasant_surprise/YAF_chat_ps.wav",
            ("YAF", "female", "surprise", None, "chat"),
        ),
        ("tess", "OAF_Fear/OAF_food_fear.WAV", ("OAF", "female", "fear", None, "food")),
        ("emodb", "wav/03a01Fa.wav", ("03", "male", "happy", None, "a01")),
        ("emodb", "wav/16b10Td.wav", ("16", "female", "sad", None, "b10")),
        ("emodb", "wav/08a02La.wav", ("08", "female", "boredom", None, "a02")),
        (
            "ravdess",
            "Actor_12/03-01-06-01-02-01-12.wav",
            ("12", "female", "fear", "normal", "02"),
        ),
        ("ravdess", "03-01-02-02-01-01-01.wav", ("01", "male", "calm", "strong", "01")),
    ],
)
def test_names_are_understood(corpus, path, labels):
    assert parse(corpus, path) == Labels(*labels)


@pytest.mark.parametrize(
    ("corpus", "path", "reason"),
    [
        ("crema_d", "AudioWAV/readme.wav", NAME_NOT_UNDERSTOOD),
        ("crema_d", "1001_DFA_ANG_XX copy.wav", NAME_NOT_UNDERSTOOD),
        ("crema_d", "1001_DFA_ANG.wav", NAME_NOT_UNDERSTOOD),
        ("crema_d", "1001_DFA_XYZ_XX.wav", EMOTION_OUTSIDE),
        ("tess", "YAF_chat_bored.wav", EMOTION_OUTSIDE),
        ("emodb", "03a01Xa.wav", EMOTION_OUTSIDE),
        ("emodb", "03a01F.wav", NAME_NOT_UNDERSTOOD),
        ("ravdess", "03-01-09-01-02-01-12.wav", EMOTION_OUTSIDE),
        ("ravdess", "03-02-06-01-02-01-12.wav", SONG),
        ("ravdess", "01-01-06-01-02-01-12.wav", NAME_NOT_UNDERSTOOD),
        ("synthetic", "x01_t03_angry_1.wav", NAME_NOT_UNDERSTOOD),
    ],
)
def test_names_that_are_not_understood_have_a_reason(corpus, path, reason):
    assert parse(corpus, path).reason == reason


def test_emodb_letters_and_sexes():
    letters = {"W": "angry", "L": "boredom", "E": "disgust", "A": "fear", "F": "happy", "T": "sad"}
    for letter, emotion in (letters | {"N": "neutral"}).items():
        assert parse("emodb", f"03a01{letter}a.wav").emotion == emotion
    speakers = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
    sexes = [parse("emodb", f"{speaker}a01Fa.wav").sex for speaker in speakers]
    assert sexes.count("male") == sexes.count("female") == 5


def test_unknown_corpus_is_named():
    with pytest.raises(InputError, match=r"'iemocap'.*crema_d"):
        parse("iemocap", "a.wav")


def test_corpora_tsv_agrees_with_the_adapters():
    table = pd.read_csv(ROOT / "config" / "corpora.tsv", sep="\t", keep_default_na=False)
    sizes = ["kaggle", "clips", "speakers", "listeners"]
    assert list(table) == ["name", *sizes, "layout", "licence", "citation"]
    known = pd.to_numeric(table["listeners"][table["listeners"] != ""])
    assert known.between(0, 1).all() and len(known)
    layouts = {name: adapter.of(name).LAYOUT for name in adapter.names()}
    table = table.sort_values("name")
    assert dict(zip(table["name"], table["layout"], strict=True)) == layouts
    assert table["kaggle"].astype(bool).equals(table["clips"].astype(bool))
    assert table[["licence", "citation"]].astype(bool).all(axis=None)


# --- files --------------------------------------------------------------------------------------


def test_find_takes_any_case_odd_names_and_no_hidden_file(tmp_path):
    names = ["a b.WAV", "ä.Flac", "-x.wav", 'it\'s "so".wav', "sub dir/deep.wav", "not.wav/x.flac"]
    for name in [*names, "._a b.WAV", ".hidden/a.wav", "notes.txt", "b.wav.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find(tmp_path, "crema_d") == sorted(names)


def test_odd_names_are_read(tmp_path):
    names = ["-rf.wav", 'it\'s "so" $HOME.wav', "ä ö.wav", "line\nbreak.wav", "a,b.wav"]
    for seed, name in enumerate(names):
        write(tmp_path / name, noise(seed))
    write(tmp_path / "1001_DFA_ANG_XX.wav", noise(99))
    manifest = build("crema_d", tmp_path)
    assert manifest["duration_s"].notna().all()
    assert set(manifest["path"]) == {*names, "1001_DFA_ANG_XX.wav"}


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux alone")
def test_a_name_that_is_no_text_is_a_row(tmp_path):
    write(tmp_path / "1001_DFA_ANG_XX.wav", noise(0))
    odd = os.path.join(os.fsencode(tmp_path), b"1002_DFA_\xff_XX.wav")  # noqa: PTH118
    shutil.copy(write(tmp_path / "x.wav", noise(1)), odd)
    assert reasons(build("crema_d", tmp_path))["1002_DFA_\ufffd_XX.wav"] == NAME_NOT_UNDERSTOOD


def test_linked_folders_are_followed_once_and_loops_end(tmp_path):
    root, other = tmp_path / "root", tmp_path / "other"
    write(root / "own" / "1001_DFA_ANG_XX.wav", noise(0))
    write(other / "1002_DFA_ANG_XX.wav", noise(1))
    write(tmp_path / "beside" / "1003_DFA_ANG_XX.wav", noise(2))
    (root / "a_link").symlink_to(other)
    (root / "b_link").symlink_to(other)
    (root / "a_own").symlink_to(root / "own")
    (root / "own" / "loop").symlink_to(root)
    (root / "own" / "above").symlink_to(tmp_path)
    (root / "self.wav").symlink_to(root / "self.wav")
    (root / "gone.wav").symlink_to(root / "nowhere")
    assert find(root, "crema_d") == [
        "a_link/1002_DFA_ANG_XX.wav",
        "gone.wav",
        "own/1001_DFA_ANG_XX.wav",
        "self.wav",
    ]
    found = reasons(build("crema_d", root))
    assert found["gone.wav"] == found["self.wav"] == MISSING


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    write(tmp_path / "1001_DFA_ANG_XX.wav", noise(0))
    assert find(tmp_path, "crema_d") == ["1001_DFA_ANG_XX.wav"]


def test_root_may_be_a_link(tmp_path):
    write(tmp_path / "real" / "1001_DFA_ANG_XX.wav", noise(0))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert find(tmp_path / "link", "crema_d") == ["1001_DFA_ANG_XX.wav"]


@pytest.mark.parametrize("made", [None, "folder", "file"])
def test_a_folder_without_audio_is_named_with_the_expected_layout(tmp_path, made):
    root = tmp_path / "corpus"
    if made == "folder":
        root.mkdir()
    elif made == "file":
        root.touch()
    with pytest.raises(InputError) as caught:
        find(root, "ravdess")
    assert str(root) in str(caught.value) and "Actor_12" in str(caught.value)


# --- sound --------------------------------------------------------------------------------------


def test_any_rate_any_channels_wav_or_flac(tmp_path):
    for rate in (8000, 11025, 24414, 48000, 96000):
        for channels in (1, 2, 6):
            sound = soundness.measure(
                write(tmp_path / f"{rate}_{channels}.wav", noise(0, rate, channels=channels), rate)
            )
            assert (sound["sample_rate"], sound["channels"]) == (rate, channels)
            assert sound["duration_s"] == pytest.approx(0.4, abs=1e-4)
            assert sound["reason"] is None
    samples = (noise(1) * 2**15).astype(np.int16)
    wav = soundness.measure(write(tmp_path / "a.wav", samples))
    flac = soundness.measure(write(tmp_path / "a.flac", samples))
    assert wav == flac


def test_same_samples_at_another_rate_are_another_sound(tmp_path):
    hashes = {
        soundness.measure(write(tmp_path / f"{rate}.wav", noise(1, 16000), rate))["audio_sha256"]
        for rate in (8000, 16000)
    }
    assert len(hashes) == 2


def test_level_is_that_of_the_down_mix(tmp_path):
    time = np.arange(16000) / 16000
    sine = (0.5 * np.sin(2 * np.pi * 100 * time)).astype(np.float32)
    left_only = np.stack([sine, np.zeros_like(sine)], axis=1)
    mono = soundness.measure(write(tmp_path / "mono.wav", sine))["level_dbfs"]
    half = soundness.measure(write(tmp_path / "left.wav", left_only))["level_dbfs"]
    assert mono == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.01)
    assert mono - half == pytest.approx(20 * np.log10(2), abs=0.01)


def test_silence(tmp_path):
    quiet = noise(0) / 0.05
    cases = {
        "digital": np.zeros(8000, np.float32),
        "offset": np.full(8000, 0.25, np.float32),
        "below": quiet * 10 ** (-81 / 20),
        "above": quiet * 10 ** (-79 / 20),
    }
    found = {
        name: soundness.measure(write(tmp_path / f"{name}.wav", samples, subtype="FLOAT"))
        for name, samples in cases.items()
    }
    assert {name for name, sound in found.items() if sound["reason"] == SILENT} == {
        "digital",
        "offset",
        "below",
    }
    assert found["digital"]["level_dbfs"] is None
    assert found["above"]["reason"] is None


def test_too_short_is_told_at_the_limit(tmp_path):
    for seconds, reason in ((0.31, None), (0.29, TOO_SHORT)):
        assert soundness.measure(write(tmp_path / "a.wav", noise(0, seconds=seconds)))[
            "reason"
        ] == (reason)


def test_a_streamed_wav_without_a_known_size_is_not_truncated(tmp_path):
    file = write(tmp_path / "a.wav", noise(0))
    data = bytearray(file.read_bytes())
    data[40:44] = data[4:8] = b"\xff" * 4
    file.write_bytes(data)
    sound = soundness.measure(file)
    assert sound["reason"] is None and sound["duration_s"] == pytest.approx(0.4)


def bad_folder(root: Path) -> dict[str, str | None]:
    """A CREMA-D folder with each kind of bad input; the expected reason of each file."""
    nan = noise(20)
    nan[100] = np.nan
    infinite = noise(21)
    infinite[100] = np.inf
    whole = write(root / "whole.wav", noise(22, seconds=2)).read_bytes()
    whole_flac = write(root / "whole.flac", noise(23, seconds=2)).read_bytes()
    expected = {}

    def add(name: str, content, reason=None, **options) -> None:
        file = root / name
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            write(file, content, **options)
        expected[name] = reason

    add("1001_DFA_ANG_XX.wav", noise(1))
    add("1002_DFA_ANG_XX.wav", noise(2, 96000), rate=96000)
    add("1003_DFA_ANG_XX.wav", noise(3, channels=2))
    add("1004_DFA_ANG_XX.FLAC", noise(4))
    add("1005_DFA_ANG_XX.wav", whole[: len(whole) // 2], TRUNCATED)
    add("1006_DFA_ANG_XX.wav", whole[:20], UNREADABLE)
    add("1007_DFA_ANG_XX.flac", whole_flac[: len(whole_flac) // 2], UNREADABLE)
    add("1008_DFA_ANG_XX.wav", b"This is no audio.\n" * 50, UNREADABLE)
    add("1009_DFA_ANG_XX.wav", b"", EMPTY)
    add("1010_DFA_ANG_XX.wav", noise(10)[:0], EMPTY)
    add("1011_DFA_ANG_XX.wav", nan, NOT_A_NUMBER, subtype="FLOAT")
    add("1012_DFA_ANG_XX.wav", infinite, NOT_A_NUMBER, subtype="FLOAT")
    add("1013_DFA_ANG_XX.wav", np.zeros(8000, np.float32), SILENT)
    add("1014_DFA_ANG_XX.wav", noise(14, seconds=0.1), TOO_SHORT)
    add("1015_DFA_ANG_XX.wav", noise(15))
    add("1015_DFA_ANG_LO.wav", noise(15))
    expected["1015_DFA_ANG_XX.wav"] = SECOND_COPY
    add("1016_DFA_HAP_XX.wav", noise(16), TWO_LABELS)
    add("1016_DFA_NEU_XX.wav", noise(16), TWO_LABELS)
    add("angry_take_3.wav", noise(17), NAME_NOT_UNDERSTOOD)
    add("1017_DFA_BOR_XX.wav", noise(18), EMOTION_OUTSIDE)
    (root / "whole.wav").unlink()
    (root / "whole.flac").unlink()
    return expected


def test_each_kind_of_bad_input_is_a_row_with_its_reason(tmp_path):
    expected = bad_folder(tmp_path)
    manifest = build("crema_d", tmp_path)
    assert reasons(manifest) == expected
    assert (manifest["excluded"] == manifest["reason"].notna()).all()
    readable = ~manifest["reason"].isin([UNREADABLE, EMPTY])
    assert manifest.loc[readable, "audio_sha256"].notna().all()
    assert manifest["speaker"].isna().sum() == 1  # the misnamed file alone
    tables.write(manifest, tmp_path / "manifest.parquet", "manifest")


def test_a_header_that_announces_terabytes_is_unreadable(tmp_path):
    file = write(tmp_path / "1001_DFA_ANG_XX.flac", noise(0))
    data = bytearray(file.read_bytes())
    data[21] |= 15  # STREAMINFO: 36 bits of the number of samples
    data[22:26] = b"\xff" * 4
    file.write_bytes(data)
    assert soundness.measure(file)["reason"] == UNREADABLE


# --- repeated audio -----------------------------------------------------------------------------


def test_an_archive_nested_in_itself_counts_once(tmp_path):
    outer = tmp_path / "TESS Toronto emotional speech set data"
    inner = outer / "tess toronto emotional speech set data"
    for seed, word in enumerate(["back", "bar", "bath"]):
        write(outer / "OAF_Fear" / f"OAF_{word}_fear.wav", noise(seed))
        write(inner / "OAF_fear" / f"OAF_{word}_fear.wav", noise(seed))
    write(outer / "OAF_Fear" / "OAF_bean_fear.wav", np.zeros(8000, np.float32))
    write(inner / "OAF_fear" / "OAF_bean_fear.wav", np.zeros(8000, np.float32))
    manifest = build("tess", tmp_path, limit=0.25)
    kept = manifest[~manifest["excluded"]]
    assert sorted(kept["clip_id"]) == ["OAF_back_fear", "OAF_bar_fear", "OAF_bath_fear"]
    assert manifest["reason"].value_counts().to_dict() == {
        SECOND_COPY: 4,
        SILENT: 1,
    }
    with pytest.raises(InputError, match=r"1 of 4 files .*25.0%"):
        build_manifest("tess", tmp_path, 0.24)


def test_same_stem_but_other_audio_is_kept_under_another_name(tmp_path):
    for seed, folder in enumerate(["a", "b", "c"]):
        write(tmp_path / folder / "1001_DFA_ANG_XX.wav", noise(seed))
    manifest = build("crema_d", tmp_path)
    assert list(manifest["clip_id"]) == [
        "1001_DFA_ANG_XX",
        "1001_DFA_ANG_XX~2",
        "1001_DFA_ANG_XX~3",
    ]
    assert not manifest["excluded"].any()


def test_clip_ids_are_unique_even_where_a_stem_looks_like_one():
    ids = clip_ids(["a/x.wav", "b/x.wav", "c/x~2.wav", "d/x.wav"])
    assert ids == ["x", "x~2", "x~2~2", "x~3"]


def test_all_copies_of_audio_with_two_labels_are_excluded(tmp_path):
    for folder in ("a", "b"):
        write(tmp_path / folder / "1006_TIE_HAP_XX.wav", noise(0))
        write(tmp_path / folder / "1006_TIE_NEU_XX.wav", noise(0))
    write(tmp_path / "1007_TIE_NEU_XX.wav", noise(1))
    assert reasons(build("crema_d", tmp_path)) == {
        "1007_TIE_NEU_XX.wav": None,
        "a/1006_TIE_HAP_XX.wav": TWO_LABELS,
        "a/1006_TIE_NEU_XX.wav": TWO_LABELS,
        "b/1006_TIE_HAP_XX.wav": SECOND_COPY,
        "b/1006_TIE_NEU_XX.wav": SECOND_COPY,
    }


def test_same_audio_of_two_speakers_has_two_labels(tmp_path):
    for actor in (1001, 1002):
        write(tmp_path / f"{actor}_TIE_HAP_XX.wav", noise(0))
    write(tmp_path / "1003_TIE_HAP_XX.wav", noise(1))
    assert build("crema_d", tmp_path)["reason"].eq(TWO_LABELS).sum() == 2


def test_a_misnamed_copy_does_not_take_the_place_of_its_original(tmp_path):
    write(tmp_path / "0 copy.wav", noise(0))
    write(tmp_path / "1001_TIE_HAP_XX.wav", noise(0))
    assert reasons(build("crema_d", tmp_path)) == {
        "0 copy.wav": NAME_NOT_UNDERSTOOD,
        "1001_TIE_HAP_XX.wav": None,
    }


# --- manifest -----------------------------------------------------------------------------------


def test_the_manifest_does_not_depend_on_processes(tmp_path):
    for seed, name in enumerate(crema_names(FILES_PER_TASK + 3)):
        write(tmp_path / name, noise(seed % 60, rate=8000), 8000)
    (tmp_path / "1001_DFA_SAD_XX.wav").touch()
    pd.testing.assert_frame_equal(
        build("crema_d", tmp_path), build("crema_d", tmp_path, processes=2)
    )


def test_equal_files_make_equal_bytes(tmp_path):
    bad_folder(tmp_path / "corpus")
    for name in ("a.parquet", "b.parquet"):
        tables.write(build("crema_d", tmp_path / "corpus"), tmp_path / name, "manifest")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_progress_goes_to_the_error_stream(tmp_path, capsys):
    write(tmp_path / "1001_DFA_ANG_XX.wav", noise(0))
    build("crema_d", tmp_path)
    captured = capsys.readouterr()
    assert captured.out == "" and "1/1" in captured.err


def test_sexes_of_crema_d_come_from_its_own_table(tmp_path):
    names = crema_names(3)
    for seed, name in enumerate(names):
        write(tmp_path / "AudioWAV" / name, noise(seed))
    assert build("crema_d", tmp_path)["sex"].isna().all()
    table = tmp_path / "VideoDemographics.csv"
    table.write_text('"ActorID","Age","Sex"\n1001,51,"Male"\n1002,21,"Female"\n1009,21,"Male"\n')
    assert build("crema_d", tmp_path)["sex"].fillna("?").tolist() == ["male", "female", "?"]
    table.write_text("no,such,table\n")
    with pytest.raises(InputError, match=r"VideoDemographics\.csv.*ActorID"):
        build("crema_d", tmp_path)


def test_ravdess_stereo_speech_is_kept_and_song_is_no_defect(tmp_path):
    write(tmp_path / "Actor_01" / "03-01-05-02-01-01-01.wav", noise(0, 48000, channels=2), 48000)
    for take in (1, 2):
        write(tmp_path / "Actor_02" / f"03-02-05-02-01-0{take}-02.wav", noise(take))
    manifest = build("ravdess", tmp_path, limit=0.0)
    assert manifest["reason"].isna().tolist() == [True, False, False]
    assert manifest["channels"].tolist() == [2, 1, 1]


# --- the limit ----------------------------------------------------------------------------------


def corpus_with_bad_share(root: Path, good: int, silent: int) -> None:
    for seed, name in enumerate(crema_names(good + silent)):
        samples = noise(seed) if seed < good else np.zeros(8000 + seed, np.float32)
        write(root / name, samples)


def test_the_limit_itself_is_accepted_and_more_is_not(tmp_path):
    corpus_with_bad_share(tmp_path, good=19, silent=1)
    assert build("crema_d", tmp_path, limit=0.05)["excluded"].sum() == 1
    with pytest.raises(InputError):
        build("crema_d", tmp_path, limit=0.049)


def test_too_many_excluded_names_everything_to_repair_it(tmp_path):
    root, rejected = tmp_path / "corpus", tmp_path / "out" / "manifest.parquet.rejected.csv"
    corpus_with_bad_share(root, good=3, silent=3)
    with pytest.raises(InputError) as caught:
        build("crema_d", root, limit=0.05, rejected=rejected)
    message = str(caught.value)
    for part in (
        "'crema_d'",
        str(root),
        "3 of 6",
        "50.0%",
        "`excluded_limit`",
        "3 silent (1004_DFA_ANG_XX.wav, 1005_DFA_ANG_XX.wav, …)",
        str(rejected),
    ):
        assert part in message
    assert "\n" not in message
    table = pd.read_csv(rejected)
    assert list(table) == tables.columns("manifest")
    assert table["reason"].eq("silent").sum() == 3
    # repaired: the list of the earlier run goes
    build("crema_d", root, limit=0.5, rejected=rejected)
    assert not rejected.exists()


def test_the_wrong_corpus_is_told_with_the_expected_layout(tmp_path):
    write(tmp_path / "OAF_angry" / "OAF_back_angry.wav", noise(0))
    with pytest.raises(InputError) as caught:
        build_manifest("crema_d", tmp_path, 1.0)
    message = str(caught.value)
    assert "1 name not understood" in message and "1001_DFA_ANG_XX" in message


def test_an_unknown_emotion_is_told_with_the_known_ones(tmp_path):
    write(tmp_path / "1001_DFA_BOR_XX.wav", noise(0))
    write(tmp_path / "1002_DFA_ANG_XX.wav", noise(1))
    with pytest.raises(InputError, match=r"1 emotion outside of angry, .*boredom \(1001_DFA_BOR"):
        build_manifest("crema_d", tmp_path, 0.05)


# --- a user's own list --------------------------------------------------------------------------


def write_list(file: Path, rows: list[dict]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_a_list_gives_the_labels(tmp_path):
    write(tmp_path / "set" / "clips" / "a, b.wav", noise(0))
    outside = write(tmp_path / "elsewhere" / "ü.flac", noise(1))
    rows = [
        dict(path="clips/a, b.wav", speaker="Ann", emotion="Anger", sex="F", text="hi", level=1),
        dict(path=str(outside), speaker="Bob", emotion="sad", sex="male", text="", level=2),
        dict(path="clips/gone.wav", speaker="Bob", emotion="sad", sex="?", text="", level=2),
        dict(
            path="./clips/x/../a, b.wav", speaker="Ann", emotion="angry", sex="", text="", level=2
        ),
    ]
    file = write_list(tmp_path / "set" / "manifest.csv", rows)
    manifest = build("manifest", file)
    pd.testing.assert_frame_equal(manifest, build("manifest", file.parent))
    assert reasons(manifest.drop_duplicates("path")) == {
        outside.as_posix(): None,
        "clips/a, b.wav": None,
        "clips/gone.wav": MISSING,
    }
    assert manifest["reason"].eq(SECOND_COPY).sum() == 1
    kept = manifest[~manifest["excluded"]].set_index("speaker")
    assert kept.loc["Ann", "emotion"] == "angry" and kept.loc["Ann", "sex"] == "female"
    for path in kept["path"]:
        assert (paths.root_of(file) / path).is_file()


def test_a_list_with_labels_that_cannot_be_used(tmp_path):
    rows = []
    for seed, (speaker, emotion) in enumerate([("A", "sad"), ("", "sad"), ("A", ""), ("A", "awe")]):
        write(tmp_path / f"{seed}.wav", noise(seed))
        rows.append(dict(path=f"{seed}.wav", speaker=speaker, emotion=emotion))
    rows.append(dict(path="0.wav", speaker="A", emotion="happy"))
    write_list(tmp_path / "list.csv", rows)
    rows[0:0] = [dict(path="5.wav", speaker="A", emotion="happy")]
    write(tmp_path / "5.wav", noise(5))
    manifest = build("manifest", write_list(tmp_path / "list.csv", rows))
    assert manifest["reason"].fillna("").tolist() == [
        TWO_LABELS,
        TWO_LABELS,
        NO_LABEL,
        NO_LABEL,
        EMOTION_OUTSIDE,
        "",
    ]


@pytest.mark.parametrize("column", ["path", "speaker", "emotion"])
def test_a_missing_column_is_named(tmp_path, column):
    row = dict(path="a.wav", speaker="A", emotion="sad")
    del row[column]
    file = write_list(tmp_path / "list.csv", [row])
    with pytest.raises(InputError, match=rf"list\.csv has no column '{column}'"):
        find(file, "manifest")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"path,speaker,emotion\n",
        b"path,speaker,emotion\n,A,sad\n",
        b"path;speaker;emotion\na.wav;A;sad\n",
        b"path,speaker,emotion\n\xff\xfe.wav,A,sad\n",
    ],
)
def test_a_list_that_is_none_is_named(tmp_path, content):
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"list\.csv"):
        find(file, "manifest")
    with pytest.raises(InputError, match=r"manifest\.csv"):
        find(tmp_path, "manifest")


def test_a_list_written_by_a_spreadsheet_is_read(tmp_path):
    file = tmp_path / "list.csv"
    file.write_bytes(b"\xef\xbb\xbfPath, Speaker ,EMOTION\r\na.wav,007,sad,\r\nb.wav,8\r\n")
    clips = read_list(file)
    assert [(path, labels.speaker, labels.reason) for path, labels in clips] == [
        ("a.wav", "007", None),
        ("b.wav", "8", NO_LABEL),
    ]


# --- download -----------------------------------------------------------------------------------


class FakeHub:
    """Stands for kagglehub: gives a folder with so many clips, each twice, or fails."""

    def __init__(self, folder: Path, clips: int = 3, error: Exception | None = None):
        self.folder, self.error = folder, error
        for number, name in enumerate(crema_names(clips)):
            for place in ("Outer", "Outer/outer"):
                (folder / place).mkdir(parents=True, exist_ok=True)
                (folder / place / name).write_bytes(b"sound %d" % number)

    def dataset_download(self, handle: str) -> str:
        if self.error:
            raise self.error
        return str(self.folder)


def use_hub(monkeypatch, hub) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", hub)


def test_a_download_arrives_whole(tmp_path, monkeypatch):
    use_hub(monkeypatch, FakeHub(tmp_path / "cache"))
    target = tmp_path / "resources" / "crema_d"
    target.mkdir(parents=True)
    (target / "old.wav").touch()
    download.download("owner/name", target, 3)
    assert len(find(target, "crema_d")) == 6
    assert not (target / "old.wav").exists()
    assert len(find(tmp_path / "cache", "crema_d")) == 6
    assert [path.name for path in target.parent.iterdir()] == ["crema_d"]


def test_a_copy_that_is_cut_off_leaves_nothing(tmp_path, monkeypatch):
    use_hub(monkeypatch, FakeHub(tmp_path / "cache"))
    copied = []

    def copy(source, target):
        if len(copied) == 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        copied.append(target.write_bytes(source.read_bytes()))

    monkeypatch.setattr(download.shutil, "copyfile", copy)
    with pytest.raises(OSError):
        download.download("owner/name", tmp_path / "resources" / "crema_d", 3)
    assert list((tmp_path / "resources").iterdir()) == []


class ConnectionError(OSError):
    """As requests names its own."""


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectionError("HTTPSConnectionPool(host='api.kaggle.com')\nmore"), "no connection"),
        (RuntimeError("403 Client Error.\n\nYou don't have permission"), "403 Client Error"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_failed_download_is_one_sentence_with_both_remedies(tmp_path, monkeypatch, error, cause):
    use_hub(monkeypatch, FakeHub(tmp_path / "cache", error=error))
    with pytest.raises(InputError) as caught:
        download.download("owner/name", tmp_path / "crema_d", 3)
    message = str(caught.value)
    for part in ("owner/name", cause, "`path:`", "`corpora`", "network", "`make demo`"):
        assert part in message
    assert "\n" not in message
    assert not (tmp_path / "crema_d").exists()


def test_a_missing_kagglehub_is_told(tmp_path, monkeypatch):
    use_hub(monkeypatch, None)
    with pytest.raises(InputError, match=r"kagglehub is not installed.*`path:`.*`make demo`"):
        download.download("owner/name", tmp_path / "crema_d", 3)


def test_a_full_disk_keeps_its_own_message(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device", "x")
    use_hub(monkeypatch, FakeHub(tmp_path / "cache", error=full))
    with pytest.raises(OSError, match="No space left"):
        download.download("owner/name", tmp_path / "crema_d", 3)


def test_an_incomplete_download_is_refused(tmp_path, monkeypatch):
    use_hub(monkeypatch, FakeHub(tmp_path / "cache"))
    with pytest.raises(InputError, match=r"3 clips instead of 4.*cache.*`path:`"):
        download.download("owner/name", tmp_path / "crema_d", 4)
    assert not (tmp_path / "crema_d").exists()


# --- the rules' scripts -------------------------------------------------------------------------


def test_scripts_hand_on_plain_values(tmp_path, monkeypatch):
    import build_manifest
    import download_corpus
    from sercues.core import job

    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    cache = tmp_path / "cache"
    use_hub(monkeypatch, SimpleNamespace(dataset_download=lambda handle: cache))
    for seed, name in enumerate(crema_names(2)):
        write(cache / "AudioWAV" / name, noise(seed))
    folder, output = tmp_path / "crema_d", tmp_path / "results" / "manifest.parquet"
    download_corpus.main(
        SimpleNamespace(
            params=SimpleNamespace(handle="owner/name", clips=2),
            output=SimpleNamespace(folder=str(folder)),
        )
    )
    job = SimpleNamespace(
        params=SimpleNamespace(corpus="crema_d", root=str(folder), limit=0.05),
        output=SimpleNamespace(manifest=str(output), excluded=str(tmp_path / "excluded.csv")),
        threads=1,
    )
    build_manifest.main(job)
    assert len(tables.read(output)) == 2
    output.unlink()
    (folder / "AudioWAV" / "x.wav").touch()
    with pytest.raises(InputError, match=r"manifest\.parquet\.rejected\.csv"):
        build_manifest.main(job)
    assert not output.exists()


# --- real speech --------------------------------------------------------------------------------


def test_emodb_whole(speech):
    manifest = build("emodb", speech / "emodb", limit=0.0)
    assert manifest["emotion"].value_counts().to_dict() == {
        "angry": 127,
        "neutral": 79,
        "happy": 71,
        "sad": 62,
    }
    assert manifest["speaker"].nunique() == 10
    assert set(manifest["sample_rate"]) == {16000}


def test_crema_d_quirks(speech, tmp_path):
    """Two actors of CREMA-D with the silent clip and the clip under two labels."""
    source = speech / "crema_d"
    clips = [*source.glob("AudioWAV/1006_*"), *source.glob("AudioWAV/1076_*")]
    for file in [*clips, source / "metadata" / "VideoDemographics.csv"]:
        target = tmp_path / file.relative_to(source)
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(file)
    manifest = build("crema_d", tmp_path, limit=0.05)
    found = {path: reason for path, reason in reasons(manifest).items() if reason}
    assert found == {
        "AudioWAV/1006_TIE_HAP_XX.flac": TWO_LABELS,
        "AudioWAV/1006_TIE_NEU_XX.flac": TWO_LABELS,
        "AudioWAV/1076_MTI_SAD_XX.flac": SILENT,
    }
    assert manifest["sex"].notna().all()


@pytest.mark.parametrize(
    ("folder", "emotion"), [("OAF_fear", "fear"), ("OAF_pleasant_surprise", "surprise")]
)
def test_tess_quirks(speech, folder, emotion):
    """A folder with a clip at 96 kHz, and one whose name is not that of its files."""
    root = speech / "tess" / "TESS Toronto emotional speech set data" / folder
    manifest = build("tess", root, limit=0.0).set_index("clip_id")
    assert len(manifest) == 100
    assert set(manifest["emotion"]) == {emotion}
    rates = {24414} | ({96000} if folder == "OAF_fear" else set())
    assert set(manifest["sample_rate"]) == rates
