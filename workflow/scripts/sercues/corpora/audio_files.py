"""The audio files of a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from sercues.core.errors import InputError

SUFFIXES = (".wav", ".flac")


def visible_files(root: Path) -> Iterator[Path]:
    """Visible files under `root`, and links to files, even broken ones."""
    parents = root.resolve().parents
    visited = set()
    for folder, folders, names in os.walk(root, onerror=_stop, followlinks=True):
        real = Path(folder).resolve()
        if real in visited or real in parents:
            folders.clear()
            continue
        visited.add(real)
        # links last, so that a folder of the corpus is visited under its own name
        folders[:] = sorted(
            (name for name in folders if not name.startswith(".")),
            key=lambda name: (Path(folder, name).is_symlink(), name),
        )
        for name in sorted(names):
            file = Path(folder, name)
            # a pipe or device with the name of an audio file would block the reader
            if not name.startswith(".") and (file.is_file() or file.is_symlink()):
                yield file


def _stop(error: OSError) -> None:
    raise InputError(
        f"{error.filename} cannot be read ({error.strerror}); give access to it or remove it."
    ) from error
