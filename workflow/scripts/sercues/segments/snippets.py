"""Sounds of segments as WAV files."""

import hashlib
import re
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from sercues.audio import signal


def snippet_name(clip_id: str, fold: int, seed: int, target: str, rank: int) -> str:
    """File name of a snippet, valid on every file system and unique to its clip_id."""
    stem = re.sub(r"[^A-Za-z0-9._~-]", "_", clip_id)
    if stem != clip_id:
        # two clip_ids may differ only in the replaced characters
        stem += "-" + hashlib.blake2b(clip_id.encode(), digest_size=4).hexdigest()
    return f"{stem}_fold{fold}_seed{seed}_{target}_{rank}.wav"


def write_snippets(segments: pd.DataFrame, paths: dict[str, str], folder: Path) -> pd.DataFrame:
    """Write each segment as WAV (16 bit, mono, the rate of its file).

    Parameters
    ----------
    segments : pandas.DataFrame
        Rows of table `segments`, of one region and draw.
    paths : dict
        File of each clip_id.
    folder : pathlib.Path
        Folder of the snippets.

    Returns
    -------
    pandas.DataFrame
        The segments written, with their `file` name. Segments are cut at the ends of the recording;
        those outside it have no snippet and no row.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = pd.Series(index=segments.index, dtype=object, name="file")
    clips = segments.groupby("clip_id", sort=True)
    for clip_id, rows in tqdm(clips, unit="clip", mininterval=5):
        samples, rate = signal.read(paths[clip_id])
        for row in rows.itertuples():
            piece = samples[round(row.start_s * rate) : round(row.end_s * rate)]
            if len(piece):
                name = snippet_name(clip_id, row.fold, row.seed, row.target, row.rank)
                signal.write(piece, rate, folder / name)
                files[row.Index] = name
    return segments.assign(file=files).dropna(subset="file")
