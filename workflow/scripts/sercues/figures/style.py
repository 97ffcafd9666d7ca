"""Style of all figures, and `save`, which writes the same bytes for the same figure."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import pandas as pd
import seaborn as sns
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from sercues.core import files, render

RC = {
    "text.parse_math": False,  # a "$" in a clip's name is a dollar sign
    "svg.hashsalt": "sercues",  # ids in an SVG are random without it
    "savefig.dpi": 150,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.titlesize": 11,
    "figure.titleweight": "bold",
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
}
METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
MISSING = "0.9"  # grey of cells and panels without clips


@contextmanager
def report_style() -> Iterator[None]:
    """The style of all figures, in a ``with`` block or over a decorated function."""
    # reset first: a user's matplotlibrc must not change the figures
    settings = sns.axes_style("ticks") | sns.plotting_context("paper") | RC
    with matplotlib.style.context(settings, after_reset=True):
        yield


@report_style()
def save(figure: Figure, path) -> None:
    """Write `figure` atomically as PNG or SVG, by the suffix of `path`.

    Raises
    ------
    ValueError
        Another suffix.
    """
    kind = Path(path).suffix.removeprefix(".")
    if kind not in METADATA:
        raise ValueError(f"{path}: figures are written as {' or '.join(METADATA)}")
    # laid out once, because a further layout would start from the last one and differ slightly
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    with files.atomic_path(path) as temporary:
        figure.savefig(temporary, format=kind, metadata=METADATA[kind])


def _measure_words(name: str, row: pd.Series) -> str:
    """``name 61.2 % [58.0, 64.1]``, or without the interval if there is none."""
    text = f"{name} {render.percent(row['value'])} %"
    if math.isfinite(row["ci_low"]):
        text += f" [{render.percent(row['ci_low'])}, {render.percent(row['ci_high'])}]"
    return text


def diverging() -> Colormap:
    """Blue below zero, white at zero, red above: distinguishable by colour-blind readers."""
    return matplotlib.colormaps["RdBu_r"]
