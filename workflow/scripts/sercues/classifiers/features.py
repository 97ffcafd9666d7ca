"""Features that describe a whole clip in a fixed number of values, for a linear classifier.

openSMILE functionals (Eyben et al. 2010), and mean hidden states of networks trained on other
speech: wav2vec 2.0 (Baevski et al. 2020) and a speaker encoder with generalized end-to-end loss (Wan
et al. 2018), with the weights of the package Resemblyzer.
"""

import json
import warnings
from collections.abc import Iterator
from functools import cache, partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from sercues.audio import signal
from sercues.audio.spectrograms import FrontEnd
from sercues.core import imports, job
from sercues.core.errors import InputError, refusing

RATE = 16000  # Hz, of the samples described
FUNCTIONALS = {"egemaps": "eGeMAPSv02", "compare": "ComParE_2016"}  # names in opensmile.FeatureSet
PRETRAINED = ("wav2vec2", "voice_encoder")  # need a file of weights
KINDS = (*FUNCTIONALS, *PRETRAINED)
CLIPS_PER_FRAME = 200  # 6 MB of the largest features

NOT_WEIGHTS = "does not hold the weights it should"

# as in the package Resemblyzer 0.1.4
VOICE_FRAMES, VOICE_STEP = 160, 77  # frames of a window of the voice encoder, and between windows
LEAST_COVERED = 0.75  # share of the last window that must be sound


class Functionals:
    """openSMILE functionals of a clip: 88 of eGeMAPS or 6,373 of ComParE.

    Parameters
    ----------
    kind : {'egemaps', 'compare'}
    """

    def __init__(self, kind: str):
        import opensmile

        feature_set = getattr(opensmile.FeatureSet, FUNCTIONALS[kind])
        self.smile = opensmile.Smile(feature_set, opensmile.FeatureLevel.Functionals)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Functionals of 16 kHz `samples`, float32 of shape (n_features,); 0 if undefined."""
        clipped = signal.within_sixteen_bits(samples)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            values = self.smile(clipped, RATE).ravel()
        return np.nan_to_num(values).astype(np.float32)


class Wav2vec2:
    """Mean over time of the last hidden states of a wav2vec 2.0 network.

    Parameters
    ----------
    model : torch.nn.Module
        A `torchaudio.models.Wav2Vec2Model`, or the result of a bundle's `get_model`.
    """

    def __init__(self, model):
        self.model = model.eval()

    @classmethod
    def of(cls, bundle: str, weights) -> "Wav2vec2":
        """Create from a torchaudio pipeline and a file of weights.

        Parameters
        ----------
        bundle : str
            Name in `torchaudio.pipelines`.
        weights : path-like
            Its state dict.

        Raises
        ------
        InputError
            There is no such pipeline, or the file does not match it.
        """
        path = Path(weights).resolve()
        options = {"model_dir": str(path.parent), "file_name": path.name, "weights_only": True}
        with refusing(path, NOT_WEIGHTS):
            return cls(pipeline(bundle).get_model(dl_kwargs=options))

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Mean hidden state of 16 kHz `samples`, float32 of shape (n_features,)."""
        import torch

        with torch.inference_mode():
            layers, _ = self.model.extract_features(torch.from_numpy(samples)[None])
        return layers[-1][0].mean(dim=0).numpy()


def pipeline(bundle: str):
    """The torchaudio pipeline of this name, which must have a model.

    Raises
    ------
    InputError
        There is no such pipeline.
    """
    candidate = getattr(imports.import_torchaudio().pipelines, bundle, None)
    if not hasattr(candidate, "get_model"):
        raise InputError(
            f"emolime.wav2vec2_bundle is '{bundle}', no model in torchaudio.pipelines; take "
            "WAV2VEC2_BASE, WAV2VEC2_LARGE or another one of its page."
        )
    return candidate


class VoiceEncoder:
    """Speaker embedding of 256 values: an LSTM over mel spectrograms, as in Resemblyzer.

    Its gain and silence trimming are left out, as they would undo the effect of masks.

    Parameters
    ----------
    weights : path-like
        `pretrained.pt` of the package.

    Raises
    ------
    InputError
        The file is not such a file.
    """

    def __init__(self, weights):
        import torch
        from torch import nn

        self.mel = imports.import_torchaudio().transforms.MelSpectrogram(
            RATE, n_fft=400, hop_length=160, n_mels=40, pad_mode="constant", norm="slaney",
            mel_scale="slaney",
        )  # fmt: skip
        self.lstm = nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)
        with refusing(weights, NOT_WEIGHTS):
            state = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
            for layer, name in ((self.lstm, "lstm."), (self.linear, "linear.")):
                layer.load_state_dict(
                    {key.removeprefix(name): state[key] for key in state if key.startswith(name)}
                )

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Mean embedding over windows of 1.6 s of 16 kHz `samples`, float32 of shape (256,)."""
        import torch
        from torch.nn import functional

        mel = self.mel(torch.from_numpy(samples)).T
        starts = window_starts(len(samples))
        mel = functional.pad(mel, (0, 0, 0, max(0, starts[-1] + VOICE_FRAMES - len(mel))))
        with torch.inference_mode():
            windows = torch.stack([mel[start : start + VOICE_FRAMES] for start in starts])
            _, (hidden, _) = self.lstm(windows)
            embeddings = functional.normalize(torch.relu(self.linear(hidden[-1])))
        return functional.normalize(embeddings.mean(dim=0), dim=0).numpy()


def window_starts(n_samples: int) -> range:
    """First frame of each window of the voice encoder; the last is mostly sound."""
    n_frames = -(-(n_samples + 1) // 160)
    starts = range(0, max(1, n_frames - VOICE_FRAMES + VOICE_STEP + 1), VOICE_STEP)
    covered = (n_samples / 160 - starts[-1]) / VOICE_FRAMES
    return starts[:-1] if covered < LEAST_COVERED and len(starts) > 1 else starts


def one_thread() -> None:
    """Limit torch to one thread: there are many processes, and threads do not survive a fork."""
    import torch

    torch.set_num_threads(1)


def describe(kind: str, weights, bundle: str):
    """Function from 16 kHz samples, float32 of shape (n_samples,), to features of shape (n_features,).

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    weights : path-like
        File of weights, used by the kinds in `PRETRAINED`.
    bundle : str
        Used by wav2vec2.
    """
    if kind in FUNCTIONALS:
        return Functionals(kind)
    if kind == "wav2vec2":
        return Wav2vec2.of(bundle, weights)
    if kind == "voice_encoder":
        return VoiceEncoder(weights)
    raise InputError(f"emolime.classifiers has '{kind}'; choose among {', '.join(KINDS)}.")


def extract(
    paths: dict[str, str], kind: str, front_end: dict, weights, bundle: str, processes: int
) -> Iterator[pd.DataFrame]:
    """Features of the front end's excerpts of many recordings, in groups, sorted by clip_id.

    Parameters
    ----------
    paths : dict
        File of each clip_id.
    kind, weights, bundle
        As in `describe`.
    front_end : dict
        The protocol's `front_end` block.
    processes : int
        Does not affect the result.

    Yields
    ------
    pandas.DataFrame
        Rows of the table `features`.
    """
    of_clip = partial(
        _of_clip, kind=kind, front_end=json.dumps(front_end), weights=weights, bundle=bundle
    )
    rows = job.in_processes(of_clip, sorted(paths.items()), processes)
    while group := list(islice(rows, CLIPS_PER_FRAME)):
        yield pd.DataFrame(group)


@cache
def _tools(kind: str, front_end: str, weights, bundle: str):
    """Front end and `describe` function, one of each per process."""
    one_thread()
    return FrontEnd(json.loads(front_end)), describe(kind, weights, bundle)


def _of_clip(clip: tuple[str, str], kind: str, front_end: str, weights, bundle: str) -> dict:
    clip_id, path = clip
    front, features = _tools(kind, front_end, weights, bundle)
    return {"clip_id": clip_id, "values": features(front.excerpt(*signal.read(path)).samples)}
