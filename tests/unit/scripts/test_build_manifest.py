"""From a download to the manifest, by the scripts."""

from types import SimpleNamespace

import pytest

from made_corpora import crema_names, noise, use_hub, write
from sercues.core import tables
from sercues.core.errors import InputError


def test_scripts_hand_on_plain_values(tmp_path, monkeypatch, job_of):
    import build_manifest
    import download_corpus

    cache = tmp_path / "cache"
    use_hub(monkeypatch, SimpleNamespace(dataset_download=lambda handle: cache))
    for seed, name in enumerate(crema_names(2)):
        write(cache / "AudioWAV" / name, noise(seed))
    folder, output = tmp_path / "crema_d", tmp_path / "results" / "manifest.parquet"
    download_corpus.main(
        job_of(
            "download_corpus",
            params={"handle": "owner/name", "clips": 2},
            output={"folder": folder},
        )
    )
    job = job_of(
        "build_manifest",
        params={"corpus": "crema_d", "root": str(folder), "limit": 0.05},
        output={"manifest": output, "excluded": tmp_path / "excluded.csv"},
    )
    build_manifest.main(job)
    assert len(tables.read(output)) == 2
    output.unlink()
    (folder / "AudioWAV" / "x.wav").touch()
    with pytest.raises(InputError, match=r"manifest\.parquet\.rejected\.csv"):
        build_manifest.main(job)
    assert not output.exists()
