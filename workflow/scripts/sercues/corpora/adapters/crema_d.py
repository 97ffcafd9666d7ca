"""CREMA-D: Cao et al., IEEE Transactions on Affective Computing 5(4), 2014."""

from pathlib import Path

import pandas as pd

from sercues.core.errors import InputError
from sercues.corpora import file_names
from sercues.corpora.audio_files import visible_files
from sercues.corpora.labels import Labels

LAYOUT = "AudioWAV/<actor>_<sentence>_<emotion>_<level>.wav, as in 1001_DFA_ANG_XX.wav"
# one public file has a level of one letter, 1040_ITH_SAD_X
PATTERN = r"(?P<speaker>\d{4})_(?P<text>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(?P<level>LO|MD|HI|XX|X)"


def clips(root) -> list[tuple[str, Labels]]:
    """Every audio file under `root` with its labels, sorted by path; the sexes come from a table.

    Raises
    ------
    InputError
        What `file_names.clips` and `actor_sexes` raise.
    """
    named = file_names.clips(root, "crema_d", LAYOUT, PATTERN, labels)
    sexes = actor_sexes(root)
    return [(path, clip._replace(sex=sexes.get(clip.speaker, clip.sex))) for path, clip in named]


def labels(speaker: str, text: str, emotion: str, level: str) -> Labels:
    """Labels from the named groups of `PATTERN`; no emotion for an unknown code."""
    emotions = {
        "ANG": "angry",
        "DIS": "disgust",
        "FEA": "fear",
        "HAP": "happy",
        "NEU": "neutral",
        "SAD": "sad",
    }
    levels = {"LO": "low", "MD": "medium", "HI": "high"}
    return Labels(
        speaker, None, emotions.get(emotion.upper()), levels.get(level.upper()), text.upper()
    )


def actor_sexes(root) -> dict[str, str]:
    """Sex of CREMA-D's actors, from its `VideoDemographics.csv` under `root`; empty without it.

    Raises
    ------
    InputError
        The file has no columns ActorID and Sex.
    """
    files = [file for file in visible_files(Path(root)) if file.name == "VideoDemographics.csv"]
    if not files:
        return {}
    try:
        actors = pd.read_csv(files[0], dtype=str, usecols=["ActorID", "Sex"]).dropna()
    except (ValueError, OSError) as error:
        raise InputError(
            f"{files[0]} is no table with the columns ActorID and Sex; repair or remove it."
        ) from error
    actors["Sex"] = actors["Sex"].str.strip().str.lower()
    known = actors[actors["Sex"].isin(["female", "male"])]
    return dict(zip(known["ActorID"].str.strip(), known["Sex"], strict=True))
