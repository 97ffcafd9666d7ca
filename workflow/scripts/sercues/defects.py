"""Defects of the paper's code, as numbers: how large each is here, and whether a protocol repeats it.

Each function measures one defect on the tables of one corpus, protocol and method and gives a `Finding`, or
None where there is nothing to measure it on. What its code does is told in ``config/claims.yaml``.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sercues import published, statistics, tables
from sercues.claims import claim_row, number, words
from sercues.evidence import KEY, per_clip
from sercues.statistics import Estimate

REPAIRED, REPEATED = "repaired", "repeated"
SHIFT = 1e-4  # change of a logit, as a share of their range, that leaves the network whole
FRAME_S = 0.010  # s, one frame of the descriptors
SHARE = 0.01  # of time or of clips, from which a defect counts
EXPLAINED = 0.5  # share of the variance of shimmer, from which voicing is what shimmer says


class Finding(NamedTuple):
    """A defect's size, in words and with its interval, and whether it is there."""

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
    clips : pandas.DataFrame
        From `evidence.clip_cues`.
    spectrograms, manifest, leaks : pandas.DataFrame
        The tables of these names; of spectrograms the times are enough.
    method : str
        Saliency method.
    fill : str
        What covers in occlusion.
    keep_offset : bool
        Whether seconds are those of the file.
    draws, seed : int
        Bootstrap over speakers.
    """

    saliency: pd.DataFrame
    segments: pd.DataFrame
    clips: pd.DataFrame
    spectrograms: pd.DataFrame
    manifest: pd.DataFrame
    leaks: pd.DataFrame
    method: str
    fill: str
    keep_offset: bool
    draws: int
    seed: int

    def mean(self, values: pd.Series) -> Estimate:
        """Mean over clips, with an interval over speakers, of values indexed by clip_id."""
        values = values.groupby(level="clip_id").mean().dropna()
        speakers = statistics.speakers_of(values.index.to_series(), self.manifest)
        data = values.to_numpy(dtype=float)[:, None]
        return statistics.means(data, speakers, self.draws, self.seed)[0]


def shared_data(entry: Entry) -> Finding | None:
    """Test clips or their speakers in training or validation, as the leak audit counted them."""
    rows = entry.leaks[(entry.leaks["second"] == "test") & (entry.leaks["total"] > 0)]
    rows = rows[rows["kind"].isin(["speaker", "clip"])]
    if rows.empty:
        return None
    texts, largest = [], 0.0
    for (first, kind), part in rows.groupby(["first", "kind"]):
        shared, total = int(part["shared"].sum()), int(part["total"].sum())
        texts.append(f"{shared} of {total} {kind}s of the test parts in {first}")
        largest = max(largest, shared / total)
    size = Estimate(largest, np.nan, np.nan, len(entry.clips), entry.clips["speaker"].nunique())
    return Finding("; ".join(texts), size, largest > 0)


def other_class(entry: Entry) -> Finding | None:
    """Share of maps that explain another class than the network predicts from the same input."""
    maps = entry.saliency[entry.saliency["target_kind"] == "predicted"]
    if maps.empty:
        return None
    size = entry.mean(1.0 - maps.set_index("clip_id")["agrees"].astype(float))
    text = f"{_per_cent(size.value)} of the maps explain another class than the predicted one"
    return Finding(text, size, size.value > 0)


def damaged_network(entry: Entry) -> Finding | None:
    """Largest change of a logit by folding batch normalisation, as a share of the logits' range."""
    shifts = entry.saliency.set_index("clip_id")["canonization_shift"].dropna()
    if shifts.empty:
        return None
    size = entry.mean(shifts)._replace(value=float(shifts.max()), low=np.nan, high=np.nan)
    text = f"a logit changes by {number(size.value)} of the logits' range at most"
    return Finding(text, size, size.value > SHIFT)


def fixed_concept(entry: Entry) -> Finding | None:
    """Share of the layer's relevance that the concepts carry, and whether all clips have the same."""
    maps = entry.saliency[entry.saliency["concepts"].notna()]
    if len(maps) < 2:
        return None
    chosen = maps["concepts"].map(lambda names: tuple(sorted(names)))
    size = entry.mean(maps.set_index("clip_id")["concept_share"])
    same = chosen.nunique() == 1
    which = f"{chosen.iloc[0][0]} alone" if same else f"{len(chosen.iloc[0])} chosen per clip"
    text = f"concepts: {which}; they carry {_per_cent(size.value)} of the layer's relevance"
    return Finding(text, size, same)


def loudest_fill(entry: Entry) -> Finding | None:
    """Share of positive relevance outside speech, which a loud fill draws there."""
    if entry.method != "occlusion" or entry.saliency.empty:
        return None
    size = entry.mean(1 - entry.saliency.set_index("clip_id")["speech_share"])
    text = f"fill: {entry.fill}; {_per_cent(size.value)} of positive relevance lies outside speech"
    return Finding(text, size, entry.fill == "loudest")


def wrong_seconds(entry: Entry) -> Finding | None:
    """Mean distance between the second a salient segment is cut at and the second it lies at."""
    salient = _of(entry, "salient").merge(entry.spectrograms, on="clip_id", suffixes=("", "_map"))
    if salient.empty:
        return None
    if entry.keep_offset:
        error = salient["start_s"] * 0.0
    else:
        at = (salient["start_s_map"], salient["frame_step_s"])
        error = published.second_of_file(salient["start_s"], *at) - salient["start_s"]
    size = entry.mean(error.abs().set_axis(salient["clip_id"]))
    text = f"segments are cut {number(size.value)} s from where the network saw them, on average"
    return Finding(text, size, size.value > FRAME_S)


def outside_speech(entry: Entry) -> Finding | None:
    """Share of the salient segments' time, as they are cut, that holds no speech."""
    salient = _of(entry, "salient").merge(entry.spectrograms, on="clip_id", suffixes=("", "_map"))
    size = _outside(entry, salient, salient["speech_start_s"], salient["speech_end_s"])
    text = f"{_per_cent(size.value)} of the salient time lies outside speech"
    return Finding(text, size, size.value > SHARE) if size.n_clips else None


def past_the_end(entry: Entry) -> Finding | None:
    """Share of the full-clip baseline's time that lies past the end of the recording."""
    whole = _of(entry, "full").merge(entry.manifest[["clip_id", "duration_s"]], on="clip_id")
    start = pd.Series(0.0, index=whole.index)
    size = _outside(entry, whole, start, whole["duration_s"])
    text = f"{_per_cent(size.value)} of the full baseline's time lies outside the recording"
    return Finding(text, size, size.value > SHARE) if size.n_clips else None


def short_windows(entry: Entry) -> Finding | None:
    """Share of the salient segments that are shorter than a window and compete by their sum."""
    salient = _of(entry, "salient")
    if salient.empty:
        return None
    length = salient["end_s"] - salient["start_s"]
    # windows of a corpus have one length but for the last of each clip
    short = (length < length.max() - FRAME_S / 2).astype(float)
    size = entry.mean(short.set_axis(salient["clip_id"]))
    text = f"{_per_cent(size.value)} of the salient segments are shorter than a window"
    return Finding(text, size, size.value > 0)


def unvoiced_zeros(entry: Entry) -> Finding | None:
    """Share of the variance of shimmer between clips that their voiced fraction explains."""
    clips = per_clip(entry.clips)
    data = (clips["shimmer"].to_numpy(), clips["voiced_fraction"].to_numpy(), clips["speaker"])
    size = statistics.shared_variance(*data, entry.draws, entry.seed)
    if not np.isfinite(size.value):
        return None
    text = f"share of the variance of shimmer that voiced fraction explains: {words(size)}"
    return Finding(text, size, size.value > EXPLAINED)


def one_clip(entry: Entry) -> Finding | None:
    """Chance that one clip of each emotion shows the claimed order of loudness.

    Angry above all others and sad below: the share of all choices of one correct clip per emotion.
    """
    correct = per_clip(entry.clips[entry.clips["correct"]]).merge(
        entry.manifest[["clip_id", "emotion"]], on="clip_id"
    )
    groups = {
        emotion: np.sort(part["loudness"].dropna().to_numpy())
        for emotion, part in correct.groupby("emotion")
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
        f"one clip of each emotion shows angry loudest and sad softest in {_per_cent(size.value)} of "
        f"all choices; here each mean has {fewest} clips or more"
    )
    return Finding(text, size, fewest == 1)


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
}


def defect_rows(
    entry: Entry, statements: dict, *, corpus: str, protocol: str, method: str
) -> pd.DataFrame:
    """Rows of the table `claims`, one per defect that can be measured.

    Parameters
    ----------
    entry : Entry
    statements : dict
        From `claims.read_statements`.
    corpus, protocol, method : str
        Written in every row.
    """
    where = {"corpus": corpus, "protocol": protocol, "method": method, "cue": "–"}
    rows = []
    for name, measure in DEFECTS.items():
        found = measure(entry)
        if found is not None:
            verdict = REPEATED if found.repeated else REPAIRED
            rows.append(claim_row(name, statements, where, found.measured, found.size, verdict))
    return pd.DataFrame(rows, columns=tables.columns("claims"))


def _of(entry: Entry, region: str) -> pd.DataFrame:
    rows = entry.segments[entry.segments["region"] == region]
    return rows[rows["target_kind"] == "predicted"]


def _outside(entry: Entry, rows: pd.DataFrame, start: pd.Series, end: pd.Series) -> Estimate:
    """Share of the rows' time outside start and end, clip by clip."""
    inside = np.minimum(rows["end_s"], end) - np.maximum(rows["start_s"], start)
    length = rows["end_s"] - rows["start_s"]
    sums = pd.DataFrame({"inside": inside.clip(lower=0), "length": length}).groupby(
        [rows[name] for name in KEY]
    )
    return entry.mean(1 - sums["inside"].sum() / sums["length"].sum())


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f} %"
