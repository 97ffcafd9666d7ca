"""How much of what a method points at is where the embedded corpus carries its emotion."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sercues.audio.spectrograms import frame_to_second
from sercues.core import render, tables
from sercues.core.names import KEY, REGIONS
from sercues.core.render import Page, Table
from sercues.segments.windows import grid_of, score, top_k
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import NO_INTERVAL, Estimate

# of spectrograms, for `point`
PLACES = ["clip_id", "n_total", "start_s", "speech_start_frame", "speech_end_frame", "frame_step_s"]
FAMILY = ["corpus", "protocol", "target"]  # of q in `pointing`: methods × measures
SEGMENT_COLUMNS = [*KEY, "region", "draw", "start_s", "end_s"]


def on_planted(chosen: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Share of the segments' time that lies in the planted interval, map by map.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Table `segments`; the columns `SEGMENT_COLUMNS` are enough.
    truth : pandas.DataFrame
        Table `truth`. Its clips without a planted cue (neutral ones) are left out.

    Returns
    -------
    pandas.DataFrame
        One row per map (clip_id, fold, seed, target), one column per region: the seconds of
        its segments in the interval over all their seconds, over all draws together.
    """
    planted = truth[truth["cue"] != "none"].drop_duplicates("clip_id")
    planted = planted.rename(columns={"start_s": "first_s", "end_s": "last_s"})
    rows = chosen[SEGMENT_COLUMNS].merge(planted[["clip_id", "first_s", "last_s"]], on="clip_id")
    inside = rows[["end_s", "last_s"]].min(axis=1) - rows[["start_s", "first_s"]].max(axis=1)
    rows = rows.assign(inside_s=inside.clip(lower=0), length_s=rows["end_s"] - rows["start_s"])
    rows = rows.sort_values([*KEY, "region", "draw", "start_s"])
    seconds = rows.groupby([*KEY, "region"])[["inside_s", "length_s"]].sum()
    return (seconds["inside_s"] / seconds["length_s"]).unstack("region")


def localisation_table(
    chosen: pd.DataFrame,
    truth: pd.DataFrame,
    manifest: pd.DataFrame,
    *,
    corpus: str,
    protocol: str,
    method: str,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Table `localisation` of one corpus, protocol and method.

    Parameters
    ----------
    chosen, truth
        As in `on_planted`.
    manifest : pandas.DataFrame
        Table `manifest`: who speaks each clip.
    corpus, protocol, method : str
        Written in every row.
    draws, seed : int
        Bootstrap over speakers.

    Returns
    -------
    pandas.DataFrame
        Per explained class and region: the mean over clips, and its difference from the random
        region of the same clips. A clip explained by several models counts once, by its average.
    """
    rows = []
    for target, maps in on_planted(chosen, truth).groupby("target"):
        clips = maps.groupby("clip_id").mean()
        speakers = bootstrap.speakers_of(clips.index.to_series(), manifest)
        baseline = clips[["random"]].to_numpy()
        for region in [name for name in REGIONS if name in clips]:
            values = clips[[region]].to_numpy()
            mean = bootstrap.means(values, speakers, draws, seed)[0]
            delta = bootstrap.means(values - baseline, speakers, draws, seed)[0]
            if region == "random":
                delta = Estimate(np.nan, np.nan, np.nan, 0, 0)
            rows.append(
                {
                    "corpus": corpus,
                    "protocol": protocol,
                    "method": method,
                    "target": target,
                    "region": region,
                    "delta_random": delta.value,
                    "delta_random_low": delta.low,
                    "delta_random_high": delta.high,
                }
                | mean.columns()
            )
    return pd.DataFrame(rows, columns=tables.columns("localisation"))


def point(
    maps: pd.DataFrame, spectrograms: pd.DataFrame, truth: pd.DataFrame, windows: dict
) -> pd.DataFrame:
    """How well the scores of all windows tell those on the planted interval from the others.

    Parameters
    ----------
    maps, spectrograms, truth : pandas.DataFrame
        Tables `saliency`, `spectrograms` and `truth`. Clips without a planted cue are left out.
    windows : dict
        The protocol's `segments` block.

    Returns
    -------
    pandas.DataFrame
        One row per map (clip_id, fold, seed, target). `auc`: chance that a window whose middle
        is planted scores higher than another one, equal scores by half; `pointing`: whether the
        middle of the best window is planted; `pointing_chance`: share of the windows that are. Maps
        whose windows are all planted, or none, are left out.
    """
    planted = truth[truth["cue"] != "none"].drop_duplicates("clip_id").set_index("clip_id")
    clips = spectrograms.set_index("clip_id")
    rows = []
    for row in maps.itertuples():
        if row.clip_id not in planted.index:
            continue
        clip, interval = clips.loc[row.clip_id], planted.loc[row.clip_id]
        grid = grid_of(clip, windows)
        middle = frame_to_second(grid.mean(axis=1), clip["start_s"], clip["frame_step_s"])
        inside = (middle >= interval["start_s"]) & (middle < interval["end_s"])
        if inside.all() or not inside.any():
            continue
        relevance = np.reshape(row.map, (row.n_mels, row.n_total))
        scores = score(relevance, grid, windows["positive_only"])
        best = top_k(scores, 1, positive_only=False)[0]
        above = permutation.dominance(scores[inside], scores[~inside]).mean()
        rows.append(
            {name: getattr(row, name) for name in KEY}
            | {"auc": (1 + above) / 2, "pointing": float(inside[best])}
            | {"pointing_chance": inside.mean()}
        )
    return pd.DataFrame(rows, columns=[*KEY, "auc", "pointing", "pointing_chance"])


def pointing_table(
    found: pd.DataFrame,
    manifest: pd.DataFrame,
    *,
    corpus: str,
    protocol: str,
    method: str,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Table `pointing` of one corpus, protocol and method: means over clips, against chance.

    It lacks q, as a family is all methods of one `FAMILY`.

    Parameters
    ----------
    found : pandas.DataFrame
        From `point`.
    manifest, corpus, protocol, method, draws, seed
        As in `localisation_table`; `seed` is that of the sign flips, too.
    """
    rows = []
    for target, part in found.groupby("target"):
        clips = part.groupby("clip_id")[["auc", "pointing", "pointing_chance"]].mean()
        speakers = bootstrap.speakers_of(clips.index.to_series(), manifest)
        by_chance = {"auc": np.full(len(clips), 0.5), "pointing": clips["pointing_chance"]}
        for measure, chance in by_chance.items():
            values = clips[[measure]].to_numpy()
            mean = bootstrap.means(values, speakers, draws, seed)[0]
            beyond = values - np.asarray(chance)[:, None]
            rows.append(
                {"corpus": corpus, "protocol": protocol, "method": method}
                | {"target": target, "measure": measure}
                | {"chance": float(np.mean(chance))}
                | {"p": permutation.sign_flip(beyond, speakers, draws, seed)[0]}
                | mean.columns()
            )
    columns = [name for name in tables.columns("pointing") if name != "q"]
    return pd.DataFrame(rows, columns=columns)


CAPTION = (
    "Share of the segments' time that lies in the interval where the embedded (synthetic) corpus "
    "carries its emotion, per cent: mean over clips [95 % interval, percentile bootstrap over "
    f"speakers]; † {NO_INTERVAL}. Regions: salient, what the method points at; energy, the loudest "
    "windows; random, windows drawn blindly; paired, salient windows with controls in the clip, others of "
    "like level and voicing, and control, these controls; full, all speech."
)
HEAD = ["corpus", "protocol", "method", "region", "on the planted interval", "minus random"]
HEAD += ["clips (speakers)"]
POINTING_CAPTION = (
    "All windows, scored by the method: chance that one on the planted interval scores higher than "
    "another (area under the ROC curve), and share of clips whose best window is on it (pointing "
    "game), per cent: mean over clips [95 % interval, percentile bootstrap over speakers]; "
    f"† {NO_INTERVAL}; p: difference from chance, sign flips over speakers; q: false discovery rate "
    "over methods and measures."
)
POINTING_HEAD = ["corpus", "protocol", "method", "measure", "value", "chance", "p", "q"]
POINTING_HEAD += ["clips (speakers)"]


def page(table: pd.DataFrame, pointing: pd.DataFrame, recovery: Sequence[Table]) -> Page:
    """The tables `localisation` and `pointing` for readers, in per cent.

    Parameters
    ----------
    table, pointing : pandas.DataFrame
        From `localisation_table` and, with q, `pointing_table`.
    recovery : sequence of render.Table
        What stands below them, from `recovery.shown`.
    """
    parts = [
        Table(CAPTION, HEAD, _rows(table), n_texts=4),
        Table(POINTING_CAPTION, POINTING_HEAD, _pointing_rows(pointing), n_texts=4),
    ]
    return Page("Localisation", [*parts, *recovery])


def _rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells of the table `localisation`."""
    rows = []
    for row in table.itertuples():
        share = (row.value, row.ci_low, row.ci_high)
        delta = (row.delta_random, row.delta_random_low, row.delta_random_high)
        cells = [render.cell(*(100 * value for value in values), 1) for values in (share, delta)]
        place = [row.corpus, row.protocol, render.method(row.method, row.target), row.region]
        rows.append([*place, *cells, render.clips(row.n_clips, row.n_speakers)])
    return rows


def _pointing_rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells of the table `pointing`."""
    rows = []
    for row in table.itertuples():
        measure = "area under ROC" if row.measure == "auc" else "pointing game"
        value = render.cell(100 * row.value, 100 * row.ci_low, 100 * row.ci_high, 1)
        place = [row.corpus, row.protocol, render.method(row.method, row.target), measure]
        tested = [render.probability(row.p), render.probability(row.q)]
        clips = render.clips(row.n_clips, row.n_speakers)
        rows.append([*place, value, render.percent(row.chance), *tested, clips])
    return rows
