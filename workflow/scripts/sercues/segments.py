"""From a saliency map to segments: windows, the top k, baseline regions, seconds, snippets.

Windows are a grid without overlap over the speech, or over the whole map as published. How they are
scored and chosen is the `segments` block of the protocol; arXiv 2511.11691 and its code are the
source of the published rule.
"""

import hashlib
import logging
import math
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from sercues import audio, published, tables
from sercues.audio import FLOOR
from sercues.frontend import frame_to_second

log = logging.getLogger(__name__)

RANKED_DIGITS = 6
# Each about half a standard deviation of the windows of a clip of CREMA-D or TESS (6.6 and 8.5 dB, 0.32
# and 0.35), by the same measure in all clips: two windows are alike or not, whatever the others are.
LEVEL_CALIPER_DB = 4.0
VOICING_CALIPER = 0.15  # two of a window's 15 descriptor frames
KEY = ["clip_id", "fold", "seed", "target_kind"]
REGIONS = pd.CategoricalDtype(["energy", "full", "matched", "paired", "random", "salient"])


def grid(window: int, speech: tuple[int, int], n_total: int, inside_speech: bool) -> np.ndarray:
    """Candidate windows of a map, as frames.

    Parameters
    ----------
    window : int
        Frames per window.
    speech : tuple of int
        First frame of speech and the frame after its last.
    n_total : int
        Frames of the map, with margin and padding.
    inside_speech : bool
        True: whole windows from the first frame of speech on, within it. False: windows over the
        whole map, padding included; the last may be short (as published).

    Returns
    -------
    numpy.ndarray of int, shape (n_windows, 2)
        First frame and the frame after the last.
    """
    first, end = speech if inside_speech else (0, n_total)
    count = (end - first) // window if inside_speech else math.ceil(n_total / window)
    starts = first + np.arange(count) * window
    return np.column_stack([starts, np.minimum(starts + window, n_total)])


def grid_of(clip, settings: dict) -> np.ndarray:
    """`grid` of a row of the table `spectrograms`, by the `segments` block of a protocol."""
    # a row of mixed columns may hold whole numbers as floats
    speech = (int(clip["speech_start_frame"]), int(clip["speech_end_frame"]))
    return grid(settings["window_frames"], speech, int(clip["n_total"]), settings["inside_speech"])


def window_sums(values: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Sum of `values`, shape (n_mels, n_total), over all bands and each window's frames."""
    per_frame = values.sum(axis=0, dtype=np.float64)
    return np.array([per_frame[start:end].sum() for start, end in windows])


def window_scores(
    saliency: np.ndarray,
    window: int,
    speech: tuple[int, int],
    inside_speech: bool,
    positive_only: bool,
) -> np.ndarray:
    """Relevance of every candidate window.

    Parameters
    ----------
    saliency : numpy.ndarray, shape (n_mels, n_total)
        Signed relevance.
    window, speech, inside_speech
        As in `grid`.
    positive_only : bool
        True: sum of the positive relevance. False, as published: cells below the mean of the
        whole map count as zero, the others with their sign.

    Returns
    -------
    numpy.ndarray of float64, shape (n_windows,)
    """
    windows = grid(window, speech, saliency.shape[1], inside_speech)
    return score(saliency, windows, positive_only)


def score(saliency: np.ndarray, windows: np.ndarray, positive_only: bool) -> np.ndarray:
    """Relevance of windows, shape (n_windows, 2) in frames; other parameters as `window_scores`."""
    threshold = 0.0 if positive_only else saliency.mean(dtype=np.float64)
    return window_sums(np.where(saliency < threshold, 0.0, saliency), windows)


def top_k(scores: np.ndarray, k: int, positive_only: bool) -> np.ndarray:
    """Indices of the `k` highest scores, highest first; equal scores in order of time.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n_windows,)
    k : int
        At most so many are returned.
    positive_only : bool
        Scores must be above zero.
    """
    # machines differ in a sum's last bits, which must not swap windows of equal relevance
    rounded = significant(scores, RANKED_DIGITS)
    order = np.argsort(-rounded, kind="stable")
    if positive_only:
        order = order[rounded[order] > 0]
    return order[:k]


def significant(values: np.ndarray, digits: int) -> np.ndarray:
    """`values` rounded to `digits` significant decimal digits."""
    return np.array([float(f"{value:.{digits - 1}e}") for value in values])


def generator(seed: int, clip_id: str) -> np.random.Generator:
    """Random numbers of one clip, independent of every other clip and of their order."""
    digest = hashlib.blake2b(f"{seed}/{clip_id}".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def random_windows(n_windows: int, count: int, draws: int, seed: int, clip_id: str) -> np.ndarray:
    """Draw windows without replacement, every candidate with the same chance.

    All candidates take part, the salient ones too: a random region says what a window drawn
    blindly would give. Windows of one draw are distinct and in order of time.

    Returns
    -------
    numpy.ndarray of int, shape (draws, count)
        Window indices.
    """
    keys = generator(seed, clip_id).random((draws, n_windows))
    return np.sort(np.argsort(keys, axis=1, kind="stable")[:, :count], axis=1)


def find_mates(chosen: np.ndarray, level: np.ndarray, voicing: np.ndarray) -> np.ndarray:
    """Two mates of each chosen window: one no louder, one no softer, both within the calipers.

    Pair matching without replacement within calipers (Cochran & Rubin 1973; Rosenbaum & Rubin 1985;
    Austin 2011). A nearest window alone would be softer than a chosen one more often than not, as
    chosen windows tend to be loud, and calipers bound that bias without removing it. With one mate
    on either side it can be weighed away (`matched_windows`). A window that is louder than all
    others has no mate: there is nothing to compare it with.

    Parameters
    ----------
    chosen : numpy.ndarray of int, shape (k,)
        Indices of the chosen windows; the first ones choose first. None of them is a mate.
    level : numpy.ndarray, shape (n_windows,)
        dB; mates differ by `LEVEL_CALIPER_DB` at most.
    voicing : numpy.ndarray, shape (n_windows,)
        Share of voiced frames; mates differ by `VOICING_CALIPER` at most.

    Returns
    -------
    numpy.ndarray of int, shape (n_paired, 3)
        A chosen window, its nearest mate that is no louder and its nearest that is no softer, by
        level and voicing in calipers. The two are the same window where one is just as loud. No
        mate is shared, so chosen windows without two of their own have no row.
    """
    free = np.setdiff1d(np.arange(len(level)), chosen)
    found = []
    for window in chosen:
        # rounded, so that a difference of just one caliper is within it on every machine
        louder_by = np.round(level[free] - level[window], 6)
        apart = np.round(np.abs(voicing[free] - voicing[window]), 6)
        alike = (np.abs(louder_by) <= LEVEL_CALIPER_DB) & (apart <= VOICING_CALIPER)
        distance = np.hypot(louder_by / LEVEL_CALIPER_DB, apart / VOICING_CALIPER)
        sides = [alike & (louder_by <= 0), alike & (louder_by >= 0)]
        if all(side.any() for side in sides):
            mates = [free[np.argmin(np.where(side, distance, np.inf))] for side in sides]
            found.append([window, *mates])
            free = np.setdiff1d(free, mates)
    return np.array(found, dtype=int).reshape(-1, 3)


def matched_windows(
    mates: np.ndarray, level: np.ndarray, draws: int, seed: int, clip_id: str
) -> np.ndarray:
    """Draw one of the two mates of each paired window, such that on average both are as loud.

    Parameters
    ----------
    mates : numpy.ndarray of int, shape (n_paired, 3)
        From `find_mates`.
    level : numpy.ndarray, shape (n_windows,)
        dB. The nearer mate is drawn the more often: the expected level is that of the paired window.
    draws, seed, clip_id
        As in `random_windows`.

    Returns
    -------
    numpy.ndarray of int, shape (draws, n_paired)
        Window indices, distinct within a draw and in the order of the paired windows.
    """
    own, softer, louder = level[mates.T]
    between = louder - softer
    chance = np.divide(own - softer, between, out=np.zeros(len(mates)), where=between > 0)
    drawn = generator(seed, f"{clip_id}/matched").random((draws, len(mates))) < chance
    return np.where(drawn, mates[:, 2], mates[:, 1])


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


def seconds(windows: np.ndarray, start_s: float, step_s: float, keep_offset: bool) -> np.ndarray:
    """Seconds of the original file at the edges of windows, rounded to 1 µs.

    Parameters
    ----------
    windows : numpy.ndarray of int
        Frames, any shape.
    start_s, step_s : float
        s of the original file: at frame 0, and from frame to frame.
    keep_offset : bool
        False, as published: frame 0 is taken to lie at 0 s and frames to be 15 ms apart.
    """
    if not keep_offset:
        start_s, step_s = 0.0, published.STEP_S
    # rounded, so that an edge and the centre of a descriptor frame compare alike everywhere
    return np.round(frame_to_second(windows, start_s, step_s), 6)


def build(
    saliency: np.ndarray,
    log_mel: np.ndarray,
    speech: tuple[int, int],
    clip_id: str,
    settings: dict,
    draws: int,
    seed: int,
    voicing: Callable[[np.ndarray], np.ndarray] | None = None,
) -> pd.DataFrame:
    """Windows of the regions salient, energy, random, paired and matched of one map.

    Parameters
    ----------
    saliency, log_mel : numpy.ndarray, shape (n_mels, n_total)
        Relevance, and the spectrogram in dB.
    speech : tuple of int
        First frame of speech and the frame after its last.
    clip_id : str
        Its random draws depend on it and on `seed` alone.
    settings : dict
        `segments` block of a protocol: window_frames, k, positive_only, inside_speech.
    draws : int
        Draws of the regions random and matched.
    seed : int
        Seed of the draws.
    voicing : callable, optional
        From windows in frames to the voiced share of each, which matched windows share with the
        paired ones beside their level; without it they share the level.

    Returns
    -------
    pandas.DataFrame
        Columns region, draw, rank, start, end (frames) and score, regions in alphabetical order.
        Energy and each random draw have as many windows as salient. Paired are the salient windows
        that have mates; in each draw of matched, the window of a rank is a mate of the paired one
        of that rank. Without a row: no window qualifies as salient.

    Raises
    ------
    ValueError
        The map holds values that are not finite.
    """
    if not np.isfinite(saliency).all():
        raise ValueError(f"the saliency map of {clip_id} holds values that are not finite")
    window, inside = settings["window_frames"], settings["inside_speech"]
    positive = settings["positive_only"]
    windows = grid(window, speech, saliency.shape[1], inside)
    scores = window_scores(saliency, window, speech, inside, positive)
    salient = top_k(scores, settings["k"], positive)
    power = window_sums(10 ** (log_mel.astype(np.float64) / 10), windows)
    loudest = top_k(power, len(salient), positive_only=False)
    drawn = random_windows(len(windows), len(salient), draws, seed, clip_id)
    level = 10 * np.log10(np.maximum(power, FLOOR))
    voiced = np.zeros(len(windows)) if voicing is None else voicing(windows)
    mates = find_mates(salient, level, voiced)
    alike = matched_windows(mates, level, draws, seed, clip_id)
    blocks = [
        _block("energy", windows[loudest], power[loudest]),
        _block("matched", windows[alike.ravel()], np.nan, draws),
        _block("paired", windows[mates[:, 0]], scores[mates[:, 0]]),
        _block("random", windows[drawn.ravel()], np.nan, draws),
        _block("salient", windows[salient], scores[salient]),
    ]
    return pd.concat(blocks, ignore_index=True)


def _block(region: str, windows: np.ndarray, scores, draws: int = 1) -> pd.DataFrame:
    """Rows of one region; `windows`, shape (n, 2), holds all draws one after the other."""
    each = len(windows) // draws if draws else 0
    return pd.DataFrame(
        {
            "region": pd.Categorical([region], dtype=REGIONS).repeat(len(windows)),
            "draw": np.repeat(np.arange(draws), each),
            "rank": np.tile(np.arange(1, each + 1), draws),
            "start": windows[:, 0],
            "end": windows[:, 1],
            "score": scores,
        }
    )


def full(speech_start_s: float, speech_end_s: float, kind: str) -> np.ndarray:
    """Seconds of the region `full`, shape (n, 2).

    Parameters
    ----------
    speech_start_s, speech_end_s : float
        s, the analysed speech.
    kind : {'speech', 'fixed'}
        'speech': all of it, one segment. 'fixed', as published: 14 windows of 0.15 s from 0 s of
        the file, whether the clip is so long or not.
    """
    if kind == "speech":
        return np.round([[speech_start_s, speech_end_s]], 6)
    if kind == "fixed":
        edges = np.round(np.arange(published.FIXED_WINDOWS + 1) * published.FIXED_WINDOW_S, 6)
        return np.column_stack([edges[:-1], edges[1:]])
    raise ValueError(f"unknown kind of full region: {kind}")


def extract(
    saliency: pd.DataFrame,
    spectrograms: pd.DataFrame,
    settings: dict,
    draws: int,
    seed: int,
    keep_offset: bool = True,
    full_kind: str = "speech",
    descriptors: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Table `segments` of many saliency maps.

    Parameters
    ----------
    saliency, spectrograms : pandas.DataFrame
        Tables of these names.
    settings : dict
        `segments` block of a protocol.
    draws, seed : int
        Draws of the regions random and matched, and their seed.
    keep_offset : bool
        As in `seconds`.
    full_kind : {'speech', 'fixed'}
        As in `full`.
    descriptors : pandas.DataFrame, optional
        Columns clip_id, time_s and voiced of the table `descriptors`, for the region matched.

    Returns
    -------
    pandas.DataFrame
        Table `segments`. A map without a qualifying window has no rows, and is logged.

    Raises
    ------
    ValueError
        A clip of `saliency` is not in `spectrograms`, or their sizes differ.
    """
    by_clip = spectrograms.set_index("clip_id")
    if missing := set(saliency["clip_id"]) - set(by_clip.index):
        raise ValueError(f"no spectrogram of {sorted(missing)[0]}")
    voices = None if descriptors is None else dict(list(descriptors.groupby("clip_id")))
    keys, parts, skipped, windows = [], [], Counter(), Counter()
    for row in saliency.itertuples():
        clip = by_clip.loc[row.clip_id]
        shape = (row.n_mels, row.n_total)
        if (clip["n_mels"], clip["n_total"]) != shape:
            raise ValueError(f"map and spectrogram of {row.clip_id} differ in size")
        relevance, log_mel = np.reshape(row.map, shape), np.reshape(clip["log_mel"], shape)
        speech = (clip["speech_start_frame"], clip["speech_end_frame"])
        place = (clip["start_s"], clip["frame_step_s"])
        voicing = None if voices is None else partial(_voicing, voices.get(row.clip_id), *place)
        rows = build(relevance, log_mel, speech, row.clip_id, settings, draws, seed, voicing)
        if rows.empty:
            short = settings["inside_speech"] and np.diff(speech)[0] < settings["window_frames"]
            reason = "shorter than one window" if short else "no positive relevance in any window"
            skipped[reason] += 1
            log.warning("%s has no segment: %s", row.clip_id, reason)
            continue
        spans = seconds(rows[["start", "end"]].to_numpy(), *place, keep_offset)
        rows[["start_s", "end_s"]] = spans
        whole = _block("full", full(*clip[["speech_start_s", "speech_end_s"]], full_kind), np.nan)
        whole = whole.rename(columns={"start": "start_s", "end": "end_s"})
        before = int((rows["region"] == "energy").sum())
        rows = pd.concat([rows[:before], whole, rows[before:]], ignore_index=True)
        windows.update(rows["region"])
        windows["maps"] += (rows["region"] == "paired").any()
        keys.append([getattr(row, name) for name in KEY])
        parts.append(rows)
    counts = "".join(f", {count} {reason}" for reason, count in sorted(skipped.items()))
    log.info("maps: %d in, %d with segments%s", len(saliency), len(parts), counts)
    paired = (windows["salient"], windows["paired"], windows["maps"])
    log.info("salient windows: %d, %d of them with mates, in %d maps", *paired)
    if not parts:
        return tables.empty("segments")
    rows = pd.concat(parts, ignore_index=True).astype({"region": "str"})
    of_map = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    keys = pd.DataFrame(keys, columns=KEY).iloc[of_map].reset_index(drop=True)
    return pd.concat([keys, rows], axis=1)[tables.columns("segments")]


def _voicing(rows: pd.DataFrame | None, start_s: float, step_s: float, windows) -> np.ndarray:
    """Voiced share of windows in frames; 0 for a clip without descriptors."""
    if rows is None:
        return np.zeros(len(windows))
    spans = seconds(windows, start_s, step_s, keep_offset=True)
    return voicing_of(spans, rows["time_s"].to_numpy(), rows["voiced"].to_numpy())


def snippet_name(clip_id: str, fold: int, seed: int, target_kind: str, rank: int) -> str:
    """File name of a snippet that every file system takes, unique in its clip_id."""
    stem = re.sub(r"[^A-Za-z0-9._~-]", "_", clip_id)
    if stem != clip_id:
        # two clip_ids may differ in the replaced characters alone
        stem += "-" + hashlib.blake2b(clip_id.encode(), digest_size=4).hexdigest()
    return f"{stem}_fold{fold}_seed{seed}_{target_kind}_{rank}.wav"


def write_snippets(segments: pd.DataFrame, paths: dict[str, str], folder: Path) -> pd.DataFrame:
    """Write each segment as WAV (16 bit, mono, the rate of its file).

    Parameters
    ----------
    segments : pandas.DataFrame
        Rows of table `segments`, of one region and draw.
    paths : dict
        File of each clip_id.
    folder : pathlib.Path
        Where the snippets go.

    Returns
    -------
    pandas.DataFrame
        The segments written, with their `file` name. A segment is cut at the ends of its
        recording; one that lies past them has no snippet and no row.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = pd.Series(index=segments.index, dtype=object, name="file")
    clips = segments.groupby("clip_id", sort=True)
    for clip_id, rows in tqdm(clips, unit="clip", mininterval=5):
        samples, rate = audio.read(paths[clip_id])
        for row in rows.itertuples():
            piece = samples[round(row.start_s * rate) : round(row.end_s * rate)]
            if len(piece):
                name = snippet_name(clip_id, row.fold, row.seed, row.target_kind, row.rank)
                audio.write(piece, rate, folder / name)
                files[row.Index] = name
    return segments.assign(file=files).dropna(subset="file")
