"""Maps and segments of clips whose planted interval is known."""

import numpy as np
import pandas as pd

from sercues.core import tables
from sercues.cues.catalogue import F0

TRUTH = pd.DataFrame(
    [
        {"clip_id": "a", "start_s": 1.0, "end_s": 1.5, "cue": "loudness"},
        {"clip_id": "a", "start_s": 1.0, "end_s": 1.5, "cue": "jitter"},
        {"clip_id": "neutral", "start_s": 1.0, "end_s": 1.5, "cue": "none"},
    ]
).assign(emotion="angry", size=1.0, unit="dB")


def spectrograms(clips):
    """Clips of 2.1 s from second 0, all speech, of two bands of random levels."""
    rng = np.random.default_rng(5)
    place = {"n_mels": 2, "n_total": 140, "start_s": 0.0}
    place |= {"speech_start_frame": 0, "speech_end_frame": 140, "frame_step_s": 0.015}
    table = pd.DataFrame({"clip_id": clips}).assign(**place)
    return table.assign(log_mel=[rng.uniform(-60, 0, 280) for _ in clips])


def voices(clips):
    """Descriptors of these clips: voiced throughout, with a higher pitch on the planted interval."""
    time_s = np.round(0.03 + 0.01 * np.arange(205), 6)
    planted = (time_s >= 1.05) & (time_s < 1.5)
    frames = pd.DataFrame({"time_s": time_s, "voiced": True, F0: 20.0 + 5 * planted})
    return pd.concat([frames.assign(clip_id=clip) for clip in clips], ignore_index=True)


def maps(clips, draw):
    """Maps of two bands and 140 frames, as `draw(rng)` gives them."""
    rng = np.random.default_rng(7)
    key = {"fold": 0, "seed": 1, "target": "predicted_label", "n_mels": 2, "n_total": 140}
    rows = [key | {"clip_id": clip, "map": draw(rng).ravel()} for clip in clips]
    return pd.DataFrame(rows)


def segments(rows, clip_id="a", fold=0, **columns):
    """Rows of table `segments` from (region, draw, start_s, end_s)."""
    table = pd.DataFrame(rows, columns=["region", "draw", "start_s", "end_s"])
    table["rank"] = table.groupby(["region", "draw"]).cumcount() + 1
    key = {"clip_id": clip_id, "fold": fold, "seed": 1, "target": "predicted_label", "score": 1.0}
    key |= {"net_score": 1.0}
    return table.assign(**key | columns)[tables.columns("segments")]
