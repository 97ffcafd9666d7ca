"""Log-Mel spectrograms of recordings, and conversion of their frames to seconds of the file."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from tqdm import tqdm

from sercues.audio import signal
from sercues.audio.signal import FLOOR
from sercues.core import imports

ROW_GROUP = 256  # clips per row group of the Parquet table, 26 MB of spectrograms


@dataclass
class Spectrogram:
    """A log-Mel spectrogram and its position in the file.

    Attributes
    ----------
    log_mel : numpy.ndarray of float32, shape (n_mels, n_total)
        dB re the clip's maximum, at least −top_db, which is also the value of padding.
    n_frames : int
        Frames with sound; the rest is padding.
    start_s : float
        s of the original file at frame 0.
    speech_start_frame, speech_end_frame : int
        Frames of speech, end exclusive; before and after them is the margin.
    speech_start_s, speech_end_s : float
        s of the original file: start and end of the speech in the spectrogram.
    frame_step_s : float
        s of the original file between frames.
    """

    log_mel: np.ndarray
    n_frames: int
    start_s: float
    speech_start_frame: int
    speech_end_frame: int
    speech_start_s: float
    speech_end_s: float
    frame_step_s: float


@dataclass
class Excerpt:
    """The part of a recording that is the input of the network.

    Attributes
    ----------
    samples : numpy.ndarray of float32, shape (n_samples,)
        Mono.
    rate : int
        Hz.
    start_s : float
        s of the original file at the first sample.
    speech_start_s, speech_end_s : float
        s of the original file: start and end of the speech in the excerpt.
    """

    samples: np.ndarray
    rate: int
    start_s: float
    speech_start_s: float
    speech_end_s: float


class FrontEnd:
    """The log-Mel front end of a protocol, the same for training and explaining.

    Parameters
    ----------
    settings : dict
        The protocol's `front_end` block.
    """

    def __init__(self, settings: dict):
        # imported here, as most users of this module need no torch
        import torch

        self.settings = settings
        self.tensor = torch.from_numpy
        transforms = imports.import_torchaudio().transforms
        # Slaney's scale and normalisation: the defaults of librosa, which the paper's code used
        self.mel = transforms.MelSpectrogram(
            sample_rate=settings["sample_rate"],
            n_fft=settings["n_fft"],
            win_length=settings["win_length"],
            hop_length=settings["hop_length"],
            n_mels=settings["n_mels"],
            pad_mode="constant",
            norm="slaney",
            mel_scale="slaney",
        )

    @property
    def n_samples(self) -> int:
        """Samples of the network's input."""
        return round(self.settings["duration_s"] * self.settings["sample_rate"])

    @property
    def n_total(self) -> int:
        """Frames of every spectrogram, padding included (centred frames)."""
        return self.n_samples // self.settings["hop_length"] + 1

    def __call__(self, samples: np.ndarray, rate: int) -> Spectrogram:
        """Spectrogram of one recording.

        Parameters
        ----------
        samples : numpy.ndarray of float32, shape (n_samples,)
            Mono.
        rate : int
            Hz of `samples`.
        """
        excerpt = self.excerpt(samples, rate)
        step_s = self.settings["hop_length"] / excerpt.rate
        start_frame = round((excerpt.speech_start_s - excerpt.start_s) / step_s)
        speech_s = excerpt.speech_end_s - excerpt.speech_start_s
        return Spectrogram(
            log_mel=self.log_mel(excerpt.samples),
            n_frames=self._n_frames(excerpt.samples),
            start_s=excerpt.start_s,
            speech_start_frame=start_frame,
            speech_end_frame=start_frame + math.floor(round(speech_s / step_s, 6)),
            speech_start_s=excerpt.speech_start_s,
            speech_end_s=excerpt.speech_end_s,
            frame_step_s=step_s,
        )

    def excerpt(self, samples: np.ndarray, rate: int) -> Excerpt:
        """Part of a recording that is the network's input; parameters as in `__call__`."""
        settings = self.settings
        speech_s = signal.find_speech(
            samples, rate, settings["speech"], settings["vad_threshold_db"], settings["noise_db"]
        )
        first, last = (round(second * rate) for second in speech_s)
        # without resampling, samples at `rate` are treated as if at the declared rate
        true_rate = settings["sample_rate"] if settings["resample"] else rate
        step_s = settings["hop_length"] / true_rate
        margin = self._frames_before(first / rate, last / rate, step_s)
        start = first - round(margin * step_s * rate)
        sound = samples[start : last + round(settings["margin_s"] * rate)]
        sound = signal.resample(sound, rate, true_rate)[: self.n_samples]
        if settings["low_pass_hz"] is not None:
            sound = signal.low_pass(sound, true_rate, settings["low_pass_hz"])
        speech_end_s = min(last / rate, start / rate + len(sound) / true_rate)
        return Excerpt(sound, true_rate, start / rate, first / rate, speech_end_s)

    def log_mel(self, sound: np.ndarray) -> np.ndarray:
        """Log-Mel spectrogram of an excerpt.

        Parameters
        ----------
        sound : numpy.ndarray of float32, shape (at most n_samples,)
            As `excerpt` gives it.

        Returns
        -------
        numpy.ndarray of float32, shape (n_mels, n_total)
            dB re its maximum; padding, and an entirely silent excerpt, has the floor.
        """
        floor = -self.settings["top_db"]
        if not sound.any():
            return np.full((self.settings["n_mels"], self.n_total), floor, np.float32)
        padded = self.tensor(np.pad(sound, (0, self.n_samples - len(sound))))
        power = self.mel(padded).clamp_min(FLOOR).numpy().astype(np.float64)
        decibel = 10 * np.log10(power / power.max())
        log_mel = np.maximum(decibel, floor).astype(np.float32)
        log_mel[:, self._n_frames(sound) :] = floor
        return log_mel

    def _n_frames(self, sound: np.ndarray) -> int:
        """Number of frames of `sound` without padding."""
        return min(len(sound) // self.settings["hop_length"] + 1, self.n_total)

    def _frames_before(self, start_s: float, end_s: float, step_s: float) -> int:
        """Frames of margin before speech from `start_s` to `end_s`, as many as fit without cutting it."""
        margin = math.floor(round(min(self.settings["margin_s"], start_s) / step_s, 6))
        spare = self.n_total - 1 - math.ceil(round((end_s - start_s) / step_s, 6))
        return max(0, min(margin, spare))


def compute(paths: dict[str, str], settings: dict, threads: int) -> Iterator[pd.DataFrame]:
    """Spectrograms of many recordings, in groups, in the order of their clip_id.

    Parameters
    ----------
    paths : dict
        File of each clip_id.
    settings : dict
        The protocol's `front_end` block.
    threads : int
        Does not affect the result.

    Yields
    ------
    pandas.DataFrame
        Rows of the table `spectrograms`.
    """
    import torch

    torch.set_num_threads(1)
    front_end = FrontEnd(settings)
    clips = iter(sorted(paths.items()))
    progress = tqdm(total=len(paths), desc="spectrograms", unit="clip")
    with ThreadPoolExecutor(threads) as pool, progress:
        # decoding, resampling and transforming release the GIL, so threads are enough
        while group := list(islice(clips, ROW_GROUP)):
            yield pd.DataFrame(list(pool.map(lambda clip: _row(front_end, *clip), group)))
            progress.update(len(group))


def _row(front_end: FrontEnd, clip_id: str, path: str) -> dict:
    spectrogram = front_end(*signal.read(path))
    return {
        "clip_id": clip_id,
        "log_mel": spectrogram.log_mel.ravel(),
        "n_mels": front_end.settings["n_mels"],
        "n_total": front_end.n_total,
        "n_frames": spectrogram.n_frames,
        "start_s": spectrogram.start_s,
        "speech_start_frame": spectrogram.speech_start_frame,
        "speech_end_frame": spectrogram.speech_end_frame,
        "speech_start_s": spectrogram.speech_start_s,
        "speech_end_s": spectrogram.speech_end_s,
        "frame_step_s": spectrogram.frame_step_s,
    }


def scale(log_mel, settings: dict):
    """Network input of a log-Mel spectrogram in dB (array or tensor of any shape)."""
    mean, std = (settings["normalisation"][key] for key in ("mean", "std"))
    return (log_mel - mean) / std


def frame_to_second(frame, start_s: float, frame_step_s: float):
    """Second of the original file at a (fractional) frame."""
    return start_s + frame * frame_step_s


def load_log_mels(path, clip_ids) -> tuple[np.ndarray, list[str]]:
    """Load log-Mel spectrograms of a Parquet table as one array.

    Parameters
    ----------
    path : path-like
        Table `spectrograms`.
    clip_ids : collection of str
        Only these clips.

    Returns
    -------
    log_mels : numpy.ndarray of float32, shape (n_clips, n_mels, n_total)
        dB.
    clip_ids : list of str
        In the order of the table.
    """
    filters = [("clip_id", "in", list(clip_ids))]
    columns = ["clip_id", "log_mel", "n_mels", "n_total"]
    table = pq.read_table(path, columns=columns, filters=filters)
    shape = (len(table), table["n_mels"][0].as_py(), table["n_total"][0].as_py())
    values = table["log_mel"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    # a copy, as torch needs writable memory
    return values.reshape(shape).copy(), table["clip_id"].to_pylist()
