"""Maps and segments of clips whose planted interval is known."""

import numpy as np
import pandas as pd

from sercues.core import tables

TRUTH = pd.DataFrame(
    [
        {"clip_id": "a", "start_s": 1.0, "end_s": 1.5, "cue": "loudness"},
        {"clip_id": "a", "start_s": 1.0, "end_s": 1.5, "cue": "jitter"},
        {"clip_id": "neutral", "start_s": 1.0, "end_s": 1.5, "cue": "none"},
    ]
).assign(emotion="angry", size=1.0, unit="dB")


def spectrograms(clips):
    """Where frames lie: clips of 2.1 s from second 0, all speech."""
    place = {"n_total": 140, "start_s": 0.0, "speech_start_frame": 0, "speech_end_frame": 140}
    return pd.DataFrame({"clip_id": clips}).assign(**place, frame_step_s=0.015)


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
    return table.assign(**key | columns)[tables.columns("segments")]
