"""The embedded corpus, made by `corpora.synthetic`."""

from sercues.corpora import file_names
from sercues.corpora.labels import Labels, known_emotion

LAYOUT = "<speaker>_<text>_<emotion>_<take>.wav, as in f01_t03_angry_1.wav (f, m: sex)"
PATTERN = r"(?P<speaker>[fm]\d+)_(?P<text>[a-z0-9]+)_(?P<emotion>[a-z]+)_\d+"


def clips(root) -> list[tuple[str, Labels]]:
    """Every audio file under `root` with its labels, sorted by path; see `file_names.clips`."""
    return file_names.clips(root, "synthetic", LAYOUT, PATTERN, labels)


def labels(speaker: str, text: str, emotion: str) -> Labels:
    """Labels from the named groups of `PATTERN`; no emotion for an unknown code."""
    sex = {"f": "female", "m": "male"}[speaker[0].lower()]
    return Labels(speaker.lower(), sex, known_emotion(emotion), None, text.lower())
