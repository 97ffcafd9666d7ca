"""Constants of the paper's code that no protocol changes (arXiv 2511.11691, commit 21be271)."""

STEP_S = 0.015  # s per frame, regardless of the file's rate
EMOTIONS = ("angry", "fear", "happy", "neutral", "sad")  # of Tables 2 and 3
FIXED_WINDOWS, FIXED_WINDOW_S = 14, 0.15  # of the full-clip baseline, from 0 s of the file


def second_of_file(second, start_s: float, step_s: float):
    """Convert a second as the paper's code counts it (`STEP_S` per frame) to one of the file.

    Parameters
    ----------
    second : float, array, Series or DataFrame
        s, as in the code's tables.
    start_s, step_s : float, or Series as long
        s of the original file: at frame 0, and between frames.
    """
    return start_s + second / STEP_S * step_s
