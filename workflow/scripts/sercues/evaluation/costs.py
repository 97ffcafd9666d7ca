"""What a method costs: seconds and memory of its jobs, as Snakemake measured them.

Seconds differ from run to run, so they stand in a table of their own, the only one that does.
"""

import math

import numpy as np
import pandas as pd

from sercues.core import render, tables
from sercues.core.render import Page, Table


def measured(paths: list) -> tuple[float, float]:
    """Wall-clock seconds, summed, and peak memory (MB) of the jobs whose benchmarks are given.

    Parameters
    ----------
    paths : list of path-like
        A benchmark (TSV of Snakemake) per job.

    Returns
    -------
    (float, float)
        NaN, both, where a file is missing or no benchmark, as a part of a sum is no sum; memory also
        where Snakemake did not measure it, which it does not in jobs of less than a few seconds.
    """
    try:
        found = [pd.read_csv(path, sep="\t", na_values="-")[["s", "max_rss"]] for path in paths]
    except (OSError, ValueError, KeyError):
        return np.nan, np.nan
    # several lines are repetitions of one job
    seconds = sum(job["s"].mean() for job in found)
    return seconds, pd.Series([job["max_rss"].max() for job in found], dtype=float).max()


def cost_table(
    benchmarks: dict[str, list],
    clips: int,
) -> pd.DataFrame:
    """Table `costs` of one corpus, protocol and method, a row per stage in the order given.

    Parameters
    ----------
    benchmarks : dict of list of path-like
        By rule: the benchmark of each of its jobs.
    clips : int
        Maps of the method: a clip counts once per network and explained class.
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
    """The table `costs` for readers, one row per stage."""
    rows = []
    for row in table.itertuples():
        numbers = ((row.seconds, 1), (row.seconds_per_clip, 4), (row.memory_mb, 0))
        cells = [render.fixed(*pair) if math.isfinite(pair[0]) else "–" for pair in numbers]
        place = [row.corpus, row.protocol, row.method, row.rule, str(row.jobs), str(row.clips)]
        rows.append([*place, *cells])
    return Page("Costs", [Table(CAPTION, HEAD, rows, n_texts=4)])
