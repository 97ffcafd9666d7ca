"""From a saliency map to segments: windows, the top k, baseline regions, seconds, snippets.

Windows are a grid without overlap over the speech or, as published, over the whole map. The `segments`
block of the protocol sets how they are scored and chosen; the published rule is that of arXiv
2511.11691 and its code.
"""

import logging
from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from sercues.audio.signal import FLOOR
from sercues.core import tables
from sercues.core.names import KEY, REGIONS
from sercues.core.paper import FIXED_WINDOW_S, FIXED_WINDOWS
from sercues.segments import matching
from sercues.segments.windows import grid, score, seconds, top_k, window_sums

log = logging.getLogger(__name__)
REGION = pd.CategoricalDtype(sorted(REGIONS))


def random_windows(n_windows: int, count: int, draws: int, seed: int, clip_id: str) -> np.ndarray:
    """Draw windows without replacement, all with the same chance, the salient ones included.

    Windows of one draw are distinct and in order of time.

    Returns
    -------
    numpy.ndarray of int, shape (draws, count)
        Window indices.
    """
    keys = matching.generator(seed, clip_id).random((draws, n_windows))
    return np.sort(np.argsort(keys, axis=1, kind="stable")[:, :count], axis=1)


def build(
    saliency: np.ndarray,
    log_mel: np.ndarray,
    speech: tuple[int, int],
    clip_id: str,
    settings: dict,
    draws: int,
    seed: int,
    voicing: Callable[[np.ndarray], np.ndarray],
) -> pd.DataFrame:
    """Windows of the regions of one map: salient, rest, loudest, random, salient_matched and control.

    Parameters
    ----------
    saliency, log_mel : numpy.ndarray, shape (n_mels, n_total)
        Relevance, and the spectrogram in dB.
    speech : tuple of int
        First frame of speech and the frame after its last.
    clip_id : str
        The draws depend only on it and on `seed`.
    settings : dict
        `segments` block of a protocol: window_frames, k, positive_only, inside_speech.
    draws : int
        Draws of the regions random and control.
    seed : int
        Seed of the draws.
    voicing : callable
        Voiced share of windows in frames, on which control windows are matched, besides level.

    Returns
    -------
    pandas.DataFrame
        Columns region, draw, rank, start, end (frames), score and net_score, regions in alphabetical order.
        Loudest and each random draw have as many windows as salient; rest has all others of the clip,
        in order of time, so none if all are salient. In each draw of control, the
        window of a rank is a control of the salient_matched one of that rank. No rows if no window
        qualifies as salient.

    Raises
    ------
    ValueError
        The map has values that are not finite.
    """
    if not np.isfinite(saliency).all():
        raise ValueError(f"the saliency map of {clip_id} holds values that are not finite")
    window, inside = settings["window_frames"], settings["inside_speech"]
    positive = settings["positive_only"]
    windows = grid(window, speech, saliency.shape[1], inside)
    scores = score(saliency, windows, positive)
    salient = top_k(scores, settings["k"], positive)
    power = window_sums(10 ** (log_mel.astype(np.float64) / 10), windows)
    loudest = top_k(power, len(salient), positive_only=False)
    rest = np.setdiff1d(np.arange(len(windows)), salient)
    # a map without salient windows has no regions at all
    rest = rest if len(salient) else rest[:0]
    drawn = random_windows(len(windows), len(salient), draws, seed, clip_id)
    level = 10 * np.log10(np.maximum(power, FLOOR))
    net = window_sums(saliency, windows)
    controls = matching.find_controls(salient, level, voicing(windows))
    alike = matching.draw_controls(controls, level, draws, seed, clip_id)
    blocks = [
        _block("loudest", windows[loudest], power[loudest]),
        _block("control", windows[alike.ravel()], np.nan, draws),
        _block("salient_matched", windows[controls[:, 0]], scores[controls[:, 0]]),
        _block("random", windows[drawn.ravel()], np.nan, draws),
        _block("rest", windows[rest], scores[rest]),
        _block("salient", windows[salient], scores[salient]).assign(net_score=net[salient]),
    ]
    return pd.concat(blocks, ignore_index=True)


def _block(region: str, windows: np.ndarray, scores, draws: int = 1) -> pd.DataFrame:
    """Rows of one region; `windows`, shape (n, 2), are those of all draws in order."""
    each = len(windows) // draws if draws else 0
    return pd.DataFrame(
        {
            "region": pd.Categorical([region], dtype=REGION).repeat(len(windows)),
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
        'speech': all of it, one segment. 'fixed', as published: 14 windows of 0.15 s from the start
        of the file, whatever the length of the clip.
    """
    if kind == "speech":
        return np.round([[speech_start_s, speech_end_s]], 6)
    if kind == "fixed":
        edges = np.round(np.arange(FIXED_WINDOWS + 1) * FIXED_WINDOW_S, 6)
        return np.column_stack([edges[:-1], edges[1:]])
    raise ValueError(f"unknown kind of full region: {kind}")


def extract(
    saliency: pd.DataFrame,
    spectrograms: pd.DataFrame,
    settings: dict,
    draws: int,
    seed: int,
    keep_offset: bool,
    full_kind: str,
    descriptors: pd.DataFrame,
) -> pd.DataFrame:
    """Table `segments` of many saliency maps.

    Parameters
    ----------
    saliency, spectrograms : pandas.DataFrame
        Tables of these names.
    settings : dict
        `segments` block of a protocol.
    draws, seed : int
        Draws of the regions random and control, and their seed.
    keep_offset : bool
        As in `seconds`.
    full_kind : {'speech', 'fixed'}
        As in `full`.
    descriptors : pandas.DataFrame
        Columns clip_id, time_s and voiced of the table `descriptors`, for the region control.

    Returns
    -------
    pandas.DataFrame
        Table `segments`. Maps without a qualifying window have no rows and are logged.

    Raises
    ------
    ValueError
        A clip of `saliency` is not in `spectrograms`, or their sizes differ.
    """
    by_clip = spectrograms.set_index("clip_id")
    if missing := set(saliency["clip_id"]) - set(by_clip.index):
        raise ValueError(f"no spectrogram of {sorted(missing)[0]}")
    voices = dict(list(descriptors.groupby("clip_id")))
    keys, parts, skipped, windows = [], [], Counter(), Counter()
    for row in saliency.itertuples():
        clip = by_clip.loc[row.clip_id]
        shape = (row.n_mels, row.n_total)
        if (clip["n_mels"], clip["n_total"]) != shape:
            raise ValueError(f"map and spectrogram of {row.clip_id} differ in size")
        relevance, log_mel = np.reshape(row.map, shape), np.reshape(clip["log_mel"], shape)
        speech = (clip["speech_start_frame"], clip["speech_end_frame"])
        origin = (clip["start_s"], clip["frame_step_s"])
        voicing = partial(_voicing, voices.get(row.clip_id), *origin)
        rows = build(relevance, log_mel, speech, row.clip_id, settings, draws, seed, voicing)
        if rows.empty:
            short = settings["inside_speech"] and np.diff(speech)[0] < settings["window_frames"]
            reason = "shorter than one window" if short else "no positive relevance in any window"
            skipped[reason] += 1
            log.warning("%s has no segment: %s", row.clip_id, reason)
            continue
        spans = seconds(rows[["start", "end"]].to_numpy(), *origin, keep_offset)
        rows[["start_s", "end_s"]] = spans
        whole = _block("full", full(*clip[["speech_start_s", "speech_end_s"]], full_kind), np.nan)
        whole = whole.rename(columns={"start": "start_s", "end": "end_s"})
        before = int((rows["region"] == "loudest").sum())
        rows = pd.concat([rows[:before], whole, rows[before:]], ignore_index=True)
        windows.update(rows["region"])
        windows["maps"] += (rows["region"] == "salient_matched").any()
        windows["without rest"] += not (rows["region"] == "rest").any()
        keys.append([getattr(row, name) for name in KEY])
        parts.append(rows)
    counts = "".join(f", {count} {reason}" for reason, count in sorted(skipped.items()))
    log.info("maps: %d in, %d with segments%s", len(saliency), len(parts), counts)
    paired = (windows["salient"], windows["salient_matched"], windows["maps"])
    log.info("salient windows: %d, %d of them with controls, in %d maps", *paired)
    log.info("maps without other windows (rest): %d", windows["without rest"])
    if not parts:
        return tables.empty("segments")
    rows = pd.concat(parts, ignore_index=True).astype({"region": "str"})
    of_map = np.repeat(np.arange(len(parts)), [len(table) for table in parts])
    keys = pd.DataFrame(keys, columns=KEY).iloc[of_map].reset_index(drop=True)
    return pd.concat([keys, rows], axis=1)[tables.columns("segments")]


def _voicing(rows: pd.DataFrame | None, start_s: float, step_s: float, windows) -> np.ndarray:
    """Voiced share of windows in frames; 0 for a clip without descriptors."""
    if rows is None:
        return np.zeros(len(windows))
    spans = seconds(windows, start_s, step_s, keep_offset=True)
    return matching.voicing_of(spans, rows["time_s"].to_numpy(), rows["voiced"].to_numpy())
