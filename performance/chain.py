"""How the cost of every rule grows with the corpus.

    python performance/chain.py --clips N [--cores N] [--keep FOLDER]

Runs the whole chain on the embedded corpus at about N, 2N and 4N clips, each in a folder of its own,
and prints per rule the seconds summed over its jobs, the largest memory of a job, and the exponent of
growth (the slope of log seconds over log clips; 1 is linear, and start-up pulls it below). It is the
demo with two epochs, as growth is the question here.
"""

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from rules import costs

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "config", "envs", "profiles", "workflow")
SPEAKERS, EMOTIONS = 12, 6


def config_of(clips_per_emotion: int) -> dict:
    """What differs from the demo."""
    return {
        "corpora": [{"name": "synthetic", "clips_per_emotion": clips_per_emotion, "strength": 1.3}],
        "overrides": {"all": {"training": {"epochs": 2}}},
    }


def run(folder: Path, clips_per_emotion: int, cores: int) -> pd.DataFrame:
    """Run the chain in a new folder; the costs of its rules, as `rules.costs`.

    Raises
    ------
    SystemExit
        The run failed; its output has been printed.
    """
    folder.mkdir(parents=True)
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, folder / part)
    size = folder / "size.yaml"
    size.write_text(yaml.safe_dump(config_of(clips_per_emotion)), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
    command += ["--configfile", "config/demo.yaml", size.name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}\nThe run in {folder} failed.")
    return costs(folder)


def growth(tables: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """One row per rule: seconds and memory (MB) by number of clips, and the exponent.

    Parameters
    ----------
    tables : dict
        Costs of the rules by number of clips.
    """
    seconds = pd.DataFrame({clips: table.seconds for clips, table in tables.items()})
    memory = pd.DataFrame({clips: table.memory for clips, table in tables.items()})
    slope, _ = np.polyfit(np.log2(list(tables)), np.log2(seconds.to_numpy().T), 1)
    together = pd.concat({"seconds": seconds, "memory": memory}, axis=1)
    together["exponent", ""] = slope
    return together.sort_values(("seconds", max(tables)), ascending=False)


def to_markdown(table: pd.DataFrame) -> str:
    """The growth as a Markdown table."""
    sizes = list(table["seconds"].columns)
    heads = [f"s at {n}" for n in sizes] + [f"MB at {n}" for n in sizes]
    lines = [
        "| rule | " + " | ".join(heads) + " | exponent |",
        "|---|" + "---:|" * (len(heads) + 1),
    ]
    for rule, row in table.iterrows():
        seconds = [f"{row['seconds', n]:.1f}" for n in sizes]
        memory = [row["memory", n] for n in sizes]
        memory = ["–" if math.isnan(value) else f"{value:.0f}" for value in memory]
        cells = [f"`{rule}`", *seconds, *memory, f"{row['exponent', '']:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=144, help="smallest number of clips (144)")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the runs; deleted without it")
    options = parser.parse_args()

    per_emotion = max(1, round(options.clips / (SPEAKERS * EMOTIONS)))
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        tables = {}
        for factor in (1, 2, 4):
            clips = factor * per_emotion * SPEAKERS * EMOTIONS
            print(f"{clips} clips …", file=sys.stderr, flush=True)
            tables[clips] = run(folder / f"{clips}", factor * per_emotion, options.cores)
    print(to_markdown(growth(tables)))


if __name__ == "__main__":
    main()
