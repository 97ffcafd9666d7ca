"""What cues cost: one openSMILE pass per clip, sliced, against one openSMILE call per segment.

    python performance/cues.py [--clips N] [--audio FOLDER]

Times, in turns and in one process: the descriptors of a clip cut at its segments (the workflow's way),
and openSMILE on every segment alone (the paper's way), for 24 segments a clip; then the workflow's way
from maps to the finished table, without random regions and with 1,000 and 2,000 a clip, half of them
drawn blindly, of five segments each, half matched to the salient one, of as many as have controls. Prints a
Markdown table, how far the two ways differ cue by cue and, last, one line of JSON. Clips are those of
the embedded corpus, or the recordings of a folder.
"""

import argparse
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sercues.audio import signal
from sercues.core import tables
from sercues.corpora import synthetic
from sercues.cues import catalogue, measure
from sercues.cues.descriptors import extract
from sercues.segments import regions

N_SEGMENTS, SEGMENT_S = 24, 0.15
DRAWS = {"no": 0, "1,000": 500, "2,000": 1000}  # of each of the regions random and control
SETTINGS = {"window_frames": 10, "k": 5, "positive_only": True, "inside_speech": True}
ROUNDS = 9


def clips_of(folder: Path | None, count: int, scratch: Path) -> dict[str, str]:
    """File of each clip_id: `n_bands` recordings spread over a folder, or of the embedded corpus."""
    if folder is None:
        folder = scratch / "corpus"
        synthetic.build(folder, 1, n_speakers=12, clips_per_emotion=1, strength=1.0, processes=1)
    found = sorted([*folder.rglob("*.wav"), *folder.rglob("*.flac")])
    long_enough = []
    for path in found[:: max(1, len(found) // (2 * count))]:
        samples, rate = signal.read(path)
        if len(samples) / rate >= 1.0 and np.any(samples):
            long_enough.append(path)
    if len(long_enough) < count:
        raise SystemExit(
            f"{folder} holds {len(long_enough)} clips of 1 s or more; --clips is {count}."
        )
    return {path.stem: str(path) for path in long_enough[:count]}


def random_segments(paths: dict[str, str]) -> pd.DataFrame:
    """Table `segments` with 24 segments of 0.15 s a clip, anywhere in it."""
    rng = np.random.default_rng(1)
    parts = []
    for clip_id, path in paths.items():
        samples, rate = signal.read(path)
        start = np.round(rng.uniform(0, len(samples) / rate - SEGMENT_S, N_SEGMENTS), 6)
        rank = np.arange(1, N_SEGMENTS + 1)
        part = {"clip_id": clip_id, "draw": rank - 1, "rank": 1, "start_s": start}
        parts.append(pd.DataFrame(part | {"end_s": np.round(start + SEGMENT_S, 6)}))
    key = {"fold": 0, "seed": 1, "target": "predicted_label", "region": "random", "score": np.nan}
    return pd.concat(parts, ignore_index=True).assign(**key)


def sliced(paths: dict[str, str], chosen: pd.DataFrame) -> pd.DataFrame:
    """The workflow's way: one openSMILE pass per clip, cut at the segments."""
    return measure.measure(chosen, pd.concat(extract(paths)), "masked")


def alone(paths: dict[str, str], chosen: pd.DataFrame) -> pd.DataFrame:
    """The paper's way: every segment through openSMILE by itself."""
    return measure.measure_alone(chosen, paths, "masked", resample=True, processes=1)


def maps_of(paths: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `saliency` (random maps; the columns segments need) and `spectrograms`."""
    rng = np.random.default_rng(1)
    n_mels, n_total = 128, 201
    maps, spectrograms = [], []
    for clip_id, path in paths.items():
        samples, rate = signal.read(path)
        end_s = min(len(samples) / rate, 3.0)
        size = {"n_mels": n_mels, "n_total": n_total}
        key = {"clip_id": clip_id, "fold": 0, "seed": 1, "target": "predicted_label"}
        maps.append(key | size | {"map": rng.random(n_mels * n_total, dtype=np.float32)})
        place = {"start_s": 0.0, "speech_start_s": 0.0, "speech_end_s": end_s}
        place |= {"speech_start_frame": 0, "speech_end_frame": int(end_s / 0.015)}
        log_mel = rng.uniform(-80, 0, n_mels * n_total).astype(np.float32)
        spectrograms.append(
            {"clip_id": clip_id, "log_mel": log_mel, "frame_step_s": 0.015, "n_frames": 201}
            | size
            | place
        )
    return pd.DataFrame(maps), pd.DataFrame(spectrograms)


def chain(paths: dict[str, str], maps, spectrograms, scratch: Path, draws: int) -> None:
    """Descriptors, segments with so many draws, and cues, each written and read as in a run."""
    with tables.writing(scratch / "descriptors.parquet", "descriptors") as append:
        for frame in extract(paths):
            append(frame)
    no_voices = tables.empty("descriptors")
    found = regions.extract(maps, spectrograms, SETTINGS, draws, 1, True, "speech", no_voices)
    tables.write(found, scratch / "segments.parquet", "segments")
    chosen = tables.read(
        scratch / "segments.parquet", [*measure.REGION, "rank", "start_s", "end_s"]
    )
    descriptors = tables.read(scratch / "descriptors.parquet")
    tables.write(measure.measure(chosen, descriptors, "masked"), scratch / "cues.parquet", "cues")


def seconds(functions: dict, rounds: int) -> dict[str, float]:
    """Least seconds of each function over the rounds, taken in turns: noise can only add."""
    taken = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            taken[name].append(time.perf_counter() - start)
    return {name: min(values) for name, values in taken.items()}


def differences(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Per cue: means of both ways over segments with a value in both, and how far they differ."""
    rows = []
    for cue in catalogue.CUES:
        pair = pd.DataFrame({"sliced": first[cue], "alone": second[cue]}).dropna()
        bias = (pair.sliced - pair.alone).mean() / pair.alone.abs().mean()
        spread = pair.alone.std()
        error = (pair.sliced - pair.alone).abs().median() / spread
        row = (cue, len(pair), pair.sliced.mean(), pair.alone.mean(), bias, error)
        rows.append((*row, pair.sliced.corr(pair.alone)))
    names = ["cue", "segments", "sliced", "alone", "bias", "error", "correlation"]
    return pd.DataFrame(rows, columns=names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=20, help="clips to measure (20)")
    parser.add_argument(
        "--audio", type=Path, help="folder of recordings; the embedded corpus without"
    )
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        paths = clips_of(options.audio, options.clips, scratch)
        chosen = random_segments(paths)
        both = differences(sliced(paths, chosen), alone(paths, chosen))
        maps, spectrograms = maps_of(paths)
        whole = partial(chain, paths, maps, spectrograms, scratch)
        times = seconds(
            {
                "sliced, 24 segments": partial(sliced, paths, chosen),
                "alone, 24 segments": partial(alone, paths, chosen),
                **{f"chain, {name} draws": partial(whole, n) for name, n in DRAWS.items()},
            },
            ROUNDS,
        )

    print(f"{len(paths)} clips, one process, best of {ROUNDS} rounds\n")
    print("| what | milliseconds per clip |")
    print("|---|---:|")
    for name, value in times.items():
        print(f"| {name} | {1000 * value / len(paths):.1f} |")
    print("\n| cue | segments | mean, sliced | mean, alone | bias (%) | error (sd) | correlation |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for row in both.itertuples():
        means = f"{row.sliced:.4g} | {row.alone:.4g}"
        agreement = f"{100 * row.bias:.1f} | {row.error:.3f} | {row.correlation:.3f}"
        print(f"| {row.cue} | {row.segments} | {means} | {agreement} |")
    print(
        "\nbias: mean difference over the mean of the segments alone; error: median absolute"
        " difference over their standard deviation.\n"
    )
    ratios = {
        "ratio": round(times["alone, 24 segments"] / times["sliced, 24 segments"], 2),
        "ratio_1000_draws": round(times["chain, 1,000 draws"] / times["chain, no draws"], 3),
        "ratio_2000_draws": round(times["chain, 2,000 draws"] / times["chain, no draws"], 3),
    }
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
