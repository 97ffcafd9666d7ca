"""TESS: Pichora-Fuller and Dupuis, Borealis, 2020."""

from sercues.corpora import file_names
from sercues.corpora.labels import Labels, known_emotion

LAYOUT = "<speaker>_<emotion>/<speaker>_<word>_<emotion>.wav, as in OAF_angry/OAF_back_angry.wav"
# one public file has a speaker of two letters, OA_bite_neutral
PATTERN = r"(?P<speaker>OAF|OA|YAF)_(?P<text>[a-z]+)_(?P<emotion>[a-z_]+)"


def clips(root) -> list[tuple[str, Labels]]:
    """Every audio file under `root` with its labels, sorted by path; see `file_names.clips`."""
    return file_names.clips(root, "tess", LAYOUT, PATTERN, labels)


def labels(speaker: str, text: str, emotion: str) -> Labels:
    """Labels from the named groups of `PATTERN`; no emotion for an unknown code."""
    speaker = {"OA": "OAF"}.get(speaker.upper(), speaker.upper())
    pleasant = dict.fromkeys(("ps", "pleasant_surprise", "pleasant_surprised"), "surprise")
    emotion = pleasant.get(emotion.lower(), emotion)
    return Labels(speaker, "female", known_emotion(emotion), None, text.lower())
