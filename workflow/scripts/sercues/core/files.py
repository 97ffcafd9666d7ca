"""Files that appear whole or not at all."""

import errno
import os
from contextlib import contextmanager
from pathlib import Path

from sercues.core.errors import disk_is_full

LIBRARY = Path(__file__).resolve().parents[1]


@contextmanager
def atomic_path(path):
    """Yield a temporary path beside `path`; move it there when the block ends without error.

    Raises
    ------
    OSError
        With the number ENOSPC where the disk is full, whatever the block itself raised.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except RuntimeError as error:
        # asked now, as without the half file there is room again
        if disk_is_full(error, path.parent):
            full = errno.ENOSPC
            raise OSError(full, os.strerror(full), str(path)) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def write_text(text: str, path) -> None:
    """Write `text` (UTF-8) to `path` atomically."""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def modules(package: str) -> list[str]:
    """Names of the modules in a package of the library, such as ``saliency/methods``, sorted."""
    return sorted(path.stem for path in (LIBRARY / package).glob("[!_]*.py"))
