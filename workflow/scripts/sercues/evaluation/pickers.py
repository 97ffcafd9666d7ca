"""Trivial pickers: windows chosen without a network, which a method must beat to have found anything."""

import numpy as np
import pandas as pd

from sercues.core.names import KEY
from sercues.cues.catalogue import F0
from sercues.evaluation import localisation
from sercues.segments import matching
from sercues.segments.windows import grid_of, seconds, window_sums

PICKERS = {
    "loudest": "highest level",
    "softest": "lowest level",
    "most_voiced": "largest share of voiced frames",
    "highest_pitch": "highest mean pitch; unvoiced windows last",
}
BEST = "best_of_emotion"
# columns of the tables that `point` needs
SPECTROGRAM_COLUMNS = [*localisation.PLACES, "log_mel", "n_mels"]
DESCRIPTOR_COLUMNS = ["clip_id", "time_s", "voiced", F0]


def point(
    clips: pd.DataFrame,
    spectrograms: pd.DataFrame,
    descriptors: pd.DataFrame,
    truth: pd.DataFrame,
    windows: dict,
) -> dict[str, pd.DataFrame]:
    """What `localisation.point` gives for maps, by picker.

    Parameters
    ----------
    clips : pandas.DataFrame
        Columns `KEY`: the maps whose clips are judged.
    spectrograms, descriptors, truth : pandas.DataFrame
        Tables of these names; `SPECTROGRAM_COLUMNS` and `DESCRIPTOR_COLUMNS` are enough.
    windows : dict
        The protocol's `segments` block.
    """
    voices = dict(list(descriptors.groupby("clip_id")))
    by_clip = spectrograms.set_index("clip_id")
    scores = {name: {} for name in PICKERS}
    for clip_id in clips["clip_id"].unique():
        found = window_scores(by_clip.loc[clip_id], voices[clip_id], windows)
        for name, values in found.items():
            scores[name][clip_id] = values
    return {
        name: localisation.point_scores(
            ((row, of_clip[row.clip_id]) for row in clips[KEY].itertuples()),
            spectrograms,
            truth,
            windows,
        )
        for name, of_clip in scores.items()
    }


def best_of_emotion(pointed: dict[str, pd.DataFrame], truth: pd.DataFrame) -> pd.DataFrame:
    """Results of the best picker of each planted emotion and measure.

    It is chosen on the same clips and by their true emotions, which favours it.

    Parameters
    ----------
    pointed : dict of pandas.DataFrame
        From `point`, all of the same maps.
    truth : pandas.DataFrame
        Table `truth`.
    """
    emotions = truth.drop_duplicates("clip_id").set_index("clip_id")["emotion"]
    tables = {name: table.set_index(KEY) for name, table in pointed.items()}
    best = next(iter(tables.values())).copy()
    of = best.index.get_level_values("clip_id").map(emotions)
    for measure in localisation.MEASURES:
        values = pd.DataFrame({name: table[measure] for name, table in tables.items()})
        chosen = values.groupby(of).mean().idxmax(axis=1)
        for emotion, name in chosen.items():
            best.loc[of == emotion, measure] = values.loc[of == emotion, name]
    return best.reset_index()


def window_scores(clip, frames: pd.DataFrame, windows: dict) -> dict[str, np.ndarray]:
    """Score of every window of a clip by picker, shape (n_windows,); higher is chosen first.

    Parameters
    ----------
    clip : pandas.Series
        Row of the table `spectrograms`.
    frames : pandas.DataFrame
        Its descriptors.
    windows : dict
        The protocol's `segments` block.
    """
    grid = grid_of(clip, windows)
    log_mel = np.reshape(clip["log_mel"], (clip["n_mels"], clip["n_total"])).astype(np.float64)
    power = window_sums(10 ** (log_mel / 10), grid)
    spans = seconds(grid, clip["start_s"], clip["frame_step_s"], keep_offset=True)
    times, voiced = frames["time_s"].to_numpy(), frames["voiced"].to_numpy()
    pitch = frames[F0].to_numpy(dtype=np.float64)
    inside = [(times >= start) & (times < end) & voiced for start, end in spans]
    return {
        "loudest": power,
        "softest": -power,
        "most_voiced": matching.voicing_of(spans, times, voiced),
        "highest_pitch": np.array([pitch[at].mean() if at.any() else -1.0 for at in inside]),
    }
