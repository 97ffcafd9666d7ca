"""What a method costs: seconds and memory of its jobs, as measured by Snakemake.

Seconds differ from run to run, so they have a table of their own.
"""

import math

import numpy as np
import pandas as pd

from sercues.core import render, tables
from sercues.core.render import Page, Table


def measured(paths: list) -> tuple[float, float]:
    """Total wall-clock seconds and peak memory (MB) of jobs.

    Parameters
    ----------
    paths : list of path-like
        Snakemake's benchmark file of each job.

    Returns
    -------
    (float, float)
        Both NaN if a file is missing or is not a benchmark; memory is NaN also if Snakemake did not
        measure it, as in jobs of less than a few seconds.
    """
    try:
        jobs = [pd.read_csv(path, sep="\t", na_values="-")[["s", "max_rss"]] for path in paths]
    except (OSError, ValueError, KeyError):
        return np.nan, np.nan
    # a benchmark has one line per repetition of the job
    seconds = sum(job["s"].mean() for job in jobs)
    return seconds, pd.Series([job["max_rss"].max() for job in jobs], dtype=float).max()


def cost_table(
    benchmarks: dict[str, list],
    clips: int,
) -> pd.DataFrame:
    """Table `costs` of one corpus, protocol and method, a row per stage in the order given.

    Parameters
    ----------
    benchmarks : dict of list of path-like
        Benchmarks of the jobs of each rule.
    clips : int
        Number of maps: a clip counts once per network and explained class.
    """
    rows = []
    for rule, paths in benchmarks.items():
        seconds, memory = measured(paths)
        each = seconds / clips if clips else np.nan
        rows.append(
            {"rule": rule, "jobs": len(paths), "clips": clips, "seconds": seconds}
            | {"seconds_per_clip": each, "memory_mb": memory}
        )
    return tables.of_rows(rows, "costs")


CAPTION = (
    "Costs. Wall-clock seconds of the jobs of each stage, summed, and the largest memory of one, as measured in "
    "this run; unlike every other table they differ from run to run. Clips: once per network and explained "
    "class. Seconds hold the start of each job, some seconds, so only many clips tell what a clip takes. "
    "union and intersection are made from the maps of occlusion and crp, whose seconds they do not hold. "
    "– not measured."
)
HEAD = ["corpus", "protocol", "method", "rule", "jobs", "clips", "seconds"]
HEAD += ["seconds per clip", "memory (MB)"]


def page(table: pd.DataFrame) -> Page:
    """Page of the table `costs`, one row per stage."""
    rows = []
    for row in table.itertuples():
        numbers = ((row.seconds, 1), (row.seconds_per_clip, 4), (row.memory_mb, 0))
        cells = [render.fixed(*pair) if math.isfinite(pair[0]) else "–" for pair in numbers]
        texts = [row.corpus, row.protocol, row.method, row.rule, str(row.jobs), str(row.clips)]
        rows.append([*texts, *cells])
    return Page("Costs", [Table(CAPTION, HEAD, rows, n_texts=4)])
