"""Speech and song of RAVDESS."""

from made_corpora import build, noise, write


def test_ravdess_stereo_speech_is_kept_and_song_is_no_defect(tmp_path):
    write(tmp_path / "Actor_01" / "03-01-05-02-01-01-01.wav", noise(0, 48000, channels=2), 48000)
    for take in (1, 2):
        write(tmp_path / "Actor_02" / f"03-02-05-02-01-0{take}-02.wav", noise(take))
    manifest = build("ravdess", tmp_path, limit=0.0)
    assert manifest["reason"].isna().tolist() == [True, False, False]
    assert manifest["channels"].tolist() == [2, 1, 1]
