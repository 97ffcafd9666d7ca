"""How much of a method's segments lies where the synthetic corpus carries its emotion."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sercues.audio.spectrograms import frame_to_second
from sercues.core import render, tables
from sercues.core.names import KEY, REGIONS
from sercues.core.render import Page, Table
from sercues.segments.windows import grid_of, score, top_k
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import NO_INTERVAL, Estimate, Resampling
from sercues.stats.level import FLIPS, INTERVAL

# columns of the spectrograms that `point` needs
PLACES = ["clip_id", "n_total", "start_s", "speech_start_frame", "speech_end_frame", "frame_step_s"]
FAMILY = ["corpus", "protocol", "target"]  # of q in `pointing`: methods × measures
MEASURES = ("auc", "pointing")
BEYOND = ("beyond", "beyond_low", "beyond_high")
DELTA = ("delta_random", "delta_random_low", "delta_random_high")
SEGMENT_COLUMNS = [*KEY, "region", "draw", "start_s", "end_s"]


def on_planted(chosen: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Share of the segments' time in the planted interval, per map.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Table `segments`; the columns `SEGMENT_COLUMNS` are enough.
    truth : pandas.DataFrame
        Table `truth`. Its clips without a planted cue (neutral ones) are left out.

    Returns
    -------
    pandas.DataFrame
        One row per map (clip_id, fold, seed, target), one column per region: the seconds of its
        segments in the interval over all their seconds, summed over draws.
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
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `localisation` of one corpus, protocol and method.

    Parameters
    ----------
    chosen, truth
        As in `on_planted`.
    manifest : pandas.DataFrame
        Table `manifest`, for the speakers.
    resampling : Resampling
        Bootstrap over speakers.

    Returns
    -------
    pandas.DataFrame
        Mean over clips per explained class and region, and its difference from the random region
        of the same clips. A clip explained by several models enters once, as their mean.
    """
    rows = []
    for target, maps in on_planted(chosen, truth).groupby("target"):
        clips = maps.groupby("clip_id").mean()
        for region in [name for name in REGIONS if name in clips]:
            shares = clips[[region]]
            mean = bootstrap.means_of_clips(shares, manifest, resampling)[0]
            beyond = shares.sub(clips["random"], axis=0)
            delta = bootstrap.means_of_clips(beyond, manifest, resampling)[0]
            if region == "random":
                delta = Estimate(np.nan, np.nan, np.nan, 0, 0)
            rows.append(
                {"target": target, "region": region}
                | dict(zip(DELTA, delta[:3], strict=True))
                | mean.columns()
            )
    return tables.of_rows(rows, "localisation")


def point(
    maps: pd.DataFrame, spectrograms: pd.DataFrame, truth: pd.DataFrame, windows: dict
) -> pd.DataFrame:
    """How well the windows' scores separate those on the planted interval from the others.

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
        is planted scores higher than another one, ties counting half; `pointing`: whether the
        middle of the best window is planted; `pointing_chance`: share of planted windows. Maps
        whose windows are all planted, or none, are left out.
    """
    grids = {row.clip_id: grid_of(row._asdict(), windows) for row in spectrograms.itertuples()}

    def scored():
        for row in maps.itertuples():
            relevance = np.reshape(row.map, (row.n_mels, row.n_total))
            yield row, score(relevance, grids[row.clip_id], windows["positive_only"])

    return point_scores(scored(), spectrograms, truth, windows)


def point_scores(
    scored: Iterable[tuple], spectrograms: pd.DataFrame, truth: pd.DataFrame, windows: dict
) -> pd.DataFrame:
    """`point` for scores of windows, whatever made them.

    Parameters
    ----------
    scored : iterable of (row, array)
        Something with the attributes `KEY`, and the scores of the clip's windows.
    spectrograms, truth, windows
        As in `point`.
    """
    planted = truth[truth["cue"] != "none"].drop_duplicates("clip_id").set_index("clip_id")
    clips = spectrograms.set_index("clip_id")
    rows = []
    for row, scores in scored:
        if row.clip_id not in planted.index:
            continue
        clip, interval = clips.loc[row.clip_id], planted.loc[row.clip_id]
        grid = grid_of(clip, windows)
        middle = frame_to_second(grid.mean(axis=1), clip["start_s"], clip["frame_step_s"])
        inside = (middle >= interval["start_s"]) & (middle < interval["end_s"])
        if inside.all() or not inside.any():
            continue
        best = top_k(scores, 1, positive_only=False)[0]
        above = permutation.dominance(scores[inside], scores[~inside]).mean()
        rows.append(
            {name: getattr(row, name) for name in KEY}
            | {"auc": (1 + above) / 2, "pointing": float(inside[best])}
            | {"pointing_chance": inside.mean()}
        )
    return pd.DataFrame(rows, columns=[*KEY, "auc", "pointing", "pointing_chance"])


def pointing_table(
    pointed: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
    trivial: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Table `pointing` of one corpus, protocol and method: means over clips against chance.

    Without q, whose family spans all methods (see `FAMILY`).

    Parameters
    ----------
    pointed : pandas.DataFrame
        From `point`.
    manifest, resampling
        As in `localisation_table`; `resampling` serves the sign flips, too.
    trivial : pandas.DataFrame, optional
        From `point_scores`, of choices made without a network; the difference from them on the same
        maps is `beyond`.
    """
    rows = []
    if trivial is not None:
        of_trivial = trivial.set_index(KEY)[list(MEASURES)].add_prefix("trivial_")
        pointed = pointed.join(of_trivial, on=KEY)
    for target, of_target in pointed.groupby("target"):
        clips = of_target.drop(columns=KEY[:2]).groupby("clip_id").mean(numeric_only=True)
        speakers = bootstrap.speakers_of(clips.index.to_series(), manifest)
        by_chance = {"auc": np.full(len(clips), 0.5), "pointing": clips["pointing_chance"]}
        for measure, chance in by_chance.items():
            values = clips[[measure]].to_numpy()
            mean = bootstrap.means(values, speakers, resampling)[0]
            above = values - np.asarray(chance)[:, None]
            beyond = Estimate(np.nan, np.nan, np.nan, 0, 0)
            if trivial is not None:
                more = values - clips[[f"trivial_{measure}"]].to_numpy()
                beyond = bootstrap.means(more, speakers, resampling)[0]
            rows.append(
                {"target": target, "measure": measure}
                | {"chance": float(np.mean(chance))}
                | {"p": permutation.sign_flip(above, speakers, resampling)[0]}
                | dict(zip(BEYOND, beyond[:3], strict=True))
                | mean.columns()
            )
    return tables.of_rows(rows, "pointing")


CAPTION = (
    "Share of the segments' time that lies in the interval where the embedded (synthetic) corpus "
    f"carries its emotion, per cent: mean over clips [{INTERVAL}]; "
    f"† {NO_INTERVAL}. Regions: salient, what the method points at; energy, the loudest "
    "windows; rest, those the method does not choose; random, windows drawn blindly; paired, salient windows with controls in the clip, others of "
    "like level and voicing, and control, these controls; full, all speech."
)
HEAD = ["corpus", "protocol", "method", "region", "on the planted interval", "minus random"]
HEAD += ["clips (speakers)"]
POINTING_CAPTION = (
    "All windows, scored by the method: chance that one on the planted interval scores higher than "
    "another (area under the ROC curve), and share of clips whose best window is on it (pointing "
    f"game), per cent: mean over clips [{INTERVAL}]; "
    f"† {NO_INTERVAL}; p: difference from chance, {FLIPS}; q: false discovery rate "
    "over methods and measures. Trivial pickers know no network: loudest, softest, most_voiced (share of voiced frames) "
    "and highest_pitch windows first, and best_of_emotion, whichever of them finds the most planted windows of the emotion, "
    "chosen by the truth. Beyond: the method minus best_of_emotion, on the same clips; a method that is not above has "
    "found nothing that a plain acoustic measure would not."
)
POINTING_HEAD = ["corpus", "protocol", "method", "measure", "value", "beyond", "chance", "p", "q"]
POINTING_HEAD += ["clips (speakers)"]


def page(table: pd.DataFrame, pointing: pd.DataFrame, recovery: Sequence[Table]) -> Page:
    """Page of the tables `localisation` and `pointing`, in per cent.

    Parameters
    ----------
    table, pointing : pandas.DataFrame
        From `localisation_table` and, with q, `pointing_table`.
    recovery : sequence of render.Table
        Tables below them, from `recovery.shown`.
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
        delta = [getattr(row, name) for name in DELTA]
        cells = [render.cell(*(100 * value for value in values), 1) for values in (share, delta)]
        texts = [row.corpus, row.protocol, render.method(row.method, row.target), row.region]
        rows.append([*texts, *cells, render.clips(row.n_clips, row.n_speakers)])
    return rows


def _pointing_rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells of the table `pointing`."""
    rows = []
    for row in table.itertuples():
        measure = "area under ROC" if row.measure == "auc" else "pointing game"
        value = render.cell(100 * row.value, 100 * row.ci_low, 100 * row.ci_high, 1)
        beyond = render.cell(*(100 * getattr(row, name) for name in BEYOND), 1)
        texts = [row.corpus, row.protocol, render.method(row.method, row.target), measure]
        tested = [render.probability(row.p), render.probability(row.q)]
        clips = render.clips(row.n_clips, row.n_speakers)
        rows.append([*texts, value, beyond, render.percent(row.chance), *tested, clips])
    return rows
