"""Downloads through the real kagglehub from a server of our own that answers well, badly or not."""

import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sercues.core.errors import InputError
from sercues.corpora import download
from sercues.corpora.adapters import crema_d

NAMES = [f"AudioWAV/{actor}_DFA_ANG_XX.wav" for actor in (1001, 1002, 1003)]
HTML = b"<html><body>Sorry, something went wrong.</body></html>" * 20


def zipped(names) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"sound of " + name.encode())
    return stream.getvalue()


def tarred(names) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 5
            archive.addfile(member, io.BytesIO(b"sound"))
    return stream.getvalue()


@pytest.fixture
def answer(monkeypatch, tmp_path):
    """What the server answers: status, body, and how many bytes it claims the body has."""
    said = {"status": 200, "body": zipped(NAMES), "length": None}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(said["status"])
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(said["length"] or len(said["body"])))
            self.end_headers()
            self.wfile.write(said["body"])

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy"):  # the address of localhost has no port
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield said
    server.shutdown()
    server.server_close()


def fetch(tmp_path, clips=3) -> None:
    download.download("owner/name/versions/1", tmp_path / "resources" / "crema_d", clips)


def paths(tmp_path) -> list[str]:
    """Clips of the downloaded corpus."""
    return [path for path, _ in crema_d.clips(tmp_path / "resources" / "crema_d")]


def refused(tmp_path, clips=3) -> str:
    """The one sentence of a refused download, which leaves nothing behind in its place."""
    with pytest.raises(InputError) as caught:
        fetch(tmp_path, clips)
    assert "`path:`" in str(caught.value) and "\n" not in str(caught.value)
    assert not list((tmp_path / "resources").glob("*"))
    return str(caught.value)


def test_a_good_archive_arrives(answer, tmp_path):
    fetch(tmp_path)
    assert paths(tmp_path) == NAMES


BAD = {
    "not found": {"status": 404, "body": HTML},
    "forbidden": {"status": 403, "body": HTML},
    "broken server": {"status": 500, "body": HTML},
    "a page in place of the archive": {"body": HTML},
    "nothing": {"body": b""},
    "an archive cut off on the way": {"body": zipped(NAMES)[:150], "length": len(zipped(NAMES))},
    "an archive cut off before": {"body": zipped(NAMES)[:150]},
    "an archive damaged within": {
        "body": zipped(NAMES).replace(b"sound of", b"noise of", 1),
    },
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_answer_is_refused_and_a_good_one_afterwards_arrives(answer, tmp_path, kind):
    good = dict(answer)
    answer.update(BAD[kind])
    refused(tmp_path)
    answer.update(good)
    fetch(tmp_path)
    assert paths(tmp_path) == NAMES


def test_no_server_at_all_is_told(answer, tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "no connection" in refused(tmp_path)


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", ["../../../evil.wav", "/evil_of_root.wav", "a/../../evil.wav"])
def test_an_archive_writes_nothing_outside_of_its_folder(answer, tmp_path, pack, name):
    answer["body"] = pack([*NAMES, name])
    before = {path for path in tmp_path.parent.rglob("*.wav")}
    try:
        fetch(tmp_path)
    except InputError as error:
        assert "OutsideDestination" in str(error) or "cannot be downloaded" in str(error)
    outside = {path for path in tmp_path.parent.rglob("*.wav")} - before
    inside = ((tmp_path / "cache").resolve(), (tmp_path / "resources/crema_d").resolve())
    assert all(any(path.resolve().is_relative_to(place) for place in inside) for path in outside)
    assert not Path("/evil_of_root.wav").exists()


def test_fewer_clips_are_refused_and_more_are_kept_and_logged(answer, tmp_path, caplog):
    answer["body"] = zipped(NAMES[:2])
    message = refused(tmp_path)
    assert "holds 2 clips instead of 3" in message and str(tmp_path / "cache") in message
    fetch(tmp_path, clips=1)
    assert caplog.records[-1].levelname == "WARNING"
    assert len(paths(tmp_path)) == 2
