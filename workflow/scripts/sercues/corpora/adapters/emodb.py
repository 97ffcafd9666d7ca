"""Emo-DB: Burkhardt et al., Interspeech 2005."""

from sercues.corpora import file_names
from sercues.corpora.labels import Labels

LAYOUT = "wav/<speaker><text><emotion letter><take>.wav, as in 03a01Fa.wav"
PATTERN = r"(?P<speaker>\d\d)(?P<text>[ab]\d\d)(?P<emotion>[A-Z])[a-z]"


def clips(root) -> list[tuple[str, Labels]]:
    """Every audio file under `root` with its labels, sorted by path; see `file_names.clips`."""
    return file_names.clips(root, "emodb", LAYOUT, PATTERN, labels)


def labels(speaker: str, text: str, emotion: str) -> Labels:
    """Labels from the named groups of `PATTERN`; no emotion for an unknown code."""
    emotions = {
        "W": "angry",
        "L": "boredom",
        "E": "disgust",
        "A": "fear",
        "F": "happy",
        "T": "sad",
        "N": "neutral",
    }
    sexes = dict.fromkeys(("03", "10", "11", "12", "15"), "male")
    sexes |= dict.fromkeys(("08", "09", "13", "14", "16"), "female")
    return Labels(speaker, sexes.get(speaker), emotions.get(emotion.upper()), None, text.lower())
