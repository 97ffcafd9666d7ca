"""Seconds per clip of every saliency method, side by side.

    python performance/methods.py [--clips N] [--frames N] [--threads N] [--model MODEL_PT] [--cpu]

Each method explains the same clips with the settings of the corrected protocol, in turns and in one
process, a clip at a time as in the workflow. The last rows are the tests that an explained clip may take
part in: its perturbations (every set of five of its windows, and 20 orders). Prints a Markdown table and,
last, one line of JSON. Random weights do unless a trained `model.pt` is given.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from occlusion import FLOOR, N_MELS, network_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sercues.classifiers import resnet
from sercues.core import schemas
from sercues.evaluation import perturbation
from sercues.evaluation.faithfulness import ORDERS, SETS
from sercues.saliency import explain
from sercues.segments.windows import grid

PROTOCOLS = Path(__file__).resolve().parents[1] / "config" / "protocols"


def cover(network: torch.nn.Module, clip: torch.Tensor, windows: dict) -> None:
    """What the rule compute_perturbations does to one clip (1, 1, n_mels, frames)."""
    frames = clip.shape[-1]
    windows_of_clip = grid(windows["window_frames"], (0, frames), frames, True)
    covered = perturbation.WindowSets(network, clip, windows_of_clip, FLOOR)
    covered.logits(perturbation.sets_of(len(windows_of_clip), windows["k"], SETS, 1, "clip"))
    for order in perturbation.random_orders(len(windows_of_clip), ORDERS, 1, "clip"):
        for masks in (perturbation.deletion(order), perturbation.insertion(order)):
            covered.logits(masks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=5, help="clips to explain (5)")
    parser.add_argument("--frames", type=int, default=134, help="frames of a clip (134: 2 s)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--model", help="a trained model.pt; random weights without it")
    parser.add_argument("--cpu", action="store_true", help="even where there is a GPU")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    device = torch.device("cpu") if options.cpu else resnet.device()
    network = network_of(options.model, device)
    protocol = schemas.read_yaml(PROTOCOLS / "corrected.yaml")
    clips = torch.randn(options.clips, 1, N_MELS, options.frames).clamp_min(FLOOR).to(device)
    target = torch.tensor([0])

    def task_of(method: str):
        params = protocol.get(method, {})
        front_end = protocol["front_end"]
        return lambda clip: explain.explain_batch(method, network, clip, target, front_end, params)

    tasks = {method: task_of(method) for method in explain.method_names()}
    tasks["perturbations"] = lambda clip: cover(network, clip, protocol["segments"])
    seconds = dict.fromkeys(tasks, float("inf"))
    for clip in clips.split(1):
        for name, task in tasks.items():
            start = time.perf_counter()
            task(clip)
            seconds[name] = min(seconds[name], time.perf_counter() - start)

    where = torch.cuda.get_device_name() if device.type == "cuda" else f"{options.threads} threads"
    print(f"best of {options.clips} clips of {N_MELS} × {options.frames}, {where}\n")
    print("| method | seconds per clip |")
    print("|---|---:|")
    for name, value in seconds.items():
        print(f"| {name} | {value:.4f} |")
    print("\n" + json.dumps({name: round(value, 5) for name, value in seconds.items()}))


if __name__ == "__main__":
    main()
