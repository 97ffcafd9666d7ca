"""Names of TESS."""

import pytest

from made_corpora import build


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
