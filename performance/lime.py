"""Masked recordings of EmoLIME: the published way against all masks by sums of bands.

    python performance/lime.py

The published way makes mel power spectrograms without the masked blocks and sound of each by
non-negative least squares and Griffin–Lim of librosa, 64 times a clip; here a masked recording is a
sum of band signals, all 256 of them. No classifier is in either. Ends with a line of JSON.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sercues.audio import signal
from sercues.classifiers import features
from sercues.core import settings
from sercues.corpora import synthetic
from sercues.emolime.bands import HOP, N_FFT, N_MELS, cut
from sercues.saliency import surrogate

ROOT = Path(__file__).resolve().parents[1]
RATE = 16000


def published(samples: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Masked recordings as the code of arXiv 2504.05368 makes them, shape (n_masks, n_samples)."""
    import librosa

    mel = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=N_FFT, hop_length=HOP)
    blocks = np.repeat(np.arange(masks.shape[1]), N_MELS // masks.shape[1])
    inversion = {"sr": RATE, "n_fft": N_FFT, "hop_length": HOP}
    return np.stack(
        [
            librosa.feature.inverse.mel_to_audio(mel * mask[blocks][:, None], **inversion)
            for mask in masks
        ]
    )


def ours(samples: np.ndarray, bands: dict) -> np.ndarray:
    """All masked recordings as sums of bands, shape (256, n_samples)."""
    parts = cut(samples, RATE, bands)
    return parts.mixtures(surrogate.all_masks(len(parts)))


def timed(function, *given) -> tuple[float, np.ndarray]:
    """Seconds of a call, and its result."""
    began = time.perf_counter()
    result = function(*given)
    return time.perf_counter() - began, result


def moved(describe, first: np.ndarray, second: np.ndarray) -> float:
    """Median relative difference of openSMILE functionals of two recordings, per cent."""
    one, two = describe(first), describe(second)
    differs = np.abs(one) > 1e-6
    return float(100 * np.median(np.abs(two - one)[differs] / np.abs(one)[differs]))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--audio", type=Path, help="folder of recordings; else the embedded corpus")
    parser.add_argument("--clips", type=int, default=2, help="clips for the published way")
    parser.add_argument("--masks", type=int, default=64, help="masks of the published way per clip")
    options = parser.parse_args()
    bands = settings.protocol({}, "corrected", ROOT / "config/protocols")["bands"]
    with tempfile.TemporaryDirectory() as folder:
        if options.audio is None:
            synthetic.build(
                Path(folder), 1, n_speakers=2, clips_per_emotion=1, strength=1.0, processes=1
            )
        files = sorted(Path(options.audio or folder).rglob("*.wav"))[: options.clips]
        clips = [signal.resample(*signal.read(file), RATE) for file in files]
    masks = surrogate.published_masks(8, options.masks)
    # the first calls build filters and compile
    published(clips[0], masks[:1])
    ours(clips[0], bands)
    theirs, own, rows = [], [], []
    egemaps = features.Functionals("egemaps")
    for samples in clips:
        seconds, _ = timed(published, samples, masks)
        theirs.append(seconds * 64 / len(masks))
        rounds = [timed(ours, samples, bands) for _ in range(5)]
        own.append(min(seconds for seconds, _ in rounds))
        identical = all(np.array_equal(rounds[0][1], again) for _, again in rounds)
        whole = published(samples, np.ones((2, 8), bool))
        rows.append(
            [
                identical,
                float(np.abs(rounds[0][1][-1] - samples).max()),
                moved(egemaps, samples, rounds[0][1][-1]),
                moved(egemaps, samples, whole[0]),
                moved(egemaps, whole[0], whole[1]),
            ]
        )
    names = ["ours twice the same", "ours: all bands − original", "ours: eGeMAPS moved (%)"]
    names += ["published: eGeMAPS moved (%)", "published, again: moved (%)"]
    print(f"{len(clips)} clips, {np.mean([len(clip) for clip in clips]) / RATE:.1f} s on average\n")
    print("| way | seconds per clip |\n|---|---:|")
    print(f"| published, 64 masks | {np.mean(theirs):.2f} |")
    print(f"| ours, 256 masks | {np.mean(own):.4f} |\n")
    print("| what | over the clips |\n|---|---:|")
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        shown = all(values) if isinstance(values[0], bool) else f"{np.mean(values):.2g}"
        print(f"| {name} | {shown} |")
    found = {"seconds_published": np.mean(theirs), "seconds_ours": np.mean(own)}
    found["ratio"] = found["seconds_published"] / found["seconds_ours"]
    print("\n" + json.dumps({name: round(float(value), 4) for name, value in found.items()}))


if __name__ == "__main__":
    main()
