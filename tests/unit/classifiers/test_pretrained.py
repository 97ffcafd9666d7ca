"""Weights of a pretrained network: from the network, a file, or not at all."""

import subprocess
import urllib.error

import pytest
import torch

from sercues.classifiers import pretrained
from sercues.core.errors import InputError


@pytest.mark.parametrize("kind", ["wav2vec2", "voice_encoder"])
def test_without_a_network_the_file_is_empty_and_the_log_names_it(
    tmp_path, monkeypatch, caplog, kind
):
    def no_network(*args, **kwargs):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(subprocess, "run", lambda *a, **k: no_network())
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    path = tmp_path / f"{kind}.pt"
    pretrained.fetch(kind, path, "WAV2VEC2_BASE", "download")
    assert path.read_bytes() == b""
    assert kind in caplog.text and str(path) in caplog.text


def test_weights_from_a_file(tmp_path):
    (tmp_path / "own.pt").write_bytes(b"weights")
    pretrained.fetch("wav2vec2", tmp_path / "there.pt", "WAV2VEC2_BASE", str(tmp_path / "own.pt"))
    assert (tmp_path / "there.pt").read_bytes() == b"weights"
    with pytest.raises(InputError, match=r"wav2vec2_weights is '.*missing\.pt', which is no file"):
        pretrained.fetch(
            "wav2vec2", tmp_path / "x.pt", "WAV2VEC2_BASE", str(tmp_path / "missing.pt")
        )
    assert not (tmp_path / "x.pt").exists()
