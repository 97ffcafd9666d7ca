"""How much of what a method points at is where the embedded corpus carries its emotion."""

import numpy as np
import pandas as pd

from sercues import statistics, tables

KEY = ["clip_id", "fold", "seed", "target_kind"]
REGIONS = ("salient", "energy", "matched", "random", "full")
SEGMENT_COLUMNS = [*KEY, "region", "draw", "start_s", "end_s"]


def on_planted(segments: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Share of the segments' time that lies in the planted interval, map by map.

    Parameters
    ----------
    segments : pandas.DataFrame
        Table `segments`; the columns `SEGMENT_COLUMNS` are enough.
    truth : pandas.DataFrame
        Table `truth`. Its clips without a planted cue (neutral ones) are left out.

    Returns
    -------
    pandas.DataFrame
        One row per map (clip_id, fold, seed, target_kind), one column per region: the seconds of
        its segments in the interval over all their seconds, over all draws together.
    """
    planted = truth[truth["cue"] != "none"].drop_duplicates("clip_id")
    planted = planted.rename(columns={"start_s": "first_s", "end_s": "last_s"})
    rows = segments[SEGMENT_COLUMNS].merge(planted[["clip_id", "first_s", "last_s"]], on="clip_id")
    inside = rows[["end_s", "last_s"]].min(axis=1) - rows[["start_s", "first_s"]].max(axis=1)
    rows = rows.assign(inside_s=inside.clip(lower=0), length_s=rows["end_s"] - rows["start_s"])
    rows = rows.sort_values([*KEY, "region", "draw", "start_s"])
    seconds = rows.groupby([*KEY, "region"])[["inside_s", "length_s"]].sum()
    return (seconds["inside_s"] / seconds["length_s"]).unstack("region")


def localisation_table(
    segments: pd.DataFrame,
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
    segments, truth
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
    for target_kind, maps in on_planted(segments, truth).groupby("target_kind"):
        clips = maps.groupby("clip_id").mean()
        speakers = statistics.speakers_of(clips.index.to_series(), manifest)
        baseline = clips[["random"]].to_numpy()
        for region in [name for name in REGIONS if name in clips]:
            values = clips[[region]].to_numpy()
            mean = statistics.means(values, speakers, draws, seed)[0]
            delta = statistics.paired_differences(values, baseline, speakers, draws, seed)[0]
            if region == "random":
                delta = statistics.Estimate(np.nan, np.nan, np.nan, 0, 0)
            rows.append(
                {
                    "corpus": corpus,
                    "protocol": protocol,
                    "method": method,
                    "target_kind": target_kind,
                    "region": region,
                    "value": mean.value,
                    "ci_low": mean.low,
                    "ci_high": mean.high,
                    "delta_random": delta.value,
                    "delta_random_low": delta.low,
                    "delta_random_high": delta.high,
                    "n_clips": mean.n_clips,
                    "n_speakers": mean.n_speakers,
                }
            )
    return pd.DataFrame(rows, columns=tables.columns("localisation"))
