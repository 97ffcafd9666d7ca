"""Every quirk of the names of the corpora."""

import pytest

from made_corpora import parse
from sercues.corpora.labels import EMOTION_OUTSIDE, NAME_NOT_UNDERSTOOD, SONG, Labels


@pytest.mark.parametrize(
    ("corpus", "path", "labels"),
    [
        ("synthetic", "f01_t03_angry_1.wav", ("f01", "female", "angry", None, "t03")),
        ("synthetic", "m12_t01_surprise_2.wav", ("m12", "male", "surprise", None, "t01")),
        ("crema_d", "AudioWAV/1001_DFA_ANG_XX.wav", ("1001", None, "angry", None, "DFA")),
        ("crema_d", "1001_IEO_FEA_HI.flac", ("1001", None, "fear", "high", "IEO")),
        ("crema_d", "1001_IEO_DIS_MD.wav", ("1001", None, "disgust", "medium", "IEO")),
        ("crema_d", "1001_IEO_HAP_LO.wav", ("1001", None, "happy", "low", "IEO")),
        ("crema_d", "1040_ITH_SAD_X.wav", ("1040", None, "sad", None, "ITH")),
        ("tess", "OAF_angry/OAF_back_angry.wav", ("OAF", "female", "angry", None, "back")),
        ("tess", "OAF_neutral/OA_bite_neutral.wav", ("OAF", "female", "neutral", None, "bite")),
        (
            "tess",
            "YAF_pleasant_surprise/YAF_chat_ps.wav",
            ("YAF", "female", "surprise", None, "chat"),
        ),
        ("tess", "OAF_Fear/OAF_food_fear.WAV", ("OAF", "female", "fear", None, "food")),
        ("emodb", "wav/03a01Fa.wav", ("03", "male", "happy", None, "a01")),
        ("emodb", "wav/16b10Td.wav", ("16", "female", "sad", None, "b10")),
        ("emodb", "wav/08a02La.wav", ("08", "female", "boredom", None, "a02")),
        (
            "ravdess",
            "Actor_12/03-01-06-01-02-01-12.wav",
            ("12", "female", "fear", "normal", "02"),
        ),
        ("ravdess", "03-01-02-02-01-01-01.wav", ("01", "male", "calm", "strong", "01")),
    ],
)
def test_names_are_understood(corpus, path, labels):
    assert parse(corpus, path) == Labels(*labels)


@pytest.mark.parametrize(
    ("corpus", "path", "reason"),
    [
        ("crema_d", "AudioWAV/readme.wav", NAME_NOT_UNDERSTOOD),
        ("crema_d", "1001_DFA_ANG_XX copy.wav", NAME_NOT_UNDERSTOOD),
        ("crema_d", "1001_DFA_ANG.wav", NAME_NOT_UNDERSTOOD),
        ("crema_d", "1001_DFA_XYZ_XX.wav", EMOTION_OUTSIDE),
        ("tess", "YAF_chat_bored.wav", EMOTION_OUTSIDE),
        ("emodb", "03a01Xa.wav", EMOTION_OUTSIDE),
        ("emodb", "03a01F.wav", NAME_NOT_UNDERSTOOD),
        ("ravdess", "03-01-09-01-02-01-12.wav", EMOTION_OUTSIDE),
        ("ravdess", "03-02-06-01-02-01-12.wav", SONG),
        ("ravdess", "01-01-06-01-02-01-12.wav", NAME_NOT_UNDERSTOOD),
        ("synthetic", "x01_t03_angry_1.wav", NAME_NOT_UNDERSTOOD),
    ],
)
def test_names_that_are_not_understood_have_a_reason(corpus, path, reason):
    assert parse(corpus, path).reason == reason
