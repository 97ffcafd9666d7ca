"""RAVDESS: Livingstone and Russo, PLoS ONE 13(5), 2018."""

from sercues.corpora import file_names
from sercues.corpora.labels import SONG, Labels

LAYOUT = "Actor_<actor>/<seven two-digit codes>.wav, as in Actor_12/03-01-06-01-02-01-12.wav"
PATTERN = (
    r"03-(?P<channel>0[12])-(?P<emotion>\d\d)-(?P<level>\d\d)-(?P<text>\d\d)-\d\d"
    r"-(?P<speaker>\d\d)"
)


def clips(root) -> list[tuple[str, Labels]]:
    """Every audio file under `root` with its labels, sorted by path; see `file_names.clips`."""
    return file_names.clips(root, "ravdess", LAYOUT, PATTERN, labels)


def labels(channel: str, emotion: str, level: str, text: str, speaker: str) -> Labels:
    """Labels from the named groups of `PATTERN`; no emotion for an unknown code."""
    emotions = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")
    known = {f"{code:02d}": name for code, name in enumerate(emotions, start=1)}
    levels = {"01": "normal", "02": "strong"}
    sex = "male" if int(speaker) % 2 else "female"
    reason = SONG if channel == "02" else None
    return Labels(speaker, sex, known.get(emotion), levels.get(level), text, reason)
