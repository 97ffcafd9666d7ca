"""Size of each defect of the paper's code, and whether a protocol repeats it.

Each function measures one defect on the tables of one corpus, protocol and method and returns a
`Finding`, or None without data. ``config/claims.yaml`` describes the defects.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sercues.analysis import verdicts
from sercues.analysis.failure_checks import UNMOVED
from sercues.core import paper, render, tables
from sercues.core.names import KEY
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues
from sercues.cues.labels import LABELS
from sercues.stats import bootstrap
from sercues.stats.bootstrap import Estimate, Resampling

REPAIRED, REPEATED = "repaired", "repeated"
LOUDNESS = CUES["loudness"]
SHIFT = 1e-4  # largest change of a logit, as a share of their range, of an undamaged network
FRAME_S = 0.010  # s, one frame of the descriptors
SHARE = 0.01  # share of time or clips above which a defect counts
EXPLAINED = 0.5  # share of the variance of shimmer above which it reflects voicing
VOICES = 0.1  # share of the variance of pitch between clips above which voices are compared
MOST = 0.5  # share of the clips above which a baseline counts as missing


class Finding(NamedTuple):
    """A defect's size, as text and with its interval, and whether it is present."""

    measured: str
    size: Estimate
    repeated: bool


class Entry(NamedTuple):
    """Tables of one corpus, protocol and method, and the blocks of the protocol.

    Attributes
    ----------
    saliency : pandas.DataFrame
        Table `saliency`; the maps themselves are not needed.
    segments : pandas.DataFrame
        Table `segments`, regions salient and full.
    cues : ClipCues
        Of all explained clips.
    spectrograms, manifest, leaks, stability, descriptors : pandas.DataFrame
        The tables of these names; only times of spectrograms and only clip_id, time_s, voiced and
        loudness of descriptors are needed.
    method : str
        Saliency method.
    fill : str
        Fill of occlusion.
    keep_offset : bool
        Whether seconds count from the start of the file.
    resampling : Resampling
        Bootstrap over speakers.
    """

    saliency: pd.DataFrame
    segments: pd.DataFrame
    cues: ClipCues
    spectrograms: pd.DataFrame
    manifest: pd.DataFrame
    leaks: pd.DataFrame
    stability: pd.DataFrame
    descriptors: pd.DataFrame
    method: str
    fill: str
    keep_offset: bool
    resampling: Resampling

    def mean(self, values: pd.Series) -> Estimate:
        """Mean over clips of values indexed by clip_id, with an interval over speakers."""
        values = values.groupby(level="clip_id").mean().dropna()
        return bootstrap.means_of_clips(values.to_frame(), self.manifest, self.resampling)[0]


def shared_data(entry: Entry) -> Finding | None:
    """Test clips or their speakers in training or validation, as counted by the leak audit."""
    rows = entry.leaks[(entry.leaks["second"] == "test") & (entry.leaks["total"] > 0)]
    rows = rows[rows["kind"].isin(["speaker", "clip"])]
    if rows.empty:
        return None
    texts, largest = [], 0.0
    for (first, kind), counts in rows.groupby(["first", "kind"]):
        shared, total = int(counts["shared"].sum()), int(counts["total"].sum())
        texts.append(f"{shared} of {total} {kind}s of the test parts in {first}")
        largest = max(largest, shared / total)
    clips = entry.cues.clips
    size = Estimate(largest, np.nan, np.nan, len(clips), clips["speaker"].nunique())
    return Finding("; ".join(texts), size, largest > 0)


def other_class(entry: Entry) -> Finding | None:
    """Share of maps that explain another class than the network predicts from the same input."""
    maps = entry.saliency[entry.saliency["target"] == "predicted_label"]
    if maps.empty:
        return None
    size = entry.mean(1.0 - maps.set_index("clip_id")["agrees"].astype(float))
    text = (
        f"{render.percent(size.value)} % of the maps explain another class than the predicted one"
    )
    return Finding(text, size, size.value > 0)


def damaged_network(entry: Entry) -> Finding | None:
    """Largest change of a logit from folding batch normalisation, as a share of the logits' range."""
    shifts = entry.saliency.set_index("clip_id")["canonization_shift"].dropna()
    if shifts.empty:
        return None
    size = entry.mean(shifts)._replace(value=float(shifts.max()), low=np.nan, high=np.nan)
    text = f"a logit changes by {render.number(size.value)} of the logits' range at most"
    return Finding(text, size, size.value > SHIFT)


def fixed_concept(entry: Entry) -> Finding | None:
    """Share of the layer's relevance in the concepts, and whether they are the same in all clips."""
    maps = entry.saliency[entry.saliency["concepts"].notna()]
    if len(maps) < 2:
        return None
    chosen = maps["concepts"].map(lambda names: tuple(sorted(names)))
    size = entry.mean(maps.set_index("clip_id")["concept_share"])
    same = chosen.nunique() == 1
    which = f"{chosen.iloc[0][0]} alone" if same else f"{len(chosen.iloc[0])} chosen per clip"
    text = f"concepts: {which}; they carry {render.percent(size.value)} % of the layer's relevance"
    return Finding(text, size, same)


def loudest_fill(entry: Entry) -> Finding | None:
    """Share of positive relevance outside speech, which a loud fill increases."""
    if entry.method != "occlusion" or entry.saliency.empty:
        return None
    size = entry.mean(1 - entry.saliency.set_index("clip_id")["speech_share"])
    text = f"fill: {entry.fill}; {render.percent(size.value)} % of positive relevance lies outside speech"
    return Finding(text, size, entry.fill == "loudest")


def wrong_seconds(entry: Entry) -> Finding | None:
    """Mean difference between the times at which salient segments are cut and at which they lie."""
    salient = _of(entry, "salient").merge(entry.spectrograms, on="clip_id", suffixes=("", "_map"))
    if salient.empty:
        return None
    if entry.keep_offset:
        error = salient["start_s"] * 0.0
    else:
        at = (salient["start_s_map"], salient["frame_step_s"])
        error = paper.second_of_file(salient["start_s"], *at) - salient["start_s"]
    size = entry.mean(error.abs().set_axis(salient["clip_id"]))
    text = f"segments are cut {render.number(size.value)} s from where the network saw them, on average"
    return Finding(text, size, size.value > FRAME_S)


def outside_speech(entry: Entry) -> Finding | None:
    """Share of the salient segments' time, as cut, outside speech."""
    salient = _of(entry, "salient").merge(entry.spectrograms, on="clip_id", suffixes=("", "_map"))
    size = _outside(entry, salient, salient["speech_start_s"], salient["speech_end_s"])
    text = f"{render.percent(size.value)} % of the salient time lies outside speech"
    return Finding(text, size, size.value > SHARE) if size.n_clips else None


def past_the_end(entry: Entry) -> Finding | None:
    """Share of the full baseline's time past the end of the recording."""
    whole = _of(entry, "full").merge(entry.manifest[["clip_id", "duration_s"]], on="clip_id")
    start = pd.Series(0.0, index=whole.index)
    size = _outside(entry, whole, start, whole["duration_s"])
    text = f"{render.percent(size.value)} % of the full baseline's time lies outside the recording"
    return Finding(text, size, size.value > SHARE) if size.n_clips else None


def short_windows(entry: Entry) -> Finding | None:
    """Share of the salient segments shorter than a window, which compete by their sum."""
    salient = _of(entry, "salient")
    if salient.empty:
        return None
    length = salient["end_s"] - salient["start_s"]
    # all windows of a corpus but the last of each clip have the same length
    short = (length < length.max() - FRAME_S / 2).astype(float)
    size = entry.mean(short.set_axis(salient["clip_id"]))
    text = f"{render.percent(size.value)} % of the salient segments are shorter than a window"
    return Finding(text, size, size.value > 0)


def unvoiced_zeros(entry: Entry) -> Finding | None:
    """Share of the variance of shimmer between clips explained by their voiced fraction."""
    cues = entry.cues.per_clip()
    salient = cues.values["salient"]
    data = (salient["shimmer"].to_numpy(), salient["voiced_fraction"].to_numpy())
    data = (*data, cues.clips["speaker"])
    size = bootstrap.shared_variance(*data, entry.resampling)
    if not np.isfinite(size.value):
        return None
    text = f"share of the variance of shimmer that voiced fraction explains: {verdicts.words(size)}"
    return Finding(text, size, size.value > EXPLAINED)


def one_clip(entry: Entry) -> Finding | None:
    """Share of all choices of one correct clip per emotion in which angry is loudest, sad softest."""
    right = entry.cues.where(entry.cues.clips["correct"]).per_clip()
    correct = right.clips.assign(loudness=right.values["salient"]["loudness"]).merge(
        entry.manifest[["clip_id", "emotion"]], on="clip_id"
    )
    groups = {
        emotion: np.sort(clips["loudness"].dropna().to_numpy())
        for emotion, clips in correct.groupby("emotion")
    }
    if not {"angry", "sad"} <= set(groups) or any(not len(values) for values in groups.values()):
        return None
    high, low = groups.pop("angry")[:, None], groups.pop("sad")[None, :]
    chance = (high > low).astype(float)
    for values in groups.values():
        below = np.searchsorted(values, high, side="left") / len(values)
        chance *= np.maximum(below - np.searchsorted(values, low, side="right") / len(values), 0)
    fewest = int(correct.groupby("emotion").size().min())
    people = correct["speaker"].nunique()
    size = Estimate(float(chance.mean()), np.nan, np.nan, len(correct), people)
    text = (
        f"one clip of each emotion shows angry loudest and sad softest in {render.percent(size.value)} % of "
        f"all choices; here each mean has {fewest} clips or more"
    )
    return Finding(text, size, fewest == 1)


def segments_alone(entry: Entry) -> Finding | None:
    """Difference of voiced fraction between segments measured alone and as slices of the whole clip.

    Both treatments of unvoiced frames define level and voicing alike, so a difference is due to the
    edges of segments that are measured alone, and to their rate.
    """
    sliced = _sliced(entry)
    predicted = entry.cues.where(entry.cues.clips["target"] == "predicted_label")
    measured = predicted.values["salient"][["voiced_fraction", "loudness"]]
    both = predicted.clips[KEY].join(measured).merge(sliced, on=KEY, suffixes=("", "_sliced"))
    both = both.dropna(subset=["voiced_fraction", "voiced_fraction_sliced"])
    if both.empty:
        return None
    alone = both.set_index("clip_id")
    size = entry.mean((alone["voiced_fraction"] - alone["voiced_fraction_sliced"]).abs())
    level = (
        alone["loudness"] / alone["loudness_sliced"].where(alone["loudness_sliced"] > 0) - 1
    ).abs()
    text = (
        f"against the same seconds of the whole clip, the voiced fraction of the salient segments differs "
        f"by {render.percent(size.value)} % of the frames, their loudness by {render.percent(entry.mean(level).value)} %"
    )
    return Finding(text, size, size.value > SHARE)


def lost_speech(entry: Entry) -> Finding | None:
    """Share of a clip's voiced frames outside the network's input."""
    voiced = entry.descriptors[entry.descriptors["voiced"]]
    seen = entry.spectrograms.set_index("clip_id")
    # positions, because looking up names frame by frame is slow
    clip = seen.index.get_indexer(voiced["clip_id"])
    time_s, clip = voiced["time_s"].to_numpy()[clip >= 0], clip[clip >= 0]
    if not len(clip):
        return None
    first_s, step_s, sound, total = (
        seen[name].to_numpy() for name in ("start_s", "frame_step_s", "n_frames", "n_total")
    )
    after = time_s > (first_s + sound * step_s)[clip]
    lost = after | (time_s < first_s[clip])
    n_voiced = np.bincount(clip, minlength=len(seen))
    # lost to the input's length if sound fills the input, else taken for silence
    size, cut = (
        entry.mean(
            pd.Series(np.bincount(clip, mask, len(seen)), seen.index)
            / np.where(n_voiced > 0, n_voiced, np.nan)
        )
        for mask in (lost, after & (sound == total)[clip])
    )
    text = (
        f"{render.percent(size.value)} % of a clip's voiced frames lie outside what the network sees, "
        f"{render.percent(cut.value)} % for the clip is longer"
    )
    return Finding(text, size, size.value > SHARE)


def other_voices(entry: Entry) -> Finding | None:
    """Share of the variance of pitch level between clips explained by speakers, raw and within speakers.

    See `between_speakers`. The defect is the share left in the cues given within speakers.
    """
    cues = entry.cues.per_clip()
    speakers, pitch = cues.clips["speaker"], cues.values["salient"]["pitch_level"]
    raw, left = (between_speakers(values, speakers) for values in (pitch, cues.z["pitch_level"]))
    if not np.isfinite(raw):
        return None
    size = Estimate(left, np.nan, np.nan, int(pitch.notna().sum()), speakers.nunique())
    of_own = (
        f"{render.percent(left)} % once it is set against the speaker's own clips"
        if np.isfinite(left)
        else "it is not set against the speaker's own clips"
    )
    text = f"who speaks explains {render.percent(raw)} % of the variance of pitch level between clips; {of_own}"
    return Finding(text, size, not left <= VOICES)


def between_speakers(values: pd.Series, speakers: pd.Series) -> float:
    """Share of the variance of `values` explained by speakers beyond chance.

    The ε² of a one-way analysis of variance (Kelley 1935), at least 0; NaN if undefined.
    """
    values = values.dropna()
    speakers = speakers[values.index]
    (within, free), groups = bootstrap.within_speakers(values, speakers), speakers.nunique() - 1
    total = float(((values - values.mean()) ** 2).sum())
    if not (free > 0 and groups > 0 and total > 0):
        return np.nan
    return max(0.0, 1 - (within / free) / (total / (free + groups)))


def no_baseline(entry: Entry) -> Finding | None:
    """Share of the clips that lack random or loudest windows to compare the salient ones with."""
    cues = entry.cues.per_clip()
    if cues.clips.empty:
        return None
    there = {
        name: cues.differences[name]["loudness"].notna()
        for name in ("random", "control", "loudest")
    }
    size = entry.mean(
        1.0 - (there["random"] & there["loudest"]).astype(float).set_axis(cues.clips["clip_id"])
    )
    shares = {name: f"{render.percent(values.mean())} %" for name, values in there.items()}
    text = (
        f"compared with random windows in {shares['random']} of the clips, with the loudest in "
        f"{shares['loudest']}, with controls of like level and voicing in {shares['control']}"
    )
    return Finding(text, size, size.value > MOST)


def no_sanity_check(entry: Entry) -> Finding | None:
    """Whether no clip was explained again by a network with randomised parameters: 1 or 0."""
    if entry.saliency.empty:
        return None
    change, name = UNMOVED["parameter_randomisation"]
    again = entry.stability[entry.stability["change"] == change]
    clips = again[again["target"] == "predicted_label"].groupby("clip_id")["windows"].mean()
    people = bootstrap.speakers_of(clips.index.to_series(), entry.manifest)
    n_clips, n_speakers = len(clips), len(set(people))
    size = Estimate(0.0 if n_clips else 1.0, np.nan, np.nan, n_clips, n_speakers)
    if not n_clips:
        return Finding(f"no clip was explained again by {name}", size, True)
    text = f"{n_clips} clips were explained again by {name}"
    if len(known := clips.dropna()):
        text += f"; rank correlation of the windows {verdicts.words(entry.mean(known))}"
    return Finding(text, size, False)


def misnamed(entry: Entry) -> Finding | None:
    """Whether the tables call the harmonics-to-noise ratio breathiness: 1 or 0."""
    clips = entry.cues.clips
    if clips.empty:
        return None
    label, unit, _ = LABELS["hnr"]
    wrong = "breath" in label.lower()
    ratio = entry.mean(entry.cues.values["salient"]["hnr"].set_axis(clips["clip_id"]))
    size = ratio._replace(value=float(wrong), low=np.nan, high=np.nan)
    text = (
        f"the tables call it {label}, {render.number(ratio.value)} {unit} in the salient segments"
    )
    return Finding(text, size, wrong)


DEFECTS = {
    "defect_shared_data": shared_data,
    "defect_other_class": other_class,
    "defect_damaged_network": damaged_network,
    "defect_fixed_concept": fixed_concept,
    "defect_loudest_fill": loudest_fill,
    "defect_unvoiced_zeros": unvoiced_zeros,
    "defect_wrong_seconds": wrong_seconds,
    "defect_outside_speech": outside_speech,
    "defect_one_clip": one_clip,
    "defect_past_the_end": past_the_end,
    "defect_short_windows": short_windows,
    "defect_segments_alone": segments_alone,
    "defect_lost_speech": lost_speech,
    "defect_other_voices": other_voices,
    "defect_no_baseline": no_baseline,
    "defect_no_sanity_check": no_sanity_check,
    "defect_misnamed": misnamed,
}


def defect_rows(entry: Entry, statements: dict) -> pd.DataFrame:
    """Rows of the table `claims`, one per defect that can be measured.

    Parameters
    ----------
    entry : Entry
    statements : dict
        From `statements.read`.
    """
    rows = []
    for name, measure in DEFECTS.items():
        finding = measure(entry)
        if finding is not None:
            verdict = REPEATED if finding.repeated else REPAIRED
            row = verdicts.row(name, statements, "defect", finding.measured, finding.size)
            rows.append(row | {"verdict": verdict})
    return tables.of_rows(rows, "claims")


def _sliced(entry: Entry) -> pd.DataFrame:
    """Voiced fraction and loudness of the salient segments as slices of their clips, a row per map."""
    salient, rows = _of(entry, "salient"), []
    chosen = entry.descriptors["clip_id"].isin(salient["clip_id"])
    frames = dict(tuple(entry.descriptors[chosen].groupby("clip_id")))
    for clip_id, segments in salient.groupby("clip_id"):
        if clip_id not in frames:
            continue
        clip = frames[clip_id].sort_values("time_s")
        values = clip[["voiced", LOUDNESS]].to_numpy(dtype=float)
        until = np.vstack([np.zeros(2), np.cumsum(values, axis=0)])
        # a frame belongs to a segment if its centre lies in it, as in `cues.measure`
        ends = segments[["start_s", "end_s"]].to_numpy()
        edges = np.searchsorted(clip["time_s"].to_numpy(), ends, side="left")
        edges[:, 1] = np.maximum(*edges.T)
        sums = np.column_stack([until[edges[:, 1]] - until[edges[:, 0]], np.diff(edges, axis=1)])
        names = ["voiced_fraction", "loudness", "n"]
        rows.append(segments[KEY].assign(**dict(zip(names, sums.T, strict=True))))
    if not rows:
        return pd.DataFrame(columns=[*KEY, "voiced_fraction", "loudness"])
    sums = pd.concat(rows).groupby(KEY).sum()
    means = sums[["voiced_fraction", "loudness"]].div(sums["n"].where(sums["n"] > 0), axis=0)
    return means.reset_index()


def _of(entry: Entry, region: str) -> pd.DataFrame:
    rows = entry.segments[entry.segments["region"] == region]
    return rows[rows["target"] == "predicted_label"]


def _outside(entry: Entry, rows: pd.DataFrame, start: pd.Series, end: pd.Series) -> Estimate:
    """Mean over clips of the share of the rows' time outside start and end."""
    inside = np.minimum(rows["end_s"], end) - np.maximum(rows["start_s"], start)
    length = rows["end_s"] - rows["start_s"]
    sums = pd.DataFrame({"inside": inside.clip(lower=0), "length": length}).groupby(
        [rows[name] for name in KEY]
    )
    return entry.mean(1 - sums["inside"].sum() / sums["length"].sum())
