"""A download arrives whole or not at all, and a failed one says what to do."""

import errno
from pathlib import Path

import pytest

from made_corpora import crema_names, find, use_hub
from sercues.core.errors import InputError
from sercues.corpora import download


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
