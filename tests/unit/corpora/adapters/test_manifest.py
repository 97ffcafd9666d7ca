"""A user's own list of clips."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from made_corpora import build, find, noise, reasons, write
from sercues.core import paths
from sercues.core.errors import InputError
from sercues.corpora.adapters.manifest import read_list
from sercues.corpora.labels import EMOTION_OUTSIDE, MISSING, NO_LABEL, SECOND_COPY, TWO_LABELS


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
