"""Atomic writing of files, and the modules of a package."""

import errno
import os
from contextlib import contextmanager
from pathlib import Path

from sercues.core.errors import disk_is_full

LIBRARY = Path(__file__).resolve().parents[1]


@contextmanager
def atomic_path(path):
    """Yield a temporary path in the folder of `path`; rename it to `path` if the block succeeds.

    Raises
    ------
    OSError
        ENOSPC if the disk is full, also where the block raised a RuntimeError.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except RuntimeError as error:
        # checked before the partial file is deleted, which frees space
        if disk_is_full(error, path.parent):
            number = errno.ENOSPC
            raise OSError(number, os.strerror(number), str(path)) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def write_text(text: str, path) -> None:
    """Write `text` (UTF-8) to `path` atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def modules(package: str) -> list[str]:
    """Sorted names of the modules in a package of the library, such as ``saliency/methods``."""
    return sorted(path.stem for path in (LIBRARY / package).glob("[!_]*.py"))
