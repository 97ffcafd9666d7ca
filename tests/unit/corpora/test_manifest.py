"""The manifest: every file is a row, every kind of bad input a reason."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from made_corpora import build, crema_names, noise, reasons, write
from sercues.core import tables
from sercues.core.errors import InputError
from sercues.corpora.labels import (
    EMOTION_OUTSIDE,
    EMPTY,
    NAME_NOT_UNDERSTOOD,
    NOT_A_NUMBER,
    SECOND_COPY,
    SILENT,
    TOO_SHORT,
    TRUNCATED,
    TWO_LABELS,
    UNREADABLE,
)
from sercues.corpora.manifest import FILES_PER_TASK, clip_ids

# --- sound --------------------------------------------------------------------------------------


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
        build("tess", tmp_path, 0.24)


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
        build("crema_d", tmp_path, 1.0)
    message = str(caught.value)
    assert "1 name not understood" in message and "1001_DFA_ANG_XX" in message


def test_an_unknown_emotion_is_told_with_the_known_ones(tmp_path):
    write(tmp_path / "1001_DFA_BOR_XX.wav", noise(0))
    write(tmp_path / "1002_DFA_ANG_XX.wav", noise(1))
    with pytest.raises(InputError, match=r"1 emotion outside of angry, .*boredom \(1001_DFA_BOR"):
        build("crema_d", tmp_path, 0.05)
