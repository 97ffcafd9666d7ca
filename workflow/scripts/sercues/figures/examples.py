"""Examples: a clip of each emotion with its waveform, spectrogram, saliency map and windows.

`choose` selects the clips, `gather` collects their data, `draw` makes the figure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from sercues.audio import mel
from sercues.audio.spectrograms import frame_to_second
from sercues.core import paper
from sercues.core.names import KEY
from sercues.figures import style
from sercues.figures.style import MISSING

TICKS_KHZ = (0.25, 0.5, 1, 2, 4, 8, 16)
ROBUST = 99  # percentile of absolute relevance at the ends of a map's colours
SPEECH_LOOK = {"color": "0.6", "linestyle": ":", "linewidth": 1.5}
LONGEST_NAME = 28  # characters of a clip_id that fit above a panel


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
    speech : tuple of float
        s of the original file: start and end of the speech on the map.
    band_hz : numpy.ndarray, shape (n_mels,)
        Centre of each mel band.
    segments : pandas.DataFrame
        rank, start_s, end_s: where the cues are measured, in s of the original file.
    windows : pandas.DataFrame
        rank, start_s, end_s: the same windows on the map. They differ if the protocol ignores the
        offset of the speech.
    planted : tuple of float, optional
        s of the original file: interval in which the synthetic corpus carries its emotion.
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
    speech: tuple[float, float]
    band_hz: np.ndarray
    segments: pd.DataFrame
    windows: pd.DataFrame
    planted: tuple[float, float] | None = None


def choose(
    explained: pd.DataFrame, saliency: pd.DataFrame, segments: pd.DataFrame, emotions: Sequence[str]
) -> pd.DataFrame:
    """One typical clip per emotion, by a fixed rule.

    Of the clips of a true emotion: the correctly classified ones if there are any, of these the ones
    with salient segments if there are any, and of these the one of (lower) median explained logit.

    Parameters
    ----------
    explained, saliency, segments : pandas.DataFrame
        Tables of these names; only the key and `logit` of `saliency`, and only the region salient of
        `segments`, are needed.
    emotions : sequence of str
        In the order of the columns.

    Returns
    -------
    pandas.DataFrame
        Rows of `explained`, at most one per emotion. Maps of the predicted class, or else of the
        true one.
    """
    kind = "predicted_label" if "predicted_label" in set(explained["target"]) else "true_label"
    clips = explained[explained["target"] == kind].merge(saliency[[*KEY, "logit"]], on=KEY)
    with_segments = segments.loc[segments["region"] == "salient", KEY].drop_duplicates()
    clips = clips.merge(with_segments.assign(has_segments=True), on=KEY, how="left")
    clips["has_segments"] = clips["has_segments"].notna()
    rows = []
    for emotion in emotions:
        group = clips[clips["true_emotion"] == emotion]
        for wish in ("correct", "has_segments"):
            group = group[group[wish] == group[wish].max()]
        group = group.sort_values(["logit", *KEY])
        rows.append(group.iloc[(len(group) - 1) // 2 :][:1])
    return pd.concat(rows, ignore_index=True)[explained.columns]


def gather(
    chosen: pd.DataFrame,
    saliency: pd.DataFrame,
    spectrograms: pd.DataFrame,
    segments: pd.DataFrame,
    read: Callable[[str], tuple[np.ndarray, int]],
    front_end: dict,
    keep_offset: bool,
    truth: pd.DataFrame | None = None,
) -> list[Example]:
    """Data of the chosen clips for `draw`.

    Parameters
    ----------
    chosen : pandas.DataFrame
        From `choose`.
    saliency, spectrograms, segments : pandas.DataFrame
        Tables of these names; the rows of the chosen clips are enough.
    read : callable
        Samples and rate of a clip_id.
    front_end : dict
        The protocol's `front_end` block.
    keep_offset : bool
        Whether `segments` counts seconds from the start of the file, see `windows.seconds`.
    truth : pandas.DataFrame, optional
        Table `truth` of the synthetic corpus.
    """
    maps = saliency.set_index(KEY).sort_index()
    spectrograms = spectrograms.set_index("clip_id")
    salient = segments[segments["region"] == "salient"]
    examples = []
    for row in chosen.itertuples():
        clip = spectrograms.loc[row.clip_id]
        key = tuple(getattr(row, name) for name in KEY)
        shape = (clip["n_mels"], clip["n_total"])
        start_s, step_s = clip["start_s"], clip["frame_step_s"]
        where = (salient[KEY] == list(key)).all(axis=1)
        windows = salient.loc[where, ["rank", "start_s", "end_s"]].sort_values(
            "rank", ignore_index=True
        )
        edges = windows[["start_s", "end_s"]]
        samples, rate = read(row.clip_id)
        examples.append(
            Example(
                emotion=row.true_emotion,
                predicted=row.predicted_emotion,
                clip_id=row.clip_id,
                samples=samples,
                rate=rate,
                log_mel=np.reshape(clip["log_mel"], shape),
                saliency=np.reshape(maps.loc[key, "map"], shape),
                start_s=start_s,
                sound_end_s=frame_to_second(clip["n_frames"], start_s, step_s),
                end_s=frame_to_second(clip["n_total"], start_s, step_s),
                speech=(clip["speech_start_s"], clip["speech_end_s"]),
                # the actual rate of the frames, equal to the declared one only after resampling
                band_hz=mel_centres(clip["n_mels"], front_end["hop_length"] / step_s),
                segments=windows,
                windows=windows.assign(**map_seconds(edges, start_s, step_s, keep_offset)),
                planted=_planted(truth, row.clip_id),
            )
        )
    return examples


def _planted(truth: pd.DataFrame | None, clip_id: str) -> tuple[float, float] | None:
    """Interval that carries the emotion; None for clips without one, such as neutral ones."""
    if truth is None:
        return None
    rows = truth[(truth["clip_id"] == clip_id) & (truth["cue"] != "none")]
    return None if rows.empty else (rows["start_s"].iloc[0], rows["end_s"].iloc[0])


def map_seconds(seconds, start_s: float, step_s: float, keep_offset: bool):
    """Position on the map, in s of the original file, of a window of the table `segments`.

    Parameters
    ----------
    seconds : float, array or DataFrame
        s as in the table.
    start_s, step_s : float
        s of the original file: at frame 0, and from frame to frame.
    keep_offset : bool
        True: `seconds` itself. False, as published: the table counts 15 ms per frame from frame 0.
    """
    return seconds if keep_offset else paper.second_of_file(seconds, start_s, step_s)


def mel_centres(n_mels: int, rate: float) -> np.ndarray:
    """Centre of each mel band in Hz, Slaney's scale from 0 to `rate` / 2, shape (n_mels,).

    As in Slaney's Auditory Toolbox (1998).
    """
    return mel.mel_to_hz(np.linspace(0, mel.hz_to_mel(rate / 2), n_mels + 2)[1:-1])


@style.report_style()
def draw(clips: Sequence[Example], title: str) -> Figure:
    """One column per clip: waveform, spectrogram and saliency map over the time of the file.

    The colours of a map end at the 99th percentile of its absolute relevance.
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
        drawn = _draw_map(relevance, clip, _normalised(clip.saliency), style.diverging(), (-1, 1))
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
    """True and predicted emotion, and the clip_id, shortened in the middle."""
    name, keep = clip.clip_id, LONGEST_NAME // 2 - 1
    if len(name) > LONGEST_NAME:
        name = f"{name[:keep]}…{name[-keep:]}"
    right = clip.emotion == clip.predicted
    heading = f"predicted {clip.predicted}" + ("" if right else " (misclassified)")
    ax.set_title(f"{heading}\n{name}", color="black" if right else _wrong_colour())
    font = {"ha": "center", "va": "bottom", "fontsize": 10, "fontweight": "bold"}
    ax.annotate(clip.emotion, (0.5, 1), (0, 30), "axes fraction", "offset points", **font)


def _normalised(saliency: np.ndarray) -> np.ndarray:
    """Relevance divided by a high percentile of its absolute value; zeros if there is none."""
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
    """Image over seconds of the file and mel bands; padding hatched, the rest of the file grey."""
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
        hatching = {"facecolor": "none", "edgecolor": "0.6", "linewidth": 0, "hatch": "////"}
        ax.axvspan(clip.sound_end_s, clip.end_s, **hatching)
    for second in clip.speech:
        ax.axvline(second, **SPEECH_LOOK)
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
    """Ranks at the top of their windows, outlined to be visible on any colour."""
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
    """Legend of all columns."""
    colour = _segment_colour()
    handles = [
        Patch(facecolor=colour, alpha=0.55, label="salient segments, where cues are measured"),
        Patch(facecolor="none", edgecolor="black", label="the same windows on the map, by rank"),
        Patch(facecolor="none", edgecolor="0.6", hatch="////", linewidth=0, label="padding"),
        Line2D([], [], label="speech starts, ends", **SPEECH_LOOK),
    ]
    if any(clip.planted is not None for clip in clips):
        line = {"color": _planted_colour(), "linewidth": 3}
        handles.append(Line2D([], [], label="planted interval", **line))
    return handles


def _segment_colour() -> tuple:
    return sns.color_palette("colorblind")[1]


def _planted_colour() -> tuple:
    return sns.color_palette("colorblind")[2]


def _wrong_colour() -> tuple:
    return sns.color_palette("colorblind")[3]
