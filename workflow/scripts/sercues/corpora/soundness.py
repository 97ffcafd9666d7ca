"""Measuring recordings, and finding unusable ones."""

import hashlib
import math
import os
from pathlib import Path

import numpy as np
import soundfile

from sercues.audio import signal
from sercues.corpora.labels import (
    EMPTY,
    MISSING,
    NOT_A_NUMBER,
    SILENT,
    TOO_SHORT,
    TRUNCATED,
    UNREADABLE,
)

SILENCE_DBFS = -80.0  # 10 dB above one step of 16-bit audio; speech is inaudible below it
SHORTEST_S = 0.3  # two of the paper's windows of 0.15 s; eGeMAPS itself needs 0.06 s
TRUNCATED_SHARE = 0.01  # missing share of a WAV's sound; some encoders miscount by a few bytes
STREAMED_SIZE = (
    0x7FFFF000  # such sizes and larger ones are placeholders in headers written before the sound
)


def measure(file) -> dict:
    """Measure a file and say why it cannot be used, if so.

    Parameters
    ----------
    file : path-like

    Returns
    -------
    dict
        sample_rate (Hz), channels, duration_s (s), level_dbfs (dB), audio_sha256, reason; None
        if unknown. Level and hash are those of the mean of the channels, which all later steps
        use, so WAV and FLAC of the same sound have the same hash.
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
        samples, rate = signal.read(file)
        cut = len(samples) < header.frames or _wav_is_cut(file)
    # a damaged header may specify any size or an unknown encoding
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
    """Whether a WAV file is shorter than its header says, which libsndfile does not report."""
    with file.open("rb") as stream:
        if stream.read(4) != b"RIFF":
            return False
        stream.seek(12)
        while len(chunk := stream.read(8)) == 8:
            size = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"data":
                present = file.stat().st_size - stream.tell()
                return size < STREAMED_SIZE and present < (1 - TRUNCATED_SHARE) * size
            stream.seek(size + size % 2, os.SEEK_CUR)
    return False
