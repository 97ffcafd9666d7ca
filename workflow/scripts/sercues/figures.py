"""Every plot of the report, in one style; the same input gives the same bytes.

Functions take tables or arrays and return a Matplotlib figure; `save` writes it. What needs torch
or soundfile is imported where it is used: only `gather_examples` does.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from sercues import tables
from sercues.cues import CUES

KEY = ["clip_id", "fold", "seed", "target_kind"]
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
TICKS_KHZ = (0.25, 0.5, 1, 2, 4, 8, 16)
ROBUST = 99  # percentile of absolute relevance at the ends of a map's colours
DELTA_LIMIT = 1.0  # standard deviations at the ends of the colours of Δf
LONGEST_NAME = 28  # characters of a clip_id that fit over a panel
CORRECTNESS = ("correct clips", "misclassified clips, by true emotion")


@contextmanager
def style() -> Iterator[None]:
    """The style of all figures, in a ``with`` block or over a decorated function."""
    # reset first: a reader's own matplotlibrc must not change the figures
    look = sns.axes_style("ticks") | sns.plotting_context("paper") | RC
    with matplotlib.style.context(look, after_reset=True):
        yield


@style()
def save(figure: Figure, path) -> None:
    """Write `figure` as PNG or SVG, as the ending of `path` says, whole or not at all.

    Raises
    ------
    ValueError
        `path` ends in neither.
    """
    kind = Path(path).suffix.removeprefix(".")
    if kind not in METADATA:
        raise ValueError(f"{path}: figures are written as {' or '.join(METADATA)}")
    # laid out once and for all: each further layout would start from the last one and differ a little
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    with tables.replacing(path) as part:
        figure.savefig(part, format=kind, metadata=METADATA[kind])


# ---- confusion matrix ----------------------------------------------------------------------------


@style()
def confusion(predictions: pd.DataFrame, accuracy: pd.DataFrame, title: str) -> Figure:
    """Confusion matrix: rows true, columns predicted, per cent of the row and counts.

    Parameters
    ----------
    predictions, accuracy : pandas.DataFrame
        Tables of these names, of one corpus and protocol. A clip counts once per seed.
    title : str
        First line over the figure.
    """
    seen = {*predictions["true"], *predictions["predicted"]}
    known = dict.fromkeys(label for row in predictions["labels"] for label in row)
    labels = [label for label in known if label in seen] + sorted(seen - set(known))
    counts = pd.crosstab(predictions["true"], predictions["predicted"])
    counts = counts.reindex(index=labels, columns=labels, fill_value=0)
    totals = counts.sum(axis=1)
    percent = 100 * counts.div(totals.where(totals > 0), axis=0)
    words = [
        [f"{share:.0f} %\n{count}" if count else "0" for share, count in zip(*row, strict=True)]
        for row in zip(percent.to_numpy(), counts.to_numpy(), strict=True)
    ]

    size = 1.8 + 0.75 * len(labels)
    figure = Figure(figsize=(size + 0.6, size))
    ax = figure.subplots()
    sns.heatmap(
        percent,
        ax=ax,
        mask=percent.isna(),
        annot=np.array(words),
        fmt="",
        annot_kws={"fontsize": 8},
        cmap="Blues",
        vmin=0,
        vmax=100,
        square=True,
        linewidths=0.5,
        cbar_kws={"label": "% of the clips of the true emotion", "shrink": 0.8},
        yticklabels=[f"{label} ({total})" for label, total in totals.items()],
    )
    ax.set_facecolor(MISSING)
    ax.set(xlabel="predicted emotion", ylabel="true emotion (clips)")
    ax.tick_params(axis="x", rotation=30)
    ax.tick_params(axis="y", rotation=0)
    figure.suptitle(title)
    ax.set_title("\n".join(_accuracy_words(accuracy, len(predictions))))
    return figure


def _accuracy_words(accuracy: pd.DataFrame, n_predictions: int) -> list[str]:
    """Two lines: accuracy and UAR over everything with intervals; clips and speakers."""
    pooled = accuracy[(accuracy["fold"] == "all") & (accuracy["seed"] == "all")]
    measures = pooled.set_index("measure")
    words = [_percent("accuracy", measures.loc["accuracy"]), _percent("UAR", measures.loc["uar"])]
    row = measures.loc["accuracy"]
    counts = f"{row['n_clips']:,} clips, {row['n_speakers']} speakers"
    if n_predictions != row["n_clips"]:
        counts += f", {n_predictions:,} predictions"
    return [", ".join(words), counts]


def _percent(name: str, row: pd.Series) -> str:
    """``name 61.2 % [58.0, 64.1]``, without the interval where there is none."""
    words = f"{name} {100 * row['value']:.1f} %"
    if math.isfinite(row["ci_low"]):
        words += f" [{100 * row['ci_low']:.1f}, {100 * row['ci_high']:.1f}]"
    return words


# ---- cue profiles --------------------------------------------------------------------------------


@style()
def cue_profiles(table2: pd.DataFrame, table3: pd.DataFrame, title: str) -> Figure:
    """Each cue over the emotions, for correct and, beside them, misclassified clips.

    Salient segments with their interval, full speech and random segments as points: the table's
    mean less its Δf. Colours are methods.

    Parameters
    ----------
    table2, table3 : pandas.DataFrame
        Rows of the table `table` of one corpus and protocol: correct and misclassified clips.
    title : str
        Over the figure.
    """
    panels = _panels(table2, table3)
    emotions, methods = _emotions(panels), _methods(panels)
    cues = _cues(panels)
    n_rows = math.ceil(len(cues) / 2)
    figure = Figure(figsize=(max(9, 2.6 + 2 * len(emotions)), 0.9 + 2.1 * n_rows))
    blocks = figure.subfigures(n_rows, 2, wspace=0.03).ravel()
    for cue, block in zip(cues, blocks, strict=False):
        block.suptitle(f"{CUES[cue].label} ({CUES[cue].unit})", fontsize=9)
        pair = block.subplots(1, 2, sharey=True)
        for ax, part, words in zip(pair, panels, CORRECTNESS, strict=True):
            _profile(ax, part[part["cue"] == cue], emotions, methods)
            ax.set_title(words, fontsize=8, color="0.35")
    figure.suptitle(title)
    figure.legend(
        handles=[*_method_handles(methods), *_region_handles()],
        loc="outside lower center",
        ncols=len(methods) + 3,
    )
    return figure


def _profile(ax: Axes, part: pd.DataFrame, emotions: list[str], methods: list[str]) -> None:
    """Points and intervals of one cue."""
    colours = _colours(methods)
    step = 0.78 / (3 * len(methods))
    for index, method in enumerate(methods):
        rows = part[part["method"] == method].set_index("emotion").reindex(emotions)
        x = np.arange(len(emotions)) + (3 * index + 1.5 - 1.5 * len(methods)) * step
        colour = colours[method]
        mean = rows["mean"].to_numpy(float)
        low, high = rows["ci_low"].to_numpy(float), rows["ci_high"].to_numpy(float)
        ax.vlines(x - step, low, high, color=colour, linewidth=1.4)
        ax.plot(x - step, mean, "o", color=colour, markersize=4.5)
        full, random = (mean - rows[f"delta_{name}"].to_numpy(float) for name in ("full", "random"))
        ax.plot(x, full, "D", color=colour, markersize=3.8, fillstyle="none")
        ax.plot(x + step, random, "x", color=colour, markersize=4.2)
    for boundary in np.arange(len(emotions) - 1) + 0.5:
        ax.axvline(boundary, color="0.9", linewidth=0.8, zorder=0)
    counts = part.groupby("emotion")["n_clips"].max().reindex(emotions, fill_value=0)
    ax.set_xticks(range(len(emotions)), [f"{e}\n{n}" for e, n in counts.items()])
    ax.set_xlim(-0.5, len(emotions) - 0.5)
    ax.tick_params(axis="x", length=0)
    ax.ticklabel_format(axis="y", useOffset=False)
    ax.locator_params(axis="y", nbins=5)
    sns.despine(ax=ax)


def _method_handles(methods: list[str]) -> list[Line2D]:
    colours = _colours(methods)
    return [Line2D([], [], color=colours[name], linewidth=4, label=name) for name in methods]


def _region_handles() -> list[Line2D]:
    look = {"color": "0.3", "linestyle": "none"}
    return [
        Line2D([], [], color="0.3", marker="o", label="salient segments, 95 % interval"),
        Line2D([], [], marker="D", fillstyle="none", label="full speech", **look),
        Line2D([], [], marker="x", label="random segments", **look),
    ]


# ---- differences as a heat map -------------------------------------------------------------------


def spread(cues: pd.DataFrame) -> pd.Series:
    """Standard deviation over clips of each cue in full speech, in the unit of the cue.

    The yardstick that makes Δf of different cues comparable (as in Glass's Δ): one is the
    difference between a clip and another one, not between two parts of a clip.

    Parameters
    ----------
    cues : pandas.DataFrame
        Rows of the table `cues`, of any number of methods; a clip counts once.
    """
    full = cues[cues["region"] == "full"].sort_values([*KEY, *CUES])
    return full.groupby("clip_id")[list(CUES)].mean().std()


@style()
def deltas(
    table2: pd.DataFrame, table3: pd.DataFrame, spread: pd.Series, title: str, limit=DELTA_LIMIT
) -> Figure:
    """Δf of salient segments against full speech and random segments, emotion × cue.

    Numbers are in the unit of the cue; colours in standard deviations of the cue, see `spread`;
    a dot marks an interval that excludes zero, a dagger a difference without an interval.

    Parameters
    ----------
    table2, table3, title
        As in `cue_profiles`.
    spread : pandas.Series
        Standard deviation by cue.
    limit : float
        Standard deviations at the ends of the colours.
    """
    panels = _panels(table2, table3)
    emotions, methods, cues = _emotions(panels), _methods(panels), _cues(panels)
    baselines = {"delta_full": "full speech", "delta_random": "random segments"}
    rows = [
        (method, part[part["method"] == method], words)
        for method in methods
        for part, words in zip(panels, CORRECTNESS, strict=True)
    ]
    decimals = {cue: _decimals(panels, cue, list(baselines)) for cue in cues}

    height = 1.7 + len(rows) * (0.45 + 0.34 * len(emotions))
    figure = Figure(figsize=(2.4 + 2 * 0.74 * len(cues), height))
    grid = figure.subplots(len(rows), 2, sharex=True, sharey=True, squeeze=False)
    for axes, (method, part, words) in zip(grid, rows, strict=True):
        for ax, (column, baseline) in zip(axes, baselines.items(), strict=True):
            _delta_panel(ax, part, column, emotions, cues, spread, decimals, limit)
            ax.set_title(f"{method}, {words}: salient − {baseline}", loc="left")
    names = [f"{fill(CUES[cue].label, 12)}\n({fill(CUES[cue].unit, 12)})" for cue in cues]
    for ax in grid[-1]:
        ax.set_xticklabels(names, rotation=0, fontsize=7.5)
    figure.colorbar(
        ScalarMappable(Normalize(-limit, limit), _diverging()),
        ax=grid,
        extend="both",
        label="Δf / standard deviation of the cue over clips (full speech)",
        shrink=min(1.0, 3 / height),
        aspect=30,
        pad=0.01,
    )
    figure.suptitle(title)
    note = "• the 95 % interval excludes zero     † no interval: too few speakers"
    figure.supxlabel(note, fontsize=9)
    return figure


def _delta_panel(
    ax: Axes,
    part: pd.DataFrame,
    column: str,
    emotions: list[str],
    cues: list[str],
    spread: pd.Series,
    decimals: dict[str, int],
    limit: float,
) -> None:
    """One heat map of the column `column`."""

    def values(name: str) -> pd.DataFrame:
        cells = part.pivot(index="emotion", columns="cue", values=name)
        return cells.reindex(index=emotions, columns=cues).astype(float)

    delta, low, high = values(column), values(f"{column}_low"), values(f"{column}_high")
    scale = spread.reindex(cues).where(lambda sd: sd > 0)
    # a cue without spread has a number and no colour
    standardised = delta.div(scale, axis=1).fillna(0.0)
    marks = np.where((low > 0) | (high < 0), " •", np.where(low.isna(), " †", ""))
    words = [
        [
            _signed(delta.at[emotion, cue], decimals[cue]) + mark
            for cue, mark in zip(cues, row, strict=True)
        ]
        for emotion, row in zip(emotions, marks, strict=True)
    ]
    sns.heatmap(
        standardised,
        ax=ax,
        mask=delta.isna(),
        annot=np.array(words),
        fmt="",
        annot_kws={"fontsize": 7.5},
        cmap=_diverging(),
        vmin=-limit,
        vmax=limit,
        cbar=False,
        linewidths=0.5,
    )
    for text in ax.texts:
        if text.get_text().endswith("•"):
            text.set_fontweight("bold")
    ax.set_facecolor(MISSING)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(length=0)
    ax.tick_params(axis="y", rotation=0)


def _decimals(panels: Sequence[pd.DataFrame], cue: str, columns: list[str]) -> int:
    """Decimals that give the largest number of a cue two significant digits."""
    values = np.concatenate(
        [p.loc[p["cue"] == cue, columns].to_numpy(float).ravel() for p in panels]
    )
    largest = np.max(np.abs(values), initial=0, where=np.isfinite(values))
    return 2 if largest == 0 else int(np.clip(1 - math.floor(math.log10(largest)), 0, 6))


def _signed(value: float, decimals: int) -> str:
    """`value` with its sign, a true minus and no negative zero."""
    return f"{value:+z.{decimals}f}".replace("-", "−")


# ---- examples ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """One clip with its map.

    Attributes
    ----------
    emotion, predicted, clip_id : str
        True and predicted emotion, and the clip.
    samples, rate : numpy.ndarray of shape (n_samples,), int
        The recording, mono, and its rate in Hz.
    log_mel, saliency : numpy.ndarray, shape (n_mels, n_total)
        Spectrogram in dB, and relevance.
    start_s, sound_end_s, end_s : float
        s of the original file: frame 0, the end of the frames that hold sound, and of the map.
    band_hz : numpy.ndarray, shape (n_mels,)
        Centre of each mel band.
    segments : pandas.DataFrame
        rank, start_s, end_s: where the cues are measured, in s of the original file.
    windows : pandas.DataFrame
        rank, start_s, end_s: the same windows on the map. They differ where the protocol forgets
        the offset of the speech.
    planted : tuple of float, optional
        s of the original file between which the embedded corpus carries its emotion.
    """

    emotion: str
    predicted: str
    clip_id: str
    samples: np.ndarray
    rate: int
    log_mel: np.ndarray
    saliency: np.ndarray
    start_s: float
    sound_end_s: float
    end_s: float
    band_hz: np.ndarray
    segments: pd.DataFrame
    windows: pd.DataFrame
    planted: tuple[float, float] | None = None


def choose_examples(
    explained: pd.DataFrame, saliency: pd.DataFrame, segments: pd.DataFrame, emotions: Sequence[str]
) -> pd.DataFrame:
    """One typical clip per emotion, by a rule that nobody can bend.

    Of the clips of a true emotion: correctly classified ones if there are any, of these the ones
    with salient segments if there are any, and of these the one whose explained logit is the
    (lower) median.

    Parameters
    ----------
    explained, saliency, segments : pandas.DataFrame
        Tables of these names; of `saliency` only the key and `logit`, of `segments` only the
        region salient is needed.
    emotions : sequence of str
        Their order is kept.

    Returns
    -------
    pandas.DataFrame
        Rows of `explained`, at most one per emotion. Maps of the predicted class, or of the true
        one where only these were made.
    """
    kind = "predicted" if "predicted" in set(explained["target_kind"]) else "true"
    clips = explained[explained["target_kind"] == kind].merge(saliency[[*KEY, "logit"]], on=KEY)
    with_segments = segments.loc[segments["region"] == "salient", KEY].drop_duplicates()
    clips = clips.merge(with_segments.assign(has_segments=True), on=KEY, how="left")
    clips["has_segments"] = clips["has_segments"].notna()
    rows = []
    for emotion in emotions:
        group = clips[clips["true"] == emotion]
        for wish in ("correct", "has_segments"):
            group = group[group[wish] == group[wish].max()]
        group = group.sort_values(["logit", *KEY])
        rows.append(group.iloc[(len(group) - 1) // 2 :][:1])
    return pd.concat(rows, ignore_index=True)[explained.columns]


def gather_examples(
    chosen: pd.DataFrame,
    saliency: pd.DataFrame,
    spectrograms: pd.DataFrame,
    segments: pd.DataFrame,
    read: Callable[[str], tuple[np.ndarray, int]],
    front_end: dict,
    keep_offset: bool,
    truth: pd.DataFrame | None = None,
) -> list[Example]:
    """Everything that `examples` draws of the chosen clips.

    Parameters
    ----------
    chosen : pandas.DataFrame
        From `choose_examples`.
    saliency, spectrograms, segments : pandas.DataFrame
        Tables of these names; the rows of the chosen clips are enough.
    read : callable
        Samples and rate of a clip_id.
    front_end : dict
        The protocol's `front_end` block.
    keep_offset : bool
        Whether `segments` counts seconds from the start of the file, see `segments.seconds`.
    truth : pandas.DataFrame, optional
        Table `truth` of the embedded corpus.
    """
    from sercues.frontend import frame_to_second

    maps = saliency.set_index(KEY).sort_index()
    spectrograms = spectrograms.set_index("clip_id")
    salient = segments[segments["region"] == "salient"]
    found = []
    for row in chosen.itertuples():
        clip = spectrograms.loc[row.clip_id]
        key = tuple(getattr(row, name) for name in KEY)
        shape = (clip["n_mels"], clip["n_total"])
        start_s, step_s = clip["speech_start_s"], clip["frame_step_s"]
        where = (salient[KEY] == list(key)).all(axis=1)
        own = salient.loc[where, ["rank", "start_s", "end_s"]].sort_values(
            "rank", ignore_index=True
        )
        edges = own[["start_s", "end_s"]]
        samples, rate = read(row.clip_id)
        found.append(
            Example(
                emotion=row.true,
                predicted=row.predicted,
                clip_id=row.clip_id,
                samples=samples,
                rate=rate,
                log_mel=np.reshape(clip["log_mel"], shape),
                saliency=np.reshape(maps.loc[key, "map"], shape),
                start_s=start_s,
                sound_end_s=frame_to_second(clip["n_frames"], start_s, step_s),
                end_s=frame_to_second(clip["n_total"], start_s, step_s),
                # the rate the frames really have, which is the declared one only after resampling
                band_hz=mel_centres(clip["n_mels"], front_end["hop_length"] / step_s),
                segments=own,
                windows=own.assign(**map_seconds(edges, start_s, step_s, keep_offset)),
                planted=_planted(truth, row.clip_id),
            )
        )
    return found


def _planted(truth: pd.DataFrame | None, clip_id: str) -> tuple[float, float] | None:
    """Interval that carries the emotion; none for clips without one, such as neutral ones."""
    if truth is None:
        return None
    rows = truth[(truth["clip_id"] == clip_id) & (truth["cue"] != "none")]
    return None if rows.empty else (rows["start_s"].iloc[0], rows["end_s"].iloc[0])


def map_seconds(seconds, start_s: float, step_s: float, keep_offset: bool):
    """Where on the map, in s of the original file, a window of the table `segments` lies.

    Parameters
    ----------
    seconds : float, array or DataFrame
        s as in the table.
    start_s, step_s : float
        s of the original file: at frame 0, and from frame to frame.
    keep_offset : bool
        True: `seconds` itself. False, as published: the table counts 15 ms per frame from frame 0.
    """
    from sercues.frontend import frame_to_second
    from sercues.segments import PUBLISHED_STEP_S

    return seconds if keep_offset else frame_to_second(seconds / PUBLISHED_STEP_S, start_s, step_s)


def mel_centres(n_mels: int, rate: float) -> np.ndarray:
    """Centre of each mel band in Hz, Slaney's scale from 0 to `rate` / 2, shape (n_mels,).

    Linear below 1000 Hz (200/3 Hz per mel), logarithmic above (factor 6.4 in 27 mel), as in
    Slaney's Auditory Toolbox (1998).
    """
    nyquist = rate / 2
    linear = nyquist < 1000
    top = nyquist * 3 / 200 if linear else 15 + 27 * math.log(nyquist / 1000) / math.log(6.4)
    mel = np.linspace(0, top, n_mels + 2)[1:-1]
    return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))


@style()
def examples(clips: Sequence[Example], title: str) -> Figure:
    """One column per clip: waveform, spectrogram and saliency map over the time of the file.

    The colours of a map end at the 99th percentile of its own absolute relevance. Without clips the
    figure says so.
    """
    if not clips:
        figure = Figure(figsize=(6, 1.5))
        figure.suptitle(title)
        figure.supxlabel("No clip of these emotions was explained.")
        return figure
    figure = Figure(figsize=(1.2 + 2.75 * len(clips), 7.2))
    grid = figure.subplots(3, len(clips), squeeze=False, height_ratios=[0.8, 1.2, 1.2])
    for column, clip in zip(grid.T, clips, strict=True):
        wave, spectrogram, relevance = column
        ends = [len(clip.samples) / clip.rate, clip.segments["end_s"].max()]
        limits = (0.0, np.nanmax([*ends, clip.windows["end_s"].max()]))
        _draw_waveform(wave, clip)
        image = _draw_map(spectrogram, clip, clip.log_mel, "magma", None)
        _draw_windows(spectrogram, clip, "white")
        drawn = _draw_map(relevance, clip, _normalised(clip.saliency), _diverging(), (-1, 1))
        _draw_windows(relevance, clip, "black")
        _draw_heading(wave, clip)
        relevance.set_xlabel("time in the file (s)")
        for ax in column:
            ax.set_xlim(limits)
            ax.tick_params(labelbottom=ax is relevance)
    for ax, label in zip(grid[:, 0], ["amplitude", *["frequency (kHz)"] * 2], strict=True):
        ax.set_ylabel(label)
    label = f"relevance /\nits {ROBUST}th percentile"
    figure.colorbar(image, ax=grid[1], label="dB re the\nclip's maximum", pad=0.01, aspect=12)
    figure.colorbar(drawn, ax=grid[2], label=label, pad=0.01, aspect=12, extend="both")
    figure.suptitle(title)
    handles = _example_handles(clips)
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _draw_heading(ax: Axes, clip: Example) -> None:
    """Emotion, what was predicted, and the clip_id, shortened in the middle."""
    name, keep = clip.clip_id, LONGEST_NAME // 2 - 1
    if len(name) > LONGEST_NAME:
        name = f"{name[:keep]}…{name[-keep:]}"
    right = clip.emotion == clip.predicted
    words = f"predicted {clip.predicted}" + ("" if right else " (misclassified)")
    ax.set_title(f"{words}\n{name}", color="black" if right else _wrong_colour())
    look = {"ha": "center", "va": "bottom", "fontsize": 10, "fontweight": "bold"}
    ax.annotate(clip.emotion, (0.5, 1), (0, 30), "axes fraction", "offset points", **look)


def _normalised(saliency: np.ndarray) -> np.ndarray:
    """Relevance over a high percentile of its absolute value; zeros where the map has none."""
    magnitude = np.abs(saliency)
    limit = np.percentile(magnitude, ROBUST) or magnitude.max()
    return saliency / limit if limit > 0 else np.zeros_like(saliency)


def _draw_waveform(ax: Axes, clip: Example) -> None:
    """Envelope of the recording, the salient segments shaded and the planted interval."""
    bins = np.linspace(0, len(clip.samples), min(600, len(clip.samples)), endpoint=False, dtype=int)
    low, high = (f.reduceat(clip.samples, bins) for f in (np.minimum, np.maximum))
    ax.fill_between(bins / clip.rate, low, high, color="0.25", linewidth=0.4)
    peak = max(float(np.abs(clip.samples).max()), 1e-6)
    ax.set_ylim(-1.15 * peak, 1.45 * peak)
    colour = _segment_colour()
    for row in clip.segments.itertuples():
        ax.axvspan(row.start_s, row.end_s, facecolor=colour, alpha=0.55, linewidth=0, zorder=0)
    _draw_ranks(ax, clip.segments)
    if clip.planted is not None:
        height = [-1.05 * peak] * 2
        ax.plot(clip.planted, height, color=_planted_colour(), linewidth=3, solid_capstyle="butt")
    ax.locator_params(axis="y", nbins=4)
    sns.despine(ax=ax)


def _draw_map(ax: Axes, clip: Example, values: np.ndarray, cmap, limits):
    """An image over seconds of the file and mel bands; padding hatched, the rest of the file grey."""
    n_mels = len(values)
    low, high = limits or (None, None)
    image = ax.imshow(
        values,
        extent=(clip.start_s, clip.end_s, -0.5, n_mels - 0.5),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap=cmap,
        vmin=low,
        vmax=high,
    )
    ax.set_facecolor(MISSING)
    if clip.end_s > clip.sound_end_s:
        look = {"facecolor": "none", "edgecolor": "0.6", "linewidth": 0, "hatch": "////"}
        ax.axvspan(clip.sound_end_s, clip.end_s, **look)
    ticks = [khz for khz in TICKS_KHZ if clip.band_hz[0] <= 1000 * khz <= clip.band_hz[-1]]
    bands = np.interp(1000 * np.array(ticks), clip.band_hz, np.arange(n_mels))
    ax.set_yticks(bands, [f"{khz:g}" for khz in ticks])
    return image


def _draw_windows(ax: Axes, clip: Example, colour: str) -> None:
    """The salient windows as rectangles over all bands, with their ranks."""
    for row in clip.windows.itertuples():
        ax.axvspan(row.start_s, row.end_s, facecolor="none", edgecolor=colour, linewidth=1.0)
    _draw_ranks(ax, clip.windows, colour)


def _draw_ranks(ax: Axes, windows: pd.DataFrame, colour: str = "black") -> None:
    """Ranks at the top of their windows, with an outline that is seen on any colour."""
    outline = withStroke(linewidth=2, foreground="black" if colour == "white" else "white")
    for row in windows.itertuples():
        ax.text(
            (row.start_s + row.end_s) / 2,
            0.97,
            str(row.rank),
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=8,
            fontweight="bold",
            color=colour,
            path_effects=[outline],
            clip_on=True,
        )


def _example_handles(clips: Sequence[Example]) -> list:
    """Legend of what is drawn in any of the columns."""
    colour = _segment_colour()
    handles = [
        Patch(facecolor=colour, alpha=0.55, label="salient segments, where cues are measured"),
        Patch(facecolor="none", edgecolor="black", label="the same windows on the map, by rank"),
        Patch(facecolor="none", edgecolor="0.6", hatch="////", linewidth=0, label="padding"),
    ]
    if any(clip.planted is not None for clip in clips):
        look = {"color": _planted_colour(), "linewidth": 3}
        handles.append(Line2D([], [], label="planted interval", **look))
    return handles


# ---- shared --------------------------------------------------------------------------------------


def _panels(table2: pd.DataFrame, table3: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Correct and misclassified clips by true emotion, of one kind of map: predicted if there."""
    kinds = {*table2["target_kind"], *table3["target_kind"]}
    kind = "predicted" if "predicted" in kinds else "true"
    return tuple(
        table[(table["target_kind"] == kind) & (table["grouped_by"] == "true")]
        for table in (table2, table3)
    )


def _emotions(panels: Sequence[pd.DataFrame]) -> list[str]:
    return list(dict.fromkeys(name for part in panels for name in part["emotion"]))


def _methods(panels: Sequence[pd.DataFrame]) -> list[str]:
    return sorted({name for part in panels for name in part["method"]})


def _cues(panels: Sequence[pd.DataFrame]) -> list[str]:
    """Cues of the tables in the order of `CUES`."""
    return [cue for cue in CUES if any((part["cue"] == cue).any() for part in panels)]


def _colours(methods: list[str]) -> dict[str, tuple]:
    return dict(zip(methods, sns.color_palette("colorblind", len(methods)), strict=True))


def _segment_colour() -> tuple:
    return sns.color_palette("colorblind")[1]


def _planted_colour() -> tuple:
    return sns.color_palette("colorblind")[2]


def _wrong_colour() -> tuple:
    return sns.color_palette("colorblind")[3]


def _diverging() -> Colormap:
    """Blue below zero, white at it, red above: told apart by colour-blind readers."""
    return matplotlib.colormaps["RdBu_r"]
