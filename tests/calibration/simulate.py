"""Simulated corpora whose truth is known: speakers, their clips, and how speakers differ.

The unit is the standard deviation of a clip about its speaker's mean.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from sercues.stats.bootstrap import Resampling

SPEAKERS = (5, 6, 10, 20, 40)
SHAPES = ("symmetric", "skewed")  # of what differs between speakers: normal, or log-normal
CLIPS = ("equal", "unequal")  # per speaker: 8, or geometric with that mean
EACH = 8
LAYOUTS = 10  # sets of numbers of clips, so that no condition rests on a single one
RESAMPLING = Resampling(2000, 1)
COLUMNS = ["test", "truth", "n_speakers", "condition", "measure", "value", "se", "n_simulations"]


class Layout(NamedTuple):
    """Clips of a corpus: `speakers` of each clip, and `of`, the number of its speaker."""

    speakers: np.ndarray
    of: np.ndarray


def layout(n_speakers: int, clips: str, rng: np.random.Generator, each: int = EACH) -> Layout:
    """Clips of `n_speakers` speakers; `clips` as in `CLIPS`."""
    sizes = rng.geometric(1 / each, n_speakers) if clips == "unequal" else each
    of = np.repeat(np.arange(n_speakers), sizes)
    return Layout(np.array([f"s{number:03d}" for number in of]), of)


def effects(shape: str, spread: float, size, rng: np.random.Generator) -> np.ndarray:
    """Deviations of speakers with mean 0 and standard deviation `spread`; `shape` as in `SHAPES`.

    The skewed ones are log-normal (σ = 1), with a skewness of 6.2.
    """
    normal = rng.standard_normal(size)
    if shape == "symmetric":
        return spread * normal
    return spread * (np.exp(normal) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)


def conditions() -> Iterator[tuple[int, str, str]]:
    """Numbers of speakers, shapes and clips."""
    for shape in SHAPES:
        for clips in CLIPS:
            for n_speakers in SPEAKERS:
                yield n_speakers, shape, clips


def share(test: str, truth, n_speakers: int, condition: str, measure: str, events) -> dict:
    """Row with the share of `events` (booleans; NaN where there is no test) and its standard error."""
    events = np.asarray(events, dtype=float)
    events = events[np.isfinite(events)]
    n = len(events)
    value = float(events.mean()) if n else np.nan
    error = float(np.sqrt(value * (1 - value) / n)) if n else np.nan
    return dict(
        zip(
            COLUMNS,
            (test, str(truth), n_speakers, condition, measure, value, error, n),
            strict=True,
        )
    )


def rejects(p: np.ndarray, level: float = 0.05) -> np.ndarray:
    """1 where p is below the level, 0 where not, NaN where there is no p."""
    return np.where(np.isfinite(p), p < level, np.nan)


def covers(estimates, truth: float) -> np.ndarray:
    """1 where the interval of an estimate holds the truth, NaN where there is no interval."""
    low, high = np.array([estimate[1:3] for estimate in estimates], dtype=float).T
    return np.where(np.isfinite(low), (low <= truth) & (truth <= high), np.nan)


def frame(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)
