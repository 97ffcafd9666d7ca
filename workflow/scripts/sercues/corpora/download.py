"""Downloading of corpora from Kaggle."""

import errno
import logging
import shutil
from pathlib import Path

from sercues.core.errors import InputError
from sercues.corpora import audio_files
from sercues.corpora.audio_files import SUFFIXES

log = logging.getLogger("sercues")

REMEDIES = (
    "give `path:` of a copy under `corpora` in the config, or connect to the network "
    "(`make demo` needs neither)"
)


def download(handle: str, destination, clips: int) -> None:
    """Download a corpus from Kaggle; `destination` appears only when complete.

    kagglehub keeps its own copy (``~/.cache/kagglehub`` or ``KAGGLEHUB_CACHE``), so an interrupted
    download can be resumed.

    Parameters
    ----------
    handle : str
        Kaggle handle, ``owner/name``.
    destination : path-like
        Folder to create.
    clips : int
        Required number of distinct file stems.

    Raises
    ------
    InputError
        No network, no kagglehub, no permission, or fewer clips than expected.
    """
    try:
        import kagglehub

        source = Path(kagglehub.dataset_download(handle))
    except ImportError as error:
        raise InputError(
            f"'{handle}' cannot be downloaded because kagglehub is not installed: {REMEDIES}."
        ) from error
    # kagglehub lets any exception of its dependencies through
    except Exception as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise InputError(
            f"'{handle}' cannot be downloaded from Kaggle ({_cause(error)}): {REMEDIES}."
        ) from error
    _check_complete(source, handle, clips)
    destination = Path(destination)
    part = destination.with_name(f".{destination.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for file in audio_files.visible_files(source):
            copy = part / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        if destination.exists():
            shutil.rmtree(destination)
        part.replace(destination)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _cause(error: Exception) -> str:
    """Why a download failed, in a few words."""
    if any(kind.__name__ in ("ConnectionError", "Timeout") for kind in type(error).__mro__):
        return "no connection"
    lines = str(error).strip().splitlines()
    first = f": {lines[0].rstrip(' .:')[:150]}" if lines else ""
    return type(error).__name__ + first


def _check_complete(source: Path, handle: str, clips: int) -> None:
    stems = {
        file.stem.casefold()
        for file in audio_files.visible_files(source)
        if file.suffix.lower() in SUFFIXES
    }
    log.info("%s: %d clips downloaded to %s", handle, len(stems), source)
    if len(stems) < clips:
        raise InputError(
            f"'{handle}' holds {len(stems)} clips instead of {clips}: delete {source} and run "
            f"again, or {REMEDIES}."
        )
    if len(stems) > clips:
        log.warning("%s: %d clips are expected", handle, clips)
