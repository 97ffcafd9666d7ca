"""Audio files are found whatever their names, folders and links."""

import os
import shutil
import sys

import pytest

from made_corpora import build, find, noise, reasons, write
from sercues.core.errors import InputError
from sercues.corpora.labels import MISSING, NAME_NOT_UNDERSTOOD


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
