"""Names of EmoDB, and the whole corpus."""

from made_corpora import build, parse


def test_emodb_letters_and_sexes():
    letters = {"W": "angry", "L": "boredom", "E": "disgust", "A": "fear", "F": "happy", "T": "sad"}
    for letter, emotion in (letters | {"N": "neutral"}).items():
        assert parse("emodb", f"03a01{letter}a.wav").emotion == emotion
    speakers = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
    sexes = [parse("emodb", f"{speaker}a01Fa.wav").sex for speaker in speakers]
    assert sexes.count("male") == sexes.count("female") == 5


def test_emodb_whole(speech):
    manifest = build("emodb", speech / "emodb", limit=0.0)
    assert manifest["emotion"].value_counts().to_dict() == {
        "angry": 127,
        "neutral": 79,
        "happy": 71,
        "sad": 62,
    }
    assert manifest["speaker"].nunique() == 10
    assert set(manifest["sample_rate"]) == {16000}
