"""Labels of clips, and reasons for excluding a clip."""

from typing import NamedTuple

EMOTIONS = (
    "angry",
    "disgust",
    "fear",
    "happy",
    "neutral",
    "sad",
    "surprise",
    "calm",
    "boredom",
)

# Reasons for excluding a clip: values of the column `reason`.
MISSING = "missing"
UNREADABLE = "unreadable"
EMPTY = "empty"
TRUNCATED = "truncated"
NOT_A_NUMBER = "not a number"
SILENT = "silent"
TOO_SHORT = "too short"
SECOND_COPY = "second copy"
TWO_LABELS = "two labels"
NAME_NOT_UNDERSTOOD = "name not understood"
NO_LABEL = "no label"
EMOTION_OUTSIDE = "emotion outside"
SONG = "song"

# These files are not faulty but no clips of the corpus, so they do not count towards its size.
NOT_COUNTED = (SECOND_COPY, SONG)


class Labels(NamedTuple):
    """What a corpus says about a clip; `reason` is set if that makes the clip unusable."""

    speaker: str | None = None
    sex: str | None = None
    emotion: str | None = None
    intensity: str | None = None
    text: str | None = None
    reason: str | None = None


def known_emotion(emotion: str) -> str | None:
    return emotion.lower() if emotion.lower() in EMOTIONS else None
