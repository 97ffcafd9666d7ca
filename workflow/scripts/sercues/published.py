"""Numbers of the paper's code that no protocol changes (arXiv 2511.11691, commit 21be271)."""

STEP_S = 0.015  # s per frame, whatever the file's rate
FIXED_WINDOWS, FIXED_WINDOW_S = 14, 0.15  # of the full-clip baseline, from 0 s of the file
