"""The exception for errors that the user can fix, and how to recognise a full disk."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

SPARE = 2**20  # bytes; with less free, an unexplained write error is taken for a full disk


class InputError(ValueError):
    """Wrong input, described in one sentence that names the file or key and the remedy.

    Scripts print it without a traceback and exit with status 1.
    """


@contextmanager
def refusing(path, fault: str, kinds=Exception) -> Iterator[None]:
    """Turn a failure to read a file within the block into a one-sentence InputError.

    Parameters
    ----------
    path : path-like
        The file.
    fault : str
        What is wrong with it, as in "is not a model this workflow wrote".
    kinds : type or tuple of types
        What its reader may raise; a foreign file can cause any exception.
    """
    try:
        yield
    except kinds as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} {fault} ({reason}); delete it and run again.") from error


def disk_is_full(error: BaseException, folder) -> bool:
    """Whether `error`, raised while writing to `folder`, means that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    # torch and libsndfile raise a RuntimeError that does not say why a write failed
    return isinstance(error, RuntimeError) and shutil.disk_usage(folder).free < SPARE
