"""The corpora: where their clips lie, what a file name says, and which clips cannot be used.

A corpus is a folder of WAV or FLAC files. Its adapter reads speaker, emotion and text from the file
name (`parse`); `build_manifest` names every file found, measures it and marks what has to be left
out, with the reason. Names and labels follow the corpora's own documentation:

* CREMA-D: Cao et al., IEEE Transactions on Affective Computing 5(4), 2014
* TESS: Pichora-Fuller and Dupuis, Borealis, 2020
* Emo-DB: Burkhardt et al., Interspeech 2005
* RAVDESS: Livingstone and Russo, PLoS ONE 13(5), 2018
"""

import errno
import hashlib
import logging
import math
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import pandas as pd
import soundfile
from tqdm import tqdm

from sercues import audio, locate, tables
from sercues.errors import InputError

log = logging.getLogger("sercues")

EMOTIONS = (
    "angry",
    "disgust",
    "fear",
    "happy",
    "neutral",
    "sad",
    "surprise",
    "calm",
    "boredom",
)
SUFFIXES = (".wav", ".flac")

# Why a clip is excluded: the values of the column `reason`.
MISSING = "missing"
UNREADABLE = "unreadable"
EMPTY = "empty"
TRUNCATED = "truncated"
NOT_A_NUMBER = "not a number"
SILENT = "silent"
TOO_SHORT = "too short"
SECOND_COPY = "second copy"
TWO_LABELS = "two labels"
NAME_NOT_UNDERSTOOD = "name not understood"
NO_LABEL = "no label"
EMOTION_OUTSIDE = "emotion outside"
SONG = "song"

# Nothing is wrong with these files: they are no clips of the corpus, so no share of it either.
NOT_COUNTED = (SECOND_COPY, SONG)

SILENCE_DBFS = -80.0  # 10 dB above one step of 16-bit audio: no speech is heard below it
SHORTEST_S = 0.3  # two of the paper's windows of 0.15 s; eGeMAPS itself needs 0.06 s
TRUNCATED_SHARE = 0.01  # missing share of a WAV's sound; some writers miscount by a few bytes
STREAMED_SIZE = 0x7FFFF000  # from this size on, the header was written before the sound was known
FILES_PER_TASK = 64  # enough reading per task to outweigh the exchange between processes

REMEDIES = (
    "give `path:` of a copy under `corpora` in the config, or connect to the network "
    "(`make demo` needs neither)"
)


class Labels(NamedTuple):
    """What a corpus says of a clip; `reason` is set where the clip cannot be used for it."""

    speaker: str | None = None
    sex: str | None = None
    emotion: str | None = None
    intensity: str | None = None
    text: str | None = None
    reason: str | None = None


# --- file names ---------------------------------------------------------------------------------


def _synthetic(speaker: str, text: str, emotion: str) -> Labels:
    sex = {"f": "female", "m": "male"}[speaker[0].lower()]
    return Labels(speaker.lower(), sex, _known(emotion), None, text.lower())


def _crema_d(speaker: str, text: str, emotion: str, level: str) -> Labels:
    emotions = {
        "ANG": "angry",
        "DIS": "disgust",
        "FEA": "fear",
        "HAP": "happy",
        "NEU": "neutral",
        "SAD": "sad",
    }
    levels = {"LO": "low", "MD": "medium", "HI": "high"}
    return Labels(
        speaker, None, emotions.get(emotion.upper()), levels.get(level.upper()), text.upper()
    )


def _tess(speaker: str, text: str, emotion: str) -> Labels:
    speaker = {"OA": "OAF"}.get(speaker.upper(), speaker.upper())
    pleasant = dict.fromkeys(("ps", "pleasant_surprise", "pleasant_surprised"), "surprise")
    emotion = pleasant.get(emotion.lower(), emotion)
    return Labels(speaker, "female", _known(emotion), None, text.lower())


def _emodb(speaker: str, text: str, emotion: str) -> Labels:
    emotions = {
        "W": "angry",
        "L": "boredom",
        "E": "disgust",
        "A": "fear",
        "F": "happy",
        "T": "sad",
        "N": "neutral",
    }
    sexes = dict.fromkeys(("03", "10", "11", "12", "15"), "male")
    sexes |= dict.fromkeys(("08", "09", "13", "14", "16"), "female")
    return Labels(speaker, sexes.get(speaker), emotions.get(emotion.upper()), None, text.lower())


def _ravdess(channel: str, emotion: str, level: str, text: str, speaker: str) -> Labels:
    emotions = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")
    known = {f"{code:02d}": word for code, word in enumerate(emotions, start=1)}
    levels = {"01": "normal", "02": "strong"}
    sex = "male" if int(speaker) % 2 else "female"
    reason = SONG if channel == "02" else None
    return Labels(speaker, sex, known.get(emotion), levels.get(level), text, reason)


def _known(emotion: str) -> str | None:
    return emotion.lower() if emotion.lower() in EMOTIONS else None


@dataclass(frozen=True)
class Adapter:
    """How a corpus names its files.

    `labels` gets the named groups of `pattern`, which has to match the whole file stem; it returns
    no emotion for an emotion code that is unknown.
    """

    layout: str
    pattern: str = ""
    labels: Callable[..., Labels] | None = None


ADAPTERS = {
    "synthetic": Adapter(
        "<speaker>_<text>_<emotion>_<take>.wav, as in f01_t03_angry_1.wav (f, m: sex)",
        r"(?P<speaker>[fm]\d+)_(?P<text>[a-z0-9]+)_(?P<emotion>[a-z]+)_\d+",
        _synthetic,
    ),
    "crema_d": Adapter(
        "AudioWAV/<actor>_<sentence>_<emotion>_<level>.wav, as in 1001_DFA_ANG_XX.wav",
        # one public file has a level of one letter, 1040_ITH_SAD_X
        r"(?P<speaker>\d{4})_(?P<text>[A-Z]{3})_(?P<emotion>[A-Z]{3})_(?P<level>LO|MD|HI|XX|X)",
        _crema_d,
    ),
    "tess": Adapter(
        "<speaker>_<emotion>/<speaker>_<word>_<emotion>.wav, as in OAF_angry/OAF_back_angry.wav",
        # one public file has a speaker of two letters, OA_bite_neutral
        r"(?P<speaker>OAF|OA|YAF)_(?P<text>[a-z]+)_(?P<emotion>[a-z_]+)",
        _tess,
    ),
    "emodb": Adapter(
        "wav/<speaker><text><emotion letter><take>.wav, as in 03a01Fa.wav",
        r"(?P<speaker>\d\d)(?P<text>[ab]\d\d)(?P<emotion>[A-Z])[a-z]",
        _emodb,
    ),
    "ravdess": Adapter(
        "Actor_<actor>/<seven two-digit codes>.wav, as in Actor_12/03-01-06-01-02-01-12.wav",
        r"03-(?P<channel>0[12])-(?P<emotion>\d\d)-(?P<level>\d\d)-(?P<text>\d\d)-\d\d"
        r"-(?P<speaker>\d\d)",
        _ravdess,
    ),
    "manifest": Adapter(
        "a CSV file, or a folder with manifest.csv, with the columns path, speaker, emotion and "
        "perhaps sex, text, intensity; paths relative to its folder or absolute"
    ),
}


def adapter(corpus: str) -> Adapter:
    """The adapter of `corpus`.

    Raises
    ------
    InputError
        There is none of this name.
    """
    if corpus not in ADAPTERS:
        raise InputError(
            f"`corpora` in the config names '{corpus}', which is unknown; "
            f"there are {', '.join(ADAPTERS)}."
        )
    return ADAPTERS[corpus]


def parse(corpus: str, path: str) -> Labels:
    """Labels of a clip from its file name.

    Parameters
    ----------
    corpus : str
        A key of `ADAPTERS`, other than 'manifest'.
    path : str
        File, relative to the corpus folder; only its stem is looked at, in any case of letters.

    Returns
    -------
    Labels
        With a `reason` and, where the name is not understood, nothing else.
    """
    rules = adapter(corpus)
    match = re.fullmatch(rules.pattern, PurePosixPath(path).stem, re.IGNORECASE | re.ASCII)
    if match is None:
        return Labels(reason=NAME_NOT_UNDERSTOOD)
    labels = rules.labels(**match.groupdict())
    if labels.emotion is None and labels.reason is None:
        return labels._replace(reason=EMOTION_OUTSIDE)
    return labels


# --- files --------------------------------------------------------------------------------------


def find(root, corpus: str) -> list[str]:
    """Audio files of a corpus, relative to `locate.root_of(root)`, with forward slashes, sorted.

    Files that a `manifest` lists, whether they exist or not; else every .wav and .flac file in any
    case of letters under `root`. Hidden files and folders are passed over (macOS writes a
    ``._name.wav`` without sound beside each file it copies). Linked folders are followed, each
    folder once; a link to a folder above `root` is not.

    Raises
    ------
    InputError
        The folder or list does not exist or cannot be read, or holds no audio file.
    """
    layout = adapter(corpus).layout
    root = Path(root).expanduser()
    if not root.exists():
        raise InputError(
            f"{root} of corpus '{corpus}' does not exist; correct `path:` under `corpora` in the "
            f"config (expected: {layout})."
        )
    if corpus == "manifest":
        return sorted(path for path, _ in read_list(root))
    if not root.is_dir():
        raise InputError(
            f"{root} of corpus '{corpus}' is no folder; correct `path:` under `corpora` in the "
            f"config (expected: {layout})."
        )
    found = sorted(
        file.relative_to(root).as_posix()
        for file in _files(root)
        if file.suffix.lower() in SUFFIXES
    )
    if not found:
        raise InputError(
            f"{root} of corpus '{corpus}' holds no .wav or .flac file; correct `path:` under "
            f"`corpora` in the config (expected: {layout})."
        )
    return found


def _files(root: Path) -> Iterator[Path]:
    """Visible files under `root`, and links to files, broken ones too."""
    above = root.resolve().parents
    seen = set()
    for here, folders, names in os.walk(root, onerror=_stop, followlinks=True):
        real = Path(here).resolve()
        if real in seen or real in above:
            folders.clear()
            continue
        seen.add(real)
        # links last: a folder within the corpus then keeps its own name
        folders[:] = sorted(
            (folder for folder in folders if not folder.startswith(".")),
            key=lambda folder: (Path(here, folder).is_symlink(), folder),
        )
        for name in sorted(names):
            file = Path(here, name)
            # a pipe or a device under an audio name would block the reader
            if not name.startswith(".") and (file.is_file() or file.is_symlink()):
                yield file


def _stop(error: OSError) -> None:
    raise InputError(
        f"{error.filename} cannot be read ({error.strerror}); give access to it or remove it."
    ) from error


def read_list(path) -> list[tuple[str, Labels]]:
    """Clips of a user's own list.

    Parameters
    ----------
    path : path-like
        CSV file in UTF-8, or a folder with ``manifest.csv``. Columns path, speaker, emotion;
        optional sex (female or male, f or m), text and intensity. Other columns are passed over,
        and a sex in other words counts as unknown.

    Returns
    -------
    list of (str, Labels)
        Path relative to the list's folder, absolute where it lies elsewhere.

    Raises
    ------
    InputError
        The list does not exist or is no such table, or a row has no path.
    """
    path = Path(path).expanduser()
    file = path / "manifest.csv" if path.is_dir() else path
    try:
        # index_col: a row with a cell too many must not shift the others
        table = pd.read_csv(file, dtype=str, encoding="utf-8-sig", index_col=False).fillna("")
    except (OSError, UnicodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"{file} cannot be read as a CSV file in UTF-8 ({str(error).strip()}); "
            f"expected {ADAPTERS['manifest'].layout}."
        ) from error
    table.columns = [str(column).strip().lower() for column in table.columns]
    for column in ("path", "speaker", "emotion"):
        if column not in table.columns:
            raise InputError(
                f"{file} has no column '{column}' (it has: {', '.join(table.columns)}); "
                "add it, with commas between columns."
            )
    rows = table.to_dict("records")
    for number, row in enumerate(rows, start=1):
        if not row["path"].strip():
            raise InputError(f"{file}, row {number} below the header has no path; fill it in.")
    if not rows:
        raise InputError(f"{file} lists no clip; add a row for each.")
    return [(_relative(row["path"].strip(), file.parent), _listed_labels(row)) for row in rows]


def _relative(path: str, folder: Path) -> str:
    """`path` relative to `folder`, absolute where it lies elsewhere; two spellings become one."""
    whole = Path(os.path.normpath(folder.absolute() / path))
    folder = Path(os.path.normpath(folder.absolute()))
    return (whole.relative_to(folder) if whole.is_relative_to(folder) else whole).as_posix()


def _listed_labels(row: dict[str, str]) -> Labels:
    """Labels of a row of a user's list; common other words for an emotion are understood."""
    words = {
        "anger": "angry",
        "disgusted": "disgust",
        "fearful": "fear",
        "happiness": "happy",
        "sadness": "sad",
        "surprised": "surprise",
        "bored": "boredom",
    }
    sexes = {"female": "female", "f": "female", "male": "male", "m": "male"}
    cells = {key: value.strip() for key, value in row.items() if isinstance(value, str)}
    emotion = cells["emotion"].lower()
    labels = Labels(
        speaker=cells["speaker"] or None,
        sex=sexes.get(cells.get("sex", "").lower()),
        emotion=_known(words.get(emotion, emotion)),
        intensity=cells.get("intensity", "").lower() or None,
        text=cells.get("text") or None,
    )
    if not cells["speaker"] or not emotion:
        return labels._replace(reason=NO_LABEL)
    return labels if labels.emotion else labels._replace(reason=EMOTION_OUTSIDE)


def actor_sexes(root) -> dict[str, str]:
    """Sex of CREMA-D's actors, from its `VideoDemographics.csv` under `root`; empty without it.

    Raises
    ------
    InputError
        The file has no columns ActorID and Sex.
    """
    found = [file for file in _files(Path(root)) if file.name == "VideoDemographics.csv"]
    if not found:
        return {}
    try:
        actors = pd.read_csv(found[0], dtype=str, usecols=["ActorID", "Sex"]).dropna()
    except (ValueError, OSError) as error:
        raise InputError(
            f"{found[0]} is no table with the columns ActorID and Sex; repair or remove it."
        ) from error
    actors["Sex"] = actors["Sex"].str.strip().str.lower()
    told = actors[actors["Sex"].isin(["female", "male"])]
    return dict(zip(told["ActorID"].str.strip(), told["Sex"], strict=True))


# --- sound --------------------------------------------------------------------------------------


def measure(file) -> dict:
    """What a file sounds like, and why it cannot be used if it cannot.

    Parameters
    ----------
    file : path-like

    Returns
    -------
    dict
        sample_rate (Hz), channels, duration_s (s), level_dbfs (dB), audio_sha256, reason; None
        where not known. Level and hash are those of the mean of the channels, which is what every
        later step hears: WAV and FLAC of the same sound have the same hash.
    """
    result = dict.fromkeys(
        ("sample_rate", "channels", "duration_s", "level_dbfs", "audio_sha256", "reason")
    )
    file = Path(file)
    if not file.is_file():
        return result | {"reason": UNREADABLE if file.exists() else MISSING}
    try:
        if file.stat().st_size == 0:
            return result | {"reason": EMPTY}
        header = soundfile.info(file)
        samples, rate = audio.read(file)
        cut = len(samples) < header.frames or _wav_is_cut(file)
    # a damaged header may announce any size or an unknown coding
    except (soundfile.SoundFileError, OSError, ValueError, TypeError, MemoryError):
        return result | {"reason": UNREADABLE}
    result |= {
        "sample_rate": rate,
        "channels": header.channels,
        "duration_s": len(samples) / rate,
        "audio_sha256": _sha256(samples, rate),
    }
    if len(samples) == 0:
        return result | {"reason": EMPTY}
    if not np.isfinite(samples).all():
        return result | {"reason": NOT_A_NUMBER}
    samples = samples.astype(np.float64)
    level = _decibel(np.sqrt(np.mean(samples**2)))
    result["level_dbfs"] = level if math.isfinite(level) else None
    if cut:
        result["reason"] = TRUNCATED
    elif _decibel(samples.std()) < SILENCE_DBFS:  # a constant offset is silence too
        result["reason"] = SILENT
    elif result["duration_s"] < SHORTEST_S:
        result["reason"] = TOO_SHORT
    return result


def _decibel(amplitude: float) -> float:
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def _sha256(samples: np.ndarray, rate: int) -> str:
    digest = hashlib.sha256(int(rate).to_bytes(8, "little"))
    digest.update(np.ascontiguousarray(samples, dtype="<f4"))
    return digest.hexdigest()


def _wav_is_cut(file: Path) -> bool:
    """Whether a WAV file ends before the sound its header announces; libsndfile does not tell."""
    with file.open("rb") as stream:
        if stream.read(4) != b"RIFF":
            return False
        stream.seek(12)
        while len(chunk := stream.read(8)) == 8:
            size = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"data":
                held = file.stat().st_size - stream.tell()
                return size < STREAMED_SIZE and held < (1 - TRUNCATED_SHARE) * size
            stream.seek(size + size % 2, os.SEEK_CUR)
    return False


# --- manifest -----------------------------------------------------------------------------------


def build_manifest(
    corpus: str, root, limit: float, processes: int = 1, rejected=None
) -> pd.DataFrame:
    """Table `manifest` of a corpus: a row for every file found, in the order of their paths.

    Parameters
    ----------
    corpus : str
        A key of `ADAPTERS`.
    root : path-like
        Folder of the corpus; for 'manifest' the CSV file or its folder.
    limit : float
        Largest share of files that may be excluded, 0 to 1; see `check_excluded`.
    processes : int
        How many processes read files; the table does not depend on it.
    rejected : path-like, optional
        CSV file that gets the table when it is rejected, so that every reason can be read.

    Returns
    -------
    pandas.DataFrame
        Columns of table `manifest`.

    Raises
    ------
    InputError
        No audio is found, no clip can be used, or more than `limit` of them cannot.
    """
    root = Path(root).expanduser()
    clips = labelled(corpus, root)
    folder = locate.root_of(root)
    log.info("corpus %s: %d files in %s", corpus, len(clips), root)
    measured = _measure_all([folder / path for path, _ in clips], processes)
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
        if rejected is not None:
            tables.write(manifest, rejected, "manifest")
        raise
    if rejected is not None:
        Path(rejected).unlink(missing_ok=True)  # of an earlier run
    return manifest


def labelled(corpus: str, root) -> list[tuple[str, Labels]]:
    """Every file of a corpus with its labels, sorted by path."""
    root = Path(root).expanduser()
    if corpus == "manifest":
        return sorted(read_list(root), key=lambda clip: clip[0])
    paths = find(root, corpus)
    sexes = actor_sexes(root) if corpus == "crema_d" else {}
    clips = []
    for path in paths:
        labels = parse(corpus, path)
        clips.append((path, labels._replace(sex=sexes.get(labels.speaker, labels.sex))))
    return clips


def _measure_all(files: list[Path], processes: int) -> list[dict]:
    bar = {"total": len(files), "desc": "reading", "unit": "file", "file": sys.stderr}
    processes = min(processes, math.ceil(len(files) / FILES_PER_TASK))
    if processes <= 1:
        return list(tqdm(map(measure, files), **bar))
    with ProcessPoolExecutor(processes) as pool:
        return list(tqdm(pool.map(measure, files, chunksize=FILES_PER_TASK), **bar))


def _row(path: str, labels: Labels, sound: dict) -> dict:
    """Row of one file; what is wrong with its sound goes before what is wrong with its name."""
    row = {"path": path} | labels._asdict() | sound
    row["reason"] = sound["reason"] or labels.reason
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if shown != path:  # a name that is no Unicode text fits in no table
        row |= {"path": shown, "reason": NAME_NOT_UNDERSTOOD}
    return row


def repeated(manifest: pd.DataFrame) -> pd.Series:
    """The column `reason` with repeated audio marked.

    Of files with the same audio, speaker and emotion the first is kept and the others are second
    copies; where kept files with the same audio differ in speaker or emotion, none can be trusted.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Columns path, speaker, emotion, audio_sha256, reason, in the order that decides what is
        first.

    Returns
    -------
    pandas.Series
        Reason of each row, None for a clip to be used.
    """
    reason = manifest["reason"].astype(object).where(manifest["reason"].notna(), None)
    labels = manifest[["speaker", "emotion"]].fillna("")
    same = labels.assign(audio=manifest["audio_sha256"])
    stem = manifest["path"].map(lambda path: PurePosixPath(path).stem.casefold())
    # a copy under the same name is a copy, whatever else is wrong with both
    reason[same.assign(stem=stem).duplicated() & same["audio"].notna()] = SECOND_COPY
    usable = same[reason.isna()]
    copies = usable.duplicated()
    reason[usable.index[copies]] = SECOND_COPY
    kept = usable[~copies]
    reason[kept.index[kept.duplicated("audio", keep=False)]] = TWO_LABELS
    return reason


def clip_ids(paths) -> list[str]:
    """Unique name of each clip: its file stem; later ones of the same stem get ~2, ~3, …"""
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


def check_excluded(manifest: pd.DataFrame, limit: float, corpus: str, root, listing=None) -> None:
    """Stop when too many clips of a corpus cannot be used.

    The share is that of excluded files among all files. Second copies and songs count as neither:
    nothing is wrong with them, and the public TESS archive holds every clip twice.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Table `manifest`.
    limit : float
        Largest share that is accepted, 0 to 1.
    corpus : str
        Its name, for the message.
    root : path-like
        Its folder, for the message.
    listing : path-like, optional
        File in which all reasons can be read, for the message.

    Raises
    ------
    InputError
        No clip can be used, or more than `limit` of the files cannot.
    """
    counted = manifest[~manifest["reason"].isin(NOT_COUNTED)]
    excluded = int(counted["excluded"].sum())
    where = f"; {listing} lists every reason" if listing is not None else ""
    if manifest["excluded"].all():
        raise InputError(
            f"No clip of corpus '{corpus}' in {root} can be used: {_reasons(manifest)}; "
            f"correct `path:` under `corpora` in the config (expected: "
            f"{adapter(corpus).layout}){where}."
        )
    if excluded > limit * len(counted):
        raise InputError(
            f"{excluded} of {len(counted)} files of corpus '{corpus}' in {root} "
            f"({excluded / len(counted):.1%}) cannot be used, more than `excluded_limit` "
            f"({limit:.1%}) in the config allows: {_reasons(counted)}; repair or remove them, or "
            f"raise the limit{where}."
        )


def _reasons(manifest: pd.DataFrame, most: int = 4, examples: int = 2) -> str:
    """The commonest reasons, each with its count and the first files it holds for."""
    groups = manifest[manifest["excluded"]].groupby("reason", sort=True)["path"]
    ordered = sorted(groups, key=lambda group: -len(group[1]))[:most]
    told = []
    for reason, paths in ordered:
        known = f" of {', '.join(EMOTIONS)}" if reason == EMOTION_OUTSIDE else ""
        more = ", …" if len(paths) > examples else ""
        told.append(f"{len(paths)} {reason}{known} ({', '.join(paths.iloc[:examples])}{more})")
    return ", ".join(told)


# --- download -----------------------------------------------------------------------------------


def download(handle: str, destination, clips: int | None = None) -> None:
    """Download a corpus from Kaggle; `destination` appears whole or not at all.

    kagglehub keeps its own copy (``~/.cache/kagglehub`` or ``KAGGLEHUB_CACHE``), so that a download
    that was cut off goes on where it ended.

    Parameters
    ----------
    handle : str
        Kaggle handle, ``owner/name``.
    destination : path-like
        Folder to make.
    clips : int, optional
        How many distinct file stems there have to be at least.

    Raises
    ------
    InputError
        No network, no kagglehub, no permission, or fewer clips than expected.
    """
    try:
        import kagglehub

        source = Path(kagglehub.dataset_download(handle))
    except ImportError as error:
        raise InputError(
            f"'{handle}' cannot be downloaded because kagglehub is not installed: {REMEDIES}."
        ) from error
    # kagglehub raises whatever its layers raise; for the user all of it means: no download
    except Exception as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise InputError(
            f"'{handle}' cannot be downloaded from Kaggle ({_cause(error)}): {REMEDIES}."
        ) from error
    _check_complete(source, handle, clips)
    destination = Path(destination)
    part = destination.with_name(f".{destination.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for file in _files(source):
            copy = part / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        if destination.exists():
            shutil.rmtree(destination)
        part.replace(destination)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _cause(error: Exception) -> str:
    """Why a download failed, in a few words."""
    if any(kind.__name__ in ("ConnectionError", "Timeout") for kind in type(error).__mro__):
        return "no connection"
    lines = str(error).strip().splitlines()
    first = f": {lines[0].rstrip(' .:')[:150]}" if lines else ""
    return type(error).__name__ + first


def _check_complete(source: Path, handle: str, clips: int | None) -> None:
    stems = {file.stem.casefold() for file in _files(source) if file.suffix.lower() in SUFFIXES}
    log.info("%s: %d clips downloaded to %s", handle, len(stems), source)
    if clips is not None and len(stems) < clips:
        raise InputError(
            f"'{handle}' holds {len(stems)} clips instead of {clips}: delete {source} and run "
            f"again, or {REMEDIES}."
        )
    if clips is not None and len(stems) > clips:
        log.warning("%s: %d clips are expected", handle, clips)
