"""The manifest of a corpus: all files, their labels, and why some cannot be used."""

import logging
import math
from pathlib import Path, PurePosixPath

import pandas as pd

from sercues.core import job, tables
from sercues.core.errors import InputError
from sercues.core.paths import root_of
from sercues.corpora import adapter, soundness
from sercues.corpora.labels import (
    EMOTION_OUTSIDE,
    EMOTIONS,
    NAME_NOT_UNDERSTOOD,
    NOT_COUNTED,
    SECOND_COPY,
    TWO_LABELS,
    Labels,
)

log = logging.getLogger("sercues")
FILES_PER_TASK = 64  # enough work per task to outweigh the communication between processes


def build_manifest(corpus: str, root, limit: float, processes: int, rejected) -> pd.DataFrame:
    """Table `manifest` of a corpus: a row per file, sorted by path.

    Parameters
    ----------
    corpus : str
        Its layout, one of `adapter.names`.
    root : path-like
        Folder of the corpus; for layout 'manifest' the CSV file or its folder.
    limit : float
        Largest share of files that may be excluded, 0 to 1; see `check_excluded`.
    processes : int
        Processes that read files; does not affect the table.
    rejected : path-like
        CSV file to write the table to if it is rejected, so that every reason can be read.

    Returns
    -------
    pandas.DataFrame
        Columns of table `manifest`.

    Raises
    ------
    InputError
        There is no audio, no usable clip, or a larger share than `limit` is unusable.
    """
    root = Path(root).expanduser()
    clips = adapter.of(corpus).clips(root)
    folder = root_of(root)
    log.info("corpus %s: %d files in %s", corpus, len(clips), root)
    files = [folder / path for path, _ in clips]
    processes = min(processes, math.ceil(len(files) / FILES_PER_TASK))
    measured = job.in_processes(soundness.measure, files, processes, FILES_PER_TASK, unit="file")
    rows = [
        _row(path, labels, sound) for (path, labels), sound in zip(clips, measured, strict=True)
    ]
    manifest = pd.DataFrame(rows).astype({"sample_rate": "Int64", "channels": "Int64"})
    manifest["reason"] = repeated(manifest)
    manifest["excluded"] = manifest["reason"].notna()
    manifest["clip_id"] = clip_ids(manifest["path"])
    manifest = manifest[tables.columns("manifest")]
    for reason, count in manifest["reason"].value_counts().items():
        log.info("corpus %s: %d excluded, %s", corpus, count, reason)
    log.info("corpus %s: %d clips to be used", corpus, (~manifest["excluded"]).sum())
    try:
        check_excluded(manifest, limit, corpus, root, rejected)
    except InputError:
        tables.write(manifest, rejected, "manifest")
        raise
    Path(rejected).unlink(missing_ok=True)  # of an earlier run
    return manifest


def _row(path: str, labels: Labels, sound: dict) -> dict:
    """Row of one file; faults of its sound take precedence over those of its name."""
    row = {"path": path} | labels._asdict() | sound
    row["reason"] = sound["reason"] or labels.reason
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if shown != path:  # a name that is not valid Unicode cannot be stored in a table
        row |= {"path": shown, "reason": NAME_NOT_UNDERSTOOD}
    return row


def repeated(manifest: pd.DataFrame) -> pd.Series:
    """The column `reason` with repeated audio marked.

    Of files with the same audio, speaker and emotion the first is kept and the others are second
    copies. If kept files with the same audio differ in speaker or emotion, all are excluded.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Columns path, speaker, emotion, audio_sha256, reason, in the order that defines the first.

    Returns
    -------
    pandas.Series
        Reason of each row, None for a usable clip.
    """
    reason = manifest["reason"].astype(object).where(manifest["reason"].notna(), None)
    labels = manifest[["speaker", "emotion"]].fillna("")
    identity = labels.assign(audio=manifest["audio_sha256"])
    stem = manifest["path"].map(lambda path: PurePosixPath(path).stem.casefold())
    # a copy under the same name is a copy, even if both have other faults
    reason[identity.assign(stem=stem).duplicated() & identity["audio"].notna()] = SECOND_COPY
    usable = identity[reason.isna()]
    copies = usable.duplicated()
    reason[usable.index[copies]] = SECOND_COPY
    kept = usable[~copies]
    reason[kept.index[kept.duplicated("audio", keep=False)]] = TWO_LABELS
    return reason


def clip_ids(paths) -> list[str]:
    """Unique name of each clip: its file stem, with ~2, ~3, … for repeated stems."""
    taken: set[str] = set()
    ids = []
    for path in paths:
        stem = PurePosixPath(path).stem
        name, number = stem, 1
        while name in taken:
            number += 1
            name = f"{stem}~{number}"
        taken.add(name)
        ids.append(name)
    return ids


def check_excluded(manifest: pd.DataFrame, limit: float, corpus: str, root, listing) -> None:
    """Stop if too many clips of a corpus are unusable.

    The share is that of excluded files among all files, without second copies and songs: these are
    not faulty, and the public TESS archive holds every clip twice.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Table `manifest`.
    limit : float
        Largest accepted share, 0 to 1.
    corpus : str
        Its name, for the message.
    root : path-like
        Its folder, for the message.
    listing : path-like
        File that lists all reasons, for the message.

    Raises
    ------
    InputError
        No clip is usable, or a larger share than `limit` is not.
    """
    counted = manifest[~manifest["reason"].isin(NOT_COUNTED)]
    excluded = int(counted["excluded"].sum())
    where = f"; {listing} lists every reason"
    if manifest["excluded"].all():
        raise InputError(
            f"No clip of corpus '{corpus}' in {root} can be used: {_reasons(manifest)}; "
            f"correct `path:` under `corpora` in the config (expected: "
            f"{adapter.of(corpus).LAYOUT}){where}."
        )
    if excluded > limit * len(counted):
        raise InputError(
            f"{excluded} of {len(counted)} files of corpus '{corpus}' in {root} "
            f"({excluded / len(counted):.1%}) cannot be used, more than `excluded_limit` "
            f"({limit:.1%}) in the config allows: {_reasons(counted)}; repair or remove them, or "
            f"raise the limit{where}."
        )


def _reasons(manifest: pd.DataFrame) -> str:
    """The four commonest reasons, each with its count and first two files."""
    groups = manifest[manifest["excluded"]].groupby("reason", sort=True)["path"]
    ordered = sorted(groups, key=lambda group: -len(group[1]))[:4]
    descriptions = []
    for reason, paths in ordered:
        known = f" of {', '.join(EMOTIONS)}" if reason == EMOTION_OUTSIDE else ""
        more = ", …" if len(paths) > 2 else ""
        descriptions.append(f"{len(paths)} {reason}{known} ({', '.join(paths.iloc[:2])}{more})")
    return ", ".join(descriptions)
