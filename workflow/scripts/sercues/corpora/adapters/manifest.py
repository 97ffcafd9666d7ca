"""The user's own corpus: a CSV file with path, speaker and emotion of every clip."""

import os
from pathlib import Path

import pandas as pd

from sercues.core.errors import InputError
from sercues.corpora.labels import EMOTION_OUTSIDE, NO_LABEL, Labels, known_emotion

LAYOUT = (
    "a CSV file, or a folder with manifest.csv, with the columns path, speaker, emotion and "
    "perhaps sex, text, intensity; paths relative to its folder or absolute"
)


def clips(root) -> list[tuple[str, Labels]]:
    """Every clip in the list, even without a file, sorted by path.

    Raises
    ------
    InputError
        The list does not exist, or what `read_list` raises.
    """
    root = Path(root).expanduser()
    if not root.exists():
        raise InputError(
            f"{root} of corpus 'manifest' does not exist; correct `path:` under `corpora` in the "
            f"config (expected: {LAYOUT})."
        )
    return sorted(read_list(root), key=lambda clip: clip[0])


def read_list(path) -> list[tuple[str, Labels]]:
    """Read a user's own list of clips.

    Parameters
    ----------
    path : path-like
        CSV file in UTF-8, or a folder with ``manifest.csv``. Columns path, speaker, emotion;
        optional sex (female or male, f or m), text and intensity. Other columns are ignored, and
        any other sex counts as unknown.

    Returns
    -------
    list of (str, Labels)
        Path relative to the list's folder, absolute if outside.

    Raises
    ------
    InputError
        The list does not exist or is not such a table, or a row has no path.
    """
    path = Path(path).expanduser()
    file = path / "manifest.csv" if path.is_dir() else path
    try:
        # without index_col an extra cell in a row would shift the columns
        table = pd.read_csv(file, dtype=str, encoding="utf-8-sig", index_col=False).fillna("")
    except (OSError, UnicodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"{file} cannot be read as a CSV file in UTF-8 ({str(error).strip()}); "
            f"expected {LAYOUT}."
        ) from error
    table.columns = [str(column).strip().lower() for column in table.columns]
    for column in ("path", "speaker", "emotion"):
        if column not in table.columns:
            raise InputError(
                f"{file} has no column '{column}' (it has: {', '.join(table.columns)}); "
                "add it, with commas between columns."
            )
    rows = table.to_dict("records")
    for number, row in enumerate(rows, start=1):
        if not row["path"].strip():
            raise InputError(f"{file}, row {number} below the header has no path; fill it in.")
    if not rows:
        raise InputError(f"{file} lists no clip; add a row for each.")
    return [(_relative(row["path"].strip(), file.parent), _listed_labels(row)) for row in rows]


def _relative(path: str, folder: Path) -> str:
    """`path` relative to `folder`, absolute if outside; normalised."""
    file = Path(os.path.normpath(folder.absolute() / path))
    folder = Path(os.path.normpath(folder.absolute()))
    return (file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix()


def _listed_labels(row: dict[str, str]) -> Labels:
    """Labels of a row of a user's list, with common synonyms of emotions."""
    synonyms = {
        "anger": "angry",
        "disgusted": "disgust",
        "fearful": "fear",
        "happiness": "happy",
        "sadness": "sad",
        "surprised": "surprise",
        "bored": "boredom",
    }
    sexes = {"female": "female", "f": "female", "male": "male", "m": "male"}
    cells = {key: value.strip() for key, value in row.items() if isinstance(value, str)}
    emotion = cells["emotion"].lower()
    labels = Labels(
        speaker=cells["speaker"] or None,
        sex=sexes.get(cells.get("sex", "").lower()),
        emotion=known_emotion(synonyms.get(emotion, emotion)),
        intensity=cells.get("intensity", "").lower() or None,
        text=cells.get("text") or None,
    )
    if not cells["speaker"] or not emotion:
        return labels._replace(reason=NO_LABEL)
    return labels if labels.emotion else labels._replace(reason=EMOTION_OUTSIDE)
