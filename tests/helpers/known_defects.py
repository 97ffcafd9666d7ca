"""Tables in which the defects of the paper's code are repaired, for the tests that break them."""

import numpy as np
import pandas as pd

from known_cues import changed, heard, study
from sercues.analysis import defects
from sercues.core.names import KEY
from sercues.stats.bootstrap import Resampling


def entry(n_speakers=12, **changes):
    """Tables of a corpus in which nothing is wrong, with `changes`."""
    cues, explained, manifest = study(n_speakers=n_speakers)
    rng = np.random.default_rng(1)
    found = heard(cues, explained, manifest)
    # of the 45 frames of the salient segments
    voiced = pd.Series(rng.integers(1, 45, len(found.clips)), found.clips["clip_id"])
    found = changed(found, voiced_fraction=voiced.to_numpy() / 45)
    key = explained[KEY]
    salient = pd.concat(
        [
            key.assign(region="salient", start_s=start, end_s=round(start + 0.15, 6))
            for start in (0.4, 0.7, 1.3)
        ]
    )
    whole = key.assign(region="full", start_s=0.3, end_s=1.6)
    maps = key.assign(
        speech_share=0.9,
        agrees=True,
        canonization_shift=1e-7,
        concept_share=0.4,
        concepts=[[f"block2:{n}", "block2:7"] for n in range(len(key))],
    )
    leaks = pd.DataFrame(
        [
            {"first": first, "second": "test", "kind": kind, "shared": 0, "total": 9}
            for first in ("train", "validation")
            for kind in ("clip", "speaker", "text")
        ]
    )
    times = {"start_s": 0.1, "speech_start_s": 0.3, "speech_end_s": 1.6, "frame_step_s": 0.015}
    times |= {"n_frames": 113, "n_total": 134}
    usual = {
        "saliency": maps,
        "segments": pd.concat([salient, whole], ignore_index=True),
        "cues": found,
        "spectrograms": manifest[["clip_id"]].assign(**times),
        "manifest": manifest.assign(
            emotion=manifest["clip_id"].str.split("_").str[1], duration_s=1.8
        ),
        "leaks": leaks,
        "stability": key.assign(kind="weights", change="conv1", windows=0.1),
        "descriptors": frames_of(loudness_of(found), voiced),
        "method": "occlusion",
        "fill": "floor",
        "keep_offset": True,
        "resampling": Resampling(200, 1),
    }
    return defects.Entry(**usual | changes)


def loudness_of(cues):
    """Loudness of the salient segments by clip."""
    return cues.values["salient"]["loudness"].set_axis(cues.clips["clip_id"])


def frames_of(loudness, voiced=None):
    """Descriptors of clips of 1.8 s, voiced from 0.3 to 1.6 s; in the salient segments only the first
    `voiced` frames where given."""
    time_s = np.round(0.03 + 0.01 * np.arange(175), 6)
    salient = np.zeros(len(time_s), bool)
    for start in (0.4, 0.7, 1.3):
        salient |= (time_s >= start) & (time_s < round(start + 0.15, 6))
    parts = []
    for clip_id, level in loudness.items():
        heard = (time_s >= 0.3) & (time_s < 1.6)
        if voiced is not None:
            heard[np.flatnonzero(salient)[voiced[clip_id] :]] = False
        frames = {"frame": np.arange(len(time_s)), "time_s": time_s, "voiced": heard}
        parts.append(pd.DataFrame(frames).assign(clip_id=clip_id, Loudness_sma3=level))
    return pd.concat(parts, ignore_index=True)
