"""Sexes and known faults of CREMA-D."""

import pytest

from made_corpora import build, crema_names, noise, reasons, write
from sercues.core.errors import InputError
from sercues.corpora.labels import SILENT, TWO_LABELS


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
