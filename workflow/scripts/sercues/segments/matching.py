"""Matched controls: other windows of the clip with the level and voicing of a salient one."""

import hashlib

import numpy as np

# About half a standard deviation of the windows of a clip of CREMA-D or TESS (6.6 and 8.5 dB, 0.32 and
# 0.35), and the same for all clips.
LEVEL_CALIPER_DB = 4.0
VOICING_CALIPER = 0.15  # two of a window's 15 descriptor frames


def generator(seed: int, clip_id: str) -> np.random.Generator:
    """Random numbers of one clip, independent of other clips and their order."""
    digest = hashlib.blake2b(f"{seed}/{clip_id}".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def find_controls(chosen: np.ndarray, level: np.ndarray, voicing: np.ndarray) -> np.ndarray:
    """Two controls of each chosen window: one no louder, one no softer, both within the calipers.

    Pair matching without replacement within calipers (Cochran & Rubin 1973; Rosenbaum & Rubin 1985;
    Austin 2011). The nearest window alone would usually be softer than the chosen one, as chosen windows
    tend to be loud, and calipers bound that bias but do not remove it. A control on either side allows
    to remove it by weighting (`draw_controls`). A window louder than all others has no control.

    Parameters
    ----------
    chosen : numpy.ndarray of int, shape (k,)
        Indices of the chosen windows, matched in this order. None of them is a control.
    level : numpy.ndarray, shape (n_windows,)
        dB; controls differ by `LEVEL_CALIPER_DB` at most.
    voicing : numpy.ndarray, shape (n_windows,)
        Share of voiced frames; controls differ by `VOICING_CALIPER` at most.

    Returns
    -------
    numpy.ndarray of int, shape (n_paired, 3)
        A chosen window, its nearest control that is no louder and its nearest that is no softer, by
        level and voicing in calipers; both are the same window if it is just as loud. Controls are
        not shared, and chosen windows without controls have no row.
    """
    free = np.setdiff1d(np.arange(len(level)), chosen)
    matches = []
    for window in chosen:
        # rounded, so that a difference of exactly one caliper is within it on every machine
        louder_by = np.round(level[free] - level[window], 6)
        apart = np.round(np.abs(voicing[free] - voicing[window]), 6)
        alike = (np.abs(louder_by) <= LEVEL_CALIPER_DB) & (apart <= VOICING_CALIPER)
        distance = np.hypot(louder_by / LEVEL_CALIPER_DB, apart / VOICING_CALIPER)
        sides = [alike & (louder_by <= 0), alike & (louder_by >= 0)]
        if all(side.any() for side in sides):
            controls = [free[np.argmin(np.where(side, distance, np.inf))] for side in sides]
            matches.append([window, *controls])
            free = np.setdiff1d(free, controls)
    return np.array(matches, dtype=int).reshape(-1, 3)


def draw_controls(
    controls: np.ndarray, level: np.ndarray, draws: int, seed: int, clip_id: str
) -> np.ndarray:
    """Draw one of the two controls of each matched window, so that the expected level is the same.

    Parameters
    ----------
    controls : numpy.ndarray of int, shape (n_paired, 3)
        From `find_controls`.
    level : numpy.ndarray, shape (n_windows,)
        dB. The control nearer in level is drawn more often.
    draws, seed, clip_id
        As in `random_windows`.

    Returns
    -------
    numpy.ndarray of int, shape (draws, n_paired)
        Window indices, distinct within a draw and in the order of the matched salient windows.
    """
    chosen, softer, louder = level[controls.T]
    between = louder - softer
    chance = np.divide(chosen - softer, between, out=np.zeros(len(controls)), where=between > 0)
    drawn = generator(seed, f"{clip_id}/matched").random((draws, len(controls))) < chance
    return np.where(drawn, controls[:, 2], controls[:, 1])


def voicing_of(windows: np.ndarray, time_s: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Share of voiced descriptor rows in each window, shape (n_windows, 2) in s; 0 without rows."""
    order = np.argsort(time_s, kind="stable")
    edges = np.searchsorted(time_s[order], windows)
    sums = np.concatenate([[0], np.cumsum(voiced[order])])
    counts = edges[:, 1] - edges[:, 0]
    return np.divide(
        sums[edges[:, 1]] - sums[edges[:, 0]],
        counts,
        out=np.zeros(len(windows)),
        where=counts > 0,
    )
