"""The one exception that means: the user can repair this."""


class InputError(ValueError):
    """Wrong input, told in one sentence that names the file or key and the remedy.

    Scripts print it without a traceback and exit with status 1.
    """
