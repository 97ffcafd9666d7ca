"""Maps and spectrograms made for the tests of segments."""

import numpy as np
import pandas as pd

from sercues.core import tables
from sercues.segments import regions

CORRECTED = {"window_frames": 10, "k": 5, "positive_only": True, "inside_speech": True}
PUBLISHED = {"window_frames": 10, "k": 5, "positive_only": False, "inside_speech": False}


def extract(
    saliency, mels, settings, draws, seed, keep_offset=True, full_kind="speech", descriptors=None
):
    """Segments of maps; without `descriptors` of clips that are nowhere voiced."""
    descriptors = tables.empty("descriptors") if descriptors is None else descriptors
    given = (saliency, mels, settings, draws, seed, keep_offset, full_kind, descriptors)
    return regions.extract(*given)


def maps(values: dict[str, np.ndarray], **columns) -> pd.DataFrame:
    """Columns of table `saliency` that segments need, one row per clip_id."""
    rows = [
        {"clip_id": clip_id, "map": array.ravel(), "n_mels": len(array), "n_total": array.shape[1]}
        for clip_id, array in values.items()
    ]
    return pd.DataFrame(rows).assign(
        **{"fold": 0, "seed": 1, "target": "predicted_label"} | columns
    )


def spectrograms(values: dict[str, np.ndarray], speech=None, start=0.5, step=0.015):
    """Table `spectrograms` with one and the same time map; by default all of it is speech."""
    rows = []
    for clip_id, array in values.items():
        first, end = speech or (0, array.shape[1])
        rows.append(
            {
                "clip_id": clip_id,
                "log_mel": array.ravel().astype(np.float32),
                "n_mels": len(array),
                "n_total": array.shape[1],
                "n_frames": end,
                "start_s": start,
                "speech_start_frame": first,
                "speech_end_frame": end,
                "speech_start_s": start + first * step,
                "speech_end_s": start + end * step,
                "frame_step_s": step,
            }
        )
    return pd.DataFrame(rows)
