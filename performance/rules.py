"""What each rule of a run cost, from the benchmarks the run left behind.

    python performance/rules.py [FOLDER] [--within RULE]

FOLDER is the working directory of the run (default: here); with `--within` the jobs of one rule are
told apart, shards of a whole together. Prints a Markdown table: jobs, wall-clock
seconds and processor seconds summed over jobs, the slowest job, and the largest memory of one job.
Jobs that ran side by side count each in full, so the sum exceeds the time the run took; a training
that was resumed counts from where it was resumed.
"""

import argparse
import re
from pathlib import Path

import pandas as pd


def costs(folder: Path, within: str | None = None) -> pd.DataFrame:
    """One row per rule, most seconds first: jobs, seconds, processor seconds, slowest, peak memory.

    Parameters
    ----------
    folder : Path
        Working directory of a run, with Snakemake's `benchmarks/`; times in s, memory in MB. A job
        too short for Snakemake to measure its memory has none.
    within : str, optional
        Jobs of this rule instead, one row per name without its shard.

    Raises
    ------
    SystemExit
        There are no benchmarks.
    """
    folder = folder / "benchmarks"
    parts = []
    for file in sorted(folder.rglob("*.tsv")):
        rule = Path(file.relative_to(folder).parts[0]).stem
        if within not in (None, rule):
            continue
        rule = rule if within is None else re.sub(r"_\d+-of-\d+$", "", file.stem)
        parts.append(pd.read_csv(file, sep="\t", na_values="-").assign(rule=rule))
    if not parts:
        raise SystemExit(f"{folder} holds no benchmarks; run the workflow there.")
    jobs = pd.concat(parts)
    table = jobs.groupby("rule").agg(
        jobs=("s", "size"),
        seconds=("s", "sum"),
        processor=("cpu_time", "sum"),
        slowest=("s", "max"),
        memory=("max_rss", "max"),
    )
    return table.sort_values("seconds", ascending=False)


def to_markdown(table: pd.DataFrame, heading: str = "rule") -> str:
    """The costs as a Markdown table, with a line of totals."""
    lines = [
        f"| {heading} | jobs | seconds | processor seconds | slowest job (s) | memory (MB) |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in table.itertuples():
        memory = "–" if pd.isna(row.memory) else f"{row.memory:.0f}"
        times = f"{row.seconds:.1f} | {row.processor:.1f} | {row.slowest:.1f}"
        lines.append(f"| `{row.Index}` | {row.jobs} | {times} | {memory} |")
    total = f"{table.seconds.sum():.1f} | {table.processor.sum():.1f}"
    lines.append(f"| all | {table.jobs.sum()} | {total} | | {table.memory.max():.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path())
    parser.add_argument("--within", help="a rule, whose jobs are told apart")
    options = parser.parse_args()
    heading = "rule" if options.within is None else options.within
    print(to_markdown(costs(options.folder, options.within), heading))
