"""Figures of bands: mean weights of the study, and single clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.signal import ShortTimeFFT

from sercues.audio import mel
from sercues.emolime.bands import N_FFT, mel_block_edges
from sercues.figures import style

LOWEST_DB = -80
HIGHEST_HZ = 8000  # of the published bands
MARKERS = "osD^v"


@dataclass(frozen=True)
class Clip:
    """A clip with the weights of its bands.

    Attributes
    ----------
    samples : numpy.ndarray, shape (n_samples,)
        Input of the classifier.
    rate : int
        Hz.
    bands : pandas.DataFrame
        Rows of the table `bands` of one explanation.
    check : pandas.Series
        Its row of the table `band_checks`.
    """

    samples: np.ndarray
    rate: int
    bands: pd.DataFrame
    check: pd.Series


@style.report_style()
def profiles(table: pd.DataFrame, published: pd.DataFrame, score: str) -> Figure:
    """Mean weight of each band: a column per emotion, a row per classifier, a line per corpus.

    Parameters
    ----------
    table : pandas.DataFrame
        Table `band_profiles`.
    published : pandas.DataFrame
        Values read off the published figure: corpus, classifier, emotion, part and weight.
    score : str
        Unit of the weights, such as 'log_odds'.
    """
    emotions = sorted(table["emotion"].unique())
    classifiers = list(dict.fromkeys(table["classifier"]))
    others = list(dict.fromkeys(published["classifier"]))
    corpora = sorted({*table["corpus"], *published["corpus"]})
    colour = dict(zip(corpora, sns.color_palette("colorblind", len(corpora)), strict=True))
    n_rows = len(classifiers) + len(others)
    figure = Figure(figsize=(1 + 2.5 * len(emotions), 1.2 + 1.55 * n_rows))
    grid = figure.subplots(n_rows, len(emotions), sharex=True, sharey="row", squeeze=False)
    edges = mel_block_edges(published["part"].nunique(), HIGHEST_HZ)
    limits = {"low_hz": edges[published["part"]], "high_hz": edges[published["part"] + 1]}
    published = published.rename(columns={"weight": "value"}).assign(**limits)
    # a classifier may be in both
    panels = [(name, True) for name in classifiers] + [(name, False) for name in others]
    for axes, (classifier, ours) in zip(grid, panels, strict=True):
        rows = table if ours else published
        rows = rows[rows["classifier"] == classifier]
        for ax, emotion in zip(axes, emotions, strict=True):
            _lines(ax, rows[rows["emotion"] == emotion], colour)
            if not ours:
                _published_names(ax, edges)
        name = classifier if ours else f"{classifier}\npublished figure"
        axes[0].set_ylabel(f"{name}\n{score.replace('_', '-') if ours else 'probability'}")
    for ax, emotion in zip(grid[0], emotions, strict=True):
        ax.set_title(emotion)
    ticks = _edges(table)
    for ax in grid[-1]:
        ax.set_xticks(ticks, [f"{hz / 1000:.2f}" for hz in mel.mel_to_hz(ticks)], rotation=90)
        ax.set_xlabel("edges of the bands (kHz)")
    handles = [
        Line2D(
            [], [], color=colour[name], marker=MARKERS[i % len(MARKERS)], markersize=4, label=name
        )
        for i, name in enumerate(corpora)
    ]
    figure.suptitle("Mean weight of each band, by classifier and emotion")
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _published_names(ax: Axes, edges: np.ndarray) -> None:
    """Published labels of the bands (kHz) above a panel; `edges` are the true ones in Hz."""
    middle = mel.hz_to_mel(edges[:-1]) / 2 + mel.hz_to_mel(edges[1:]) / 2
    names = ax.secondary_xaxis("top")
    names.set_xticks(middle, [f"{i}–{i + 1}" for i in range(len(middle))], fontsize=6)
    names.set_xlabel("published label (kHz)", fontsize=6, labelpad=1)
    names.tick_params(length=0, pad=0)
    names.spines["top"].set_visible(False)


def _lines(ax: Axes, rows: pd.DataFrame, colour: dict) -> None:
    """A line per corpus, with intervals if there are any."""
    ax.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    for corpus, line in rows.groupby("corpus"):
        position = list(colour).index(corpus)
        line = line.sort_values("part")
        low, high = (mel.hz_to_mel(line[name].to_numpy()) for name in ("low_hz", "high_hz"))
        # side by side around the middle of the band, so that intervals do not overlap
        x = (low + high) / 2 + (high - low) * (position - (len(colour) - 1) / 2) * 0.1
        line_style = {"color": colour[corpus], "linewidth": 1.1}
        marker = MARKERS[position % len(MARKERS)]
        ax.plot(x, line["value"], marker=marker, markersize=3.5, **line_style)
        if "ci_low" in line:
            ax.vlines(x, line["ci_low"], line["ci_high"], **line_style)
    sns.despine(ax=ax)


@style.report_style()
def clips(examples: Sequence[Clip], title: str, score: str) -> Figure:
    """A row per clip: its spectrogram with the bands' true edges, and their signed weights.

    The published labels of the bands are to the right of the weights.
    """
    if not examples:
        figure = Figure(figsize=(6, 1.5))
        figure.suptitle(title)
        figure.supxlabel("No clip was explained.")
        return figure
    figure = Figure(figsize=(9.5, 1.2 + 3.1 * len(examples)))
    grid = figure.subplots(len(examples), 2, squeeze=False, width_ratios=[1.5, 1])
    largest = max(
        np.abs(clip.bands[["weight", "ci_low", "ci_high", "shapley"]]).max().max()
        for clip in examples
    )
    for (left, right), clip in zip(grid, examples, strict=True):
        image = _spectrogram(left, clip)
        _weights(right, clip, largest, score)
        check = clip.check
        right_ = check["emotion"] == check["predicted_emotion"]
        left.set_title(
            f"{check['clip_id']}: {check['emotion']}, predicted {check['predicted_emotion']}"
            + ("" if right_ else " (misclassified)")
        )
        right.set_title(f"for {check['target']}: R² {check['r2']:.2f}, {check['n_masks']} masks")
    grid[-1, 0].set_xlabel("time in the file (s)")
    figure.colorbar(image, ax=grid[:, 0], label="dB re the clip's maximum", pad=0.01, aspect=40)
    handles = [
        Line2D([], [], color="C0", linewidth=5, label="LIME, for the class"),
        Line2D([], [], color="C3", linewidth=5, label="LIME, against it"),
        Line2D([], [], color="black", marker="D", linestyle="", markersize=4, label="Shapley"),
    ]
    figure.suptitle(title)
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _edges(bands: pd.DataFrame) -> np.ndarray:
    """Edges of the bands on the mel scale of the plot."""
    return mel.hz_to_mel(np.unique([*bands["low_hz"], *bands["high_hz"]]))


def _spectrogram(ax: Axes, clip: Clip):
    """Power spectrogram on an axis that is linear in mel, bands tinted by their weight."""
    window = np.hanning(N_FFT // 4 + 1)[:-1]
    transform = ShortTimeFFT(window, N_FFT // 16, clip.rate, mfft=N_FFT)
    power = transform.spectrogram(clip.samples.astype(float))
    decibel = 10 * np.log10(np.maximum(power / power.max(), 10 ** (LOWEST_DB / 10)))
    times = clip.bands["start_s"].min() + transform.t(len(clip.samples))
    image = ax.pcolormesh(
        times,
        mel.hz_to_mel(transform.f),
        decibel,
        cmap="gray_r",
        shading="nearest",
        rasterized=True,
    )
    strongest = np.abs(clip.bands["weight"]).max() or 1.0
    for row in clip.bands.itertuples():
        low, high = mel.hz_to_mel(np.array([row.low_hz, row.high_hz]))
        tint = {"color": "C0" if row.weight > 0 else "C3", "linewidth": 0}
        ax.fill_between(
            [row.start_s, row.end_s], low, high, alpha=0.45 * abs(row.weight) / strongest, **tint
        )
    edges = _edges(clip.bands)
    ax.hlines(edges, *times[[0, -1]], color="0.4", linewidth=0.5)
    ax.set_yticks(edges, [f"{hz / 1000:.2f}" for hz in mel.mel_to_hz(edges)])
    ax.set_ylim(edges[0], edges[-1])
    ax.set_xlim(clip.bands["start_s"].min(), clip.bands["end_s"].max())
    ax.set_ylabel("frequency (kHz)")
    return image


def _weights(ax: Axes, clip: Clip, largest: float, score: str) -> None:
    """Signed weights with intervals, Shapley values, and the published labels."""
    bands = clip.bands
    low, high = (mel.hz_to_mel(bands[name].to_numpy()) for name in ("low_hz", "high_hz"))
    middle, height = (low + high) / 2, 0.7 * (high - low)
    colours = np.where(bands["weight"] > 0, "C0", "C3")
    ax.barh(middle, bands["weight"], height, color=colours, alpha=0.75)
    ax.hlines(middle, bands["ci_low"], bands["ci_high"], color="0.2", linewidth=1.2)
    ax.plot(bands["shapley"], middle, "D", color="black", markersize=3.5)
    ax.axvline(0, color="0.4", linewidth=0.8)
    ax.set_xlim(-1.08 * largest, 1.08 * largest)
    edges = _edges(bands)
    ax.set_ylim(edges[0], edges[-1])
    ax.set_yticks([])
    ax.set_xlabel(f"weight ({score.replace('_', '-')})")
    names = ax.secondary_yaxis("right")
    step = clip.rate / 2000 / len(bands)
    names.set_yticks(middle, [f"{i * step:.3g}–{(i + 1) * step:.3g}" for i in range(len(bands))])
    names.set_ylabel("published label (kHz)")
    names.tick_params(length=0)
    sns.despine(ax=ax, left=True)
