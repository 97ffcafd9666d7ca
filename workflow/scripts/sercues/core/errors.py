"""The one exception that means: the user can repair this; and what a full disk looks like."""

import errno
import shutil

SPARE = 2**20  # bytes; with less than this free, a writer that does not say why has failed for it


class InputError(ValueError):
    """Wrong input, told in one sentence that names the file or key and the remedy.

    Scripts print it without a traceback and exit with status 1.
    """


def disk_is_full(error: BaseException, folder) -> bool:
    """Whether `error`, from writing into `folder`, means that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    # torch and libsndfile raise a RuntimeError that does not say why a write failed
    return isinstance(error, RuntimeError) and shutil.disk_usage(folder).free < SPARE
