"""Size, coverage and power of every test, interval and verdict, on simulated corpora of known truth.

`make calibration` prints all of it as docs/calibration.md; `--only` and `--share` print less.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

import contrasts
import differences
import emolime
import error_detection
import ledger
import mixed
import rates

SIZE, COVERAGE, SKEWED_COVERAGE, FEWEST = 0.06, 0.93, 0.90, 10  # goals, from so many speakers up
LEDGERS = 0.05
SEED = 1


class Part(NamedTuple):
    """One part: its title, what it is about, its function and number of simulations."""

    title: str
    about: str
    rows: Callable[[int, int], pd.DataFrame]
    n: int


PARTS = {
    "differences": Part(
        "Means and paired differences",
        "Table 2, the methods table, faithfulness, stability, localisation: mean over clips with its interval, "
        "sign flips of the speakers' sums, and equivalence by two one-sided tests. Speakers differ by 0.5.",
        differences.rows,
        1000,
    ),
    "contrasts": Part(
        "Contrasts of two groups of clips",
        "Contrasts, recovery, highest and lowest of the ledger. Speakers differ in how they express an "
        "emotion, by the numbers in the row.",
        contrasts.rows,
        1000,
    ),
    "mixed": Part(
        "Mixed models",
        "The table of mixed models, beside sign flips of the same data: three emotions, five clips of each.",
        mixed.rows,
        240,
    ),
    "rates": Part(
        "Accuracy, recall, UAR, Cliff's δ, shared variance",
        "Intervals by the same bootstrap over speakers. Recalls of speakers differ by 0.1.",
        rates.rows,
        300,
    ),
    "errors": Part(
        "Errors found by plausibility",
        "The tables of plausibility and error detection: area under the ROC curve within speaker and "
        "predicted class.",
        error_detection.rows,
        200,
    ),
    "emolime": Part(
        "EmoLIME",
        "Agreement of band weights across classifiers and corpora, and shares of variance. What the captions "
        "claim is of these classifiers and corpora; for others the p are not valid (not claimed).",
        emolime.rows,
        100,
    ),
    "ledger": Part(
        "The ledger",
        "Ledgers of blind saliency on emotions that sound alike: how many have a false verdict that something "
        "differs.",
        ledger.rows,
        100,
    ),
}


def simulated(parts: list[str], share: float = 1.0) -> pd.DataFrame:
    """Rows of the parts, with a column `part`; two parts at a time, the same rows for any number."""
    tables = Parallel(n_jobs=2)(
        delayed(PARTS[part].rows)(max(10, round(share * PARTS[part].n)), SEED) for part in parts
    )
    named = [table.assign(part=part) for part, table in zip(parts, tables, strict=True)]
    return pd.concat(named, ignore_index=True)


def goal(row: pd.Series) -> float:
    """The goal of a row: most size, or least coverage; NaN for power and where nothing is claimed."""
    if row["condition"] == "not claimed" or row["n_speakers"] < FEWEST:
        return np.nan
    if row["measure"] == "size":
        return LEDGERS if row["part"] == "ledger" else SIZE
    if row["measure"] == "coverage":
        return SKEWED_COVERAGE if "skewed" in row["condition"] else COVERAGE
    return np.nan


def missed(table: pd.DataFrame) -> pd.Series:
    """Whether a row, with its `goal`, is beyond it by more than two standard errors."""
    over = table["value"] - table["goal"]
    return over.where(table["measure"] == "size", -over) > 2 * table["se"]


def page(table: pd.DataFrame, parts: list[str], command: str = "make calibration") -> str:
    """The page, in Markdown; `command` printed it."""
    table = table.assign(goal=[goal(row) for _, row in table.iterrows()])
    miss, with_goal = table[missed(table)], int(table["goal"].notna().sum())
    lines = [
        "# Calibration",
        "",
        "Size, coverage and power of every test, interval and verdict that a table prints, on simulated "
        f"corpora whose truth is known. Printed by `{command}`.",
        "",
        f"Goals, from {FEWEST} speakers up: size at most {SIZE:.0%}, coverage at least "
        f"{COVERAGE:.0%}, or {SKEWED_COVERAGE:.0%} where speakers' effects are skewed (log-normal), and at "
        f"most {LEDGERS:.0%} of ledgers with a false verdict. {with_goal - len(miss)} of {with_goal} cells "
        "meet their goal within two standard errors of the simulation.",
        "",
        "## Where a goal is missed",
        "",
    ]
    if miss.empty:
        lines += ["Nowhere.", ""]
    else:
        head = ["part", "test", "condition", "speakers", "measure", "per cent", "goal"]
        rows = [
            [
                PARTS[row.part].title,
                row.test,
                row.condition,
                str(row.n_speakers),
                row.measure,
                f"{100 * row.value:.1f} ± {100 * row.se:.1f}",
                f"{100 * row.goal:g}",
            ]
            for row in miss.itertuples()
        ]
        lines += [*_table(head, rows), ""]
    for part in parts:
        lines += [f"## {PARTS[part].title}", "", PARTS[part].about, ""]
        for measure, of_measure in table[table["part"] == part].groupby("measure", sort=False):
            lines += [*_measure(measure, of_measure), ""]
    return "\n".join(lines).rstrip()


def _measure(measure: str, table: pd.DataFrame) -> list[str]:
    """One table of a part: tests and conditions by number of speakers, in per cent."""
    texts = ["test", "truth", "condition"]
    speakers = sorted(table["n_speakers"].unique())
    rows = []
    for key, of_row in table.groupby(texts, sort=False):
        by_speakers = of_row.set_index("n_speakers")["value"]
        cells = [by_speakers.get(number, np.nan) for number in speakers]
        rows.append([*map(str, key), *("–" if np.isnan(v) else f"{100 * v:.1f}" for v in cells)])
    errors, counts = table["se"].max(), table["n_simulations"].max()
    note = f"**{measure.capitalize()}**, per cent, by number of speakers"
    note += f" ({counts} simulations a cell at most, standard error at most {100 * errors:.1f})."
    return [note, "", *_table([*texts, *map(str, speakers)], rows)]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print docs/calibration.md")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--share", type=float, default=1.0, help="of the simulations, to try it")
    parser.add_argument("--table", type=Path, help="also write the rows to this CSV file")
    arguments = parser.parse_args()
    table = simulated(arguments.only, arguments.share)
    if arguments.table:
        table.to_csv(arguments.table, index=False)
    whole = arguments.only == list(PARTS) and arguments.share == 1
    options = f"--only {' '.join(arguments.only)} --share {arguments.share:g}"
    command = "make calibration" if whole else f'make calibration OPTIONS="{options}"'
    print(page(table, arguments.only, command))
