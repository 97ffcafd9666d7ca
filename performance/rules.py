"""What each rule of a run cost, from the benchmarks the run left behind.

    python performance/rules.py [FOLDER]

FOLDER is the working directory of the run (default: here). Prints a Markdown table: jobs, wall-clock
seconds and processor seconds summed over jobs, the slowest job, and the largest memory of one job.
Jobs that ran side by side count each in full, so the sum exceeds the time the run took; a training
that was resumed counts from where it was resumed.
"""

import sys
from pathlib import Path

import pandas as pd


def costs(folder: Path) -> pd.DataFrame:
    """One row per rule, most seconds first: jobs, seconds, processor seconds, slowest, peak memory.

    Parameters
    ----------
    folder : Path
        Working directory of a run, with Snakemake's `benchmarks/`; times in s, memory in MB. A job
        too short for Snakemake to measure its memory has none.

    Raises
    ------
    SystemExit
        There are no benchmarks.
    """
    folder = folder / "benchmarks"
    parts = []
    for file in sorted(folder.rglob("*.tsv")):
        rule = Path(file.relative_to(folder).parts[0]).stem
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


def to_markdown(table: pd.DataFrame) -> str:
    """The costs as a Markdown table, with a line of totals."""
    lines = [
        "| rule | jobs | seconds | processor seconds | slowest job (s) | memory (MB) |",
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
    print(to_markdown(costs(Path(sys.argv[1] if len(sys.argv) > 1 else "."))))
