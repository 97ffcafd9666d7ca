"""Corpora whose file names say speaker, emotion and text."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from sercues.core.errors import InputError
from sercues.corpora.audio_files import SUFFIXES, visible_files
from sercues.corpora.labels import EMOTION_OUTSIDE, NAME_NOT_UNDERSTOOD, Labels


def clips(
    root, corpus: str, layout: str, pattern: str, labels: Callable[..., Labels]
) -> list[tuple[str, Labels]]:
    """Every audio file of a corpus with its labels, sorted by path.

    Parameters
    ----------
    root, corpus, layout
        As in `find`.
    pattern, labels
        As in `parse`.
    """
    return [(path, parse(path, pattern, labels)) for path in find(root, corpus, layout)]


def parse(path: str, pattern: str, labels: Callable[..., Labels]) -> Labels:
    """Labels of a clip from its file name.

    Parameters
    ----------
    path : str
        File, relative to the corpus folder; only its stem is looked at, in any case of letters.
    pattern : str
        Regular expression that has to match the whole stem.
    labels : callable
        From the pattern's named groups to labels, without an emotion for an unknown code.

    Returns
    -------
    Labels
        With a `reason` and, where the name is not understood, nothing else.
    """
    match = re.fullmatch(pattern, PurePosixPath(path).stem, re.IGNORECASE | re.ASCII)
    if match is None:
        return Labels(reason=NAME_NOT_UNDERSTOOD)
    found = labels(**match.groupdict())
    if found.emotion is None and found.reason is None:
        return found._replace(reason=EMOTION_OUTSIDE)
    return found


def find(root, corpus: str, layout: str) -> list[str]:
    """Audio files of a corpus, relative to its folder, with forward slashes, sorted.

    Every .wav and .flac file in any case of letters under `root`. Hidden files and folders are passed over (macOS writes a
    ``._name.wav`` without sound beside each file it copies). Linked folders are followed, each
    folder once; a link to a folder above `root` is not.

    Raises
    ------
    InputError
        The folder does not exist or cannot be read, or holds no audio file.
    """
    root = Path(root).expanduser()
    if not root.exists():
        raise InputError(
            f"{root} of corpus '{corpus}' does not exist; correct `path:` under `corpora` in the "
            f"config (expected: {layout})."
        )
    if not root.is_dir():
        raise InputError(
            f"{root} of corpus '{corpus}' is no folder; correct `path:` under `corpora` in the "
            f"config (expected: {layout})."
        )
    found = sorted(
        file.relative_to(root).as_posix()
        for file in visible_files(root)
        if file.suffix.lower() in SUFFIXES
    )
    if not found:
        raise InputError(
            f"{root} of corpus '{corpus}' holds no .wav or .flac file; correct `path:` under "
            f"`corpora` in the config (expected: {layout})."
        )
    return found
