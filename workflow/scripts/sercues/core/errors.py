"""The one exception that means: the user can repair this; and what a full disk looks like."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

SPARE = 2**20  # bytes; with less than this free, a writer that does not say why has failed for it


class InputError(ValueError):
    """Wrong input, told in one sentence that names the file or key and the remedy.

    Scripts print it without a traceback and exit with status 1.
    """


@contextmanager
def refusing(path, fault: str, kinds=Exception) -> Iterator[None]:
    """Tell a failure to read a file, within the block, as an InputError of one sentence.

    Parameters
    ----------
    path : path-like
        The file.
    fault : str
        What is wrong with it, as in "is not a model this workflow wrote".
    kinds : type or tuple of types
        What its reader may raise: of a foreign file anything.
    """
    try:
        yield
    except kinds as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} {fault} ({reason}); delete it and run again.") from error


def disk_is_full(error: BaseException, folder) -> bool:
    """Whether `error`, from writing into `folder`, means that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    # torch and libsndfile raise a RuntimeError that does not say why a write failed
    return isinstance(error, RuntimeError) and shutil.disk_usage(folder).free < SPARE
