"""Corpora whose file names contain speaker, emotion and text."""

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
        File, relative to the corpus folder; only the stem matters, in upper or lower case.
    pattern : str
        Regular expression that must match the whole stem.
    labels : callable
        Maps the pattern's named groups to labels, without emotion for an unknown code.

    Returns
    -------
    Labels
        Only with a `reason` if the name is not understood.
    """
    match = re.fullmatch(pattern, PurePosixPath(path).stem, re.IGNORECASE | re.ASCII)
    if match is None:
        return Labels(reason=NAME_NOT_UNDERSTOOD)
    clip = labels(**match.groupdict())
    if clip.emotion is None and clip.reason is None:
        return clip._replace(reason=EMOTION_OUTSIDE)
    return clip


def find(root, corpus: str, layout: str) -> list[str]:
    """Audio files of a corpus, relative to its folder, with forward slashes, sorted.

    Every .wav and .flac file under `root`, in upper or lower case. Hidden files and folders are
    skipped (macOS writes a ``._name.wav`` without sound for each file it copies). Linked folders are
    followed, each once, unless they contain `root`.

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
    paths = sorted(
        file.relative_to(root).as_posix()
        for file in visible_files(root)
        if file.suffix.lower() in SUFFIXES
    )
    if not paths:
        raise InputError(
            f"{root} of corpus '{corpus}' holds no .wav or .flac file; correct `path:` under "
            f"`corpora` in the config (expected: {layout})."
        )
    return paths
