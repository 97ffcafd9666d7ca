"""The audio files of a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from sercues.core.errors import InputError

SUFFIXES = (".wav", ".flac")


def visible_files(root: Path) -> Iterator[Path]:
    """Visible files under `root`, and links to files, broken ones too."""
    above = root.resolve().parents
    seen = set()
    for here, folders, names in os.walk(root, onerror=_stop, followlinks=True):
        real = Path(here).resolve()
        if real in seen or real in above:
            folders.clear()
            continue
        seen.add(real)
        # links last: a folder within the corpus then keeps its own name
        folders[:] = sorted(
            (folder for folder in folders if not folder.startswith(".")),
            key=lambda folder: (Path(here, folder).is_symlink(), folder),
        )
        for name in sorted(names):
            file = Path(here, name)
            # a pipe or a device under an audio name would block the reader
            if not name.startswith(".") and (file.is_file() or file.is_symlink()):
                yield file


def _stop(error: OSError) -> None:
    raise InputError(
        f"{error.filename} cannot be read ({error.strerror}); give access to it or remove it."
    ) from error
