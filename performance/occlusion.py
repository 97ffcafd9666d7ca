"""Seconds per clip of occlusion: captum's whole passes against the incremental engine.

    python performance/occlusion.py [--clips N] [--frames N] [--threads N] [--model MODEL_PT]

All settings are timed side by side in one process, in turns, and every map is compared with that of
captum's default. Prints a Markdown table and, last, one line of JSON. The network is the paper's, with
random weights unless a trained `model.pt` is given: its speed does not depend on them. On a GPU, where
there is one, unless `--cpu` is given.
"""

import argparse
import copy
import json
import sys
import time
from pathlib import Path
from statistics import median

import torch
from captum.attr import Occlusion

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sercues.classifiers import resnet
from sercues.saliency.methods import occlusion

PATCH, STRIDE = [1, 10], [1, 3]  # mel bands × frames, the paper's grid
N_MELS = 128
FLOOR = -2.0  # the floor of the corrected protocol, in units of the network input
BATCHES = (1, 8, 16, 32)


def network_of(model: str | None, device: torch.device) -> torch.nn.Module:
    """A trained network, or the paper's with random weights and the statistics of random input."""
    if model:
        return resnet.load(model).network.to(device)
    torch.manual_seed(0)
    network = resnet.ResNet(7).train()
    with torch.no_grad():
        network(torch.randn(8, 1, N_MELS, 134))
    return network.eval().to(device)


def engines(network: torch.nn.Module) -> dict:
    """Every setting as a function from a clip to the map (n_mels, frames) of class 0."""

    def captum(of: torch.nn.Module, per_eval: int):
        method = Occlusion(of)

        def attribute(clip):
            return method.attribute(
                clip,
                sliding_window_shapes=(1, *PATCH),
                strides=(1, *STRIDE),
                baselines=FLOOR,
                target=0,
                perturbations_per_eval=per_eval,
            )[0, 0]

        return attribute

    last = copy.deepcopy(network).to(memory_format=torch.channels_last)
    found = {f"captum, {n} per pass": captum(network, n) for n in BATCHES}
    found |= {f"captum, {n} per pass, channels_last": captum(last, n) for n in BATCHES}
    drops = occlusion.drops(last, PATCH, STRIDE)
    return found | {"incremental": lambda clip: drops(clip, torch.tensor([0]), FLOOR)[0]}


def measure(network: torch.nn.Module, clips: torch.Tensor) -> dict[str, dict]:
    """Median seconds per clip and largest difference from captum's default, per setting.

    Parameters
    ----------
    network : torch.nn.Module
        In eval mode.
    clips : torch.Tensor, shape (clips, 1, n_mels, frames)
        On the network's device.
    """
    settings = engines(network)
    seconds = {name: [] for name in settings}
    differences = dict.fromkeys(settings, 0.0)
    with torch.inference_mode():
        settings["incremental"](clips[:1])  # memory and kernels are ready before the clock starts
        for clip in clips.split(1):
            logits = network(clip)
            spread = (logits.max() - logits.min()).item()
            reference = None
            for name, attribute in settings.items():
                start = time.perf_counter()
                found = attribute(clip).float().cpu()
                seconds[name].append(time.perf_counter() - start)
                reference = found if reference is None else reference
                difference = (found - reference).abs().max().item() / spread
                differences[name] = max(differences[name], difference)
    return {
        name: {"seconds": median(seconds[name]), "difference": differences[name]}
        for name in settings
    }


def summary(measured: dict[str, dict]) -> dict:
    """The figures that count, as the JSON line has them."""
    captum = {name: row["seconds"] for name, row in measured.items() if name != "incremental"}
    default, best = captum["captum, 1 per pass"], min(captum.values())
    ours = measured["incremental"]
    return {
        "seconds_captum_default": round(default, 4),
        "seconds_captum_best": round(best, 4),
        "seconds_ours": round(ours["seconds"], 4),
        "ratio": round(default / ours["seconds"], 2),
        "ratio_best": round(best / ours["seconds"], 2),
        "max_difference": float(f"{ours['difference']:.3g}"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=3, help="clips to explain (3)")
    parser.add_argument("--frames", type=int, default=134, help="frames of a clip (134: 2 s)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--model", help="a trained model.pt; random weights without it")
    parser.add_argument("--cpu", action="store_true", help="even where there is a GPU")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.backends.cudnn.allow_tf32 = False
    device = torch.device("cpu") if options.cpu else resnet.device()
    network = network_of(options.model, device)
    clips = torch.randn(options.clips, 1, N_MELS, options.frames).clamp_min(FLOOR).to(device)
    measured = measure(network, clips)

    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{options.threads} threads"
    print(
        f"{options.clips} clips of {N_MELS} × {options.frames}, patch 1 × 10, stride 1 × 3, {where}"
    )
    print()
    print("| setting | seconds per clip | times captum's default | largest difference |")
    print("|---|---:|---:|---:|")
    default = measured["captum, 1 per pass"]["seconds"]
    for name, row in measured.items():
        ratio = default / row["seconds"]
        print(f"| {name} | {row['seconds']:.3f} | {ratio:.1f} | {row['difference']:.1e} |")
    print()
    print(json.dumps(summary(measured)))


if __name__ == "__main__":
    main()
