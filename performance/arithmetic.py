"""What bounds occlusion and training on this machine: arithmetic, counted and timed.

    python performance/arithmetic.py

Prints the speed of a matrix product, the multiply-adds of a clip's occlusion in whole passes and by
the incremental engine, and what a training step spends outside the network. Ends with a line of JSON.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sercues.classifiers import resnet, training
from sercues.core import settings
from sercues.saliency import incremental

ROOT = Path(__file__).resolve().parents[1]
LABELS = ["angry", "disgust", "fear", "happy", "neutral", "sad"]
FRAMES, CLIPS, ROUNDS = 134, 160, 5  # a clip of 2 s; clips per training epoch; the best of so many


def product_gflops(size: int = 1024) -> float:
    """Speed of a float32 matrix product, 10⁹ floating-point operations per second."""
    first, second = torch.rand(2, size, size)
    best = min(timed(lambda: first @ second) for _ in range(50))
    return 2 * size**3 / best / 1e9


def timed(function) -> float:
    """Seconds of a call."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def multiply_adds(protocol: dict) -> tuple[float, float, int]:
    """Thousand million multiply-adds of a clip's occlusion: whole passes, incremental, and passes."""
    torch.manual_seed(0)
    network = resnet.ResNet(len(LABELS)).eval()
    clip = torch.randn(1, 1, protocol["front_end"]["n_mels"], FRAMES).clamp_min(-2.0)
    cells, stride = protocol["occlusion"]["patch"], protocol["occlusion"]["stride"]
    passes = [
        -(-(size - p) // s) + 1 for size, p, s in zip(clip.shape[2:], cells, stride, strict=True)
    ]
    with torch.no_grad(), FlopCounterMode(display=False) as whole:
        network(clip)
    engine = incremental.Engine(network)
    # inference mode would hide the operations from the counter
    visible = patch.object(torch, "inference_mode", torch.no_grad)
    with visible, torch.no_grad(), FlopCounterMode(display=False) as ours:
        engine.drops(clip, cells, stride, -2.0)
    count = int(np.prod(passes))
    return whole.get_total_flops() / 2e9 * count, ours.get_total_flops() / 2e9, count


def step_milliseconds(threads: int) -> dict[str, float]:
    """Milliseconds per clip of a training epoch, in all and in the network, the best of some epochs."""
    protocol = settings.protocol({}, "corrected", ROOT / "config/protocols")
    torch.set_num_threads(threads)
    rng = np.random.default_rng(0)
    log_mels = rng.uniform(-80, 0, (CLIPS, protocol["front_end"]["n_mels"], 201)).astype(np.float32)
    emotions = [LABELS[i % len(LABELS)] for i in range(CLIPS)]
    trainer = training.Trainer(
        {"train": log_mels, "validation": log_mels[:8]},
        {"train": emotions, "validation": emotions[:8]},
        LABELS, protocol["training"], protocol["front_end"], 0, mixed=False,
    )  # fmt: skip
    network = resnet.ResNet(len(LABELS)).to(memory_format=torch.channels_last)
    batch = protocol["training"]["batch_size"]
    inputs = torch.rand(batch, 1, *log_mels.shape[1:]).to(memory_format=torch.channels_last)

    def bare():
        for _ in range(CLIPS // batch):
            network(inputs).logsumexp(1).sum().backward()

    epochs = [(timed(lambda: trainer._epoch(1)), timed(bare)) for _ in range(ROUNDS)]
    whole, inside = (1000 * min(times) / CLIPS for times in zip(*epochs, strict=True))
    return {"epoch": whole, "network": inside}


def side_by_side(count: int) -> float:
    """Milliseconds per clip of so many trainings of one thread each at once, over all of them."""
    code = "import sys; sys.path.insert(0, 'performance'); import arithmetic; "
    code += "print(arithmetic.step_milliseconds(1)['epoch'])"
    jobs = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    return float(np.mean([float(job.communicate()[0]) for job in jobs])) / count


def main():
    torch.set_num_threads(2)
    protocol = settings.protocol({}, "corrected", ROOT / "config/protocols")
    speed = product_gflops()
    whole, ours, passes = multiply_adds(protocol)
    two = step_milliseconds(2)
    found = {
        "product_gflops": speed,
        "multiply_adds_whole": whole,
        "multiply_adds_ours": ours,
        "passes": passes,
        "step_two_threads": two["epoch"],
        "step_network": two["network"],
        "step_two_processes": side_by_side(2),
    }
    print("| what | |\n|---|---:|")
    print(f"| matrix product of 1,024², float32, 2 threads | {speed:.0f} GFLOP/s |")
    print(f"| occlusion of a clip, {passes:,} whole passes | {whole:.1f} · 10⁹ multiply-adds |")
    print(f"| the same, incremental | {ours:.1f} · 10⁹, {whole / ours:.1f} times fewer |")
    print(f"| training, 2 threads | {two['epoch']:.1f} ms a clip |")
    print(f"| of it forward and backward pass | {two['network']:.1f} ms |")
    print(
        f"| two trainings of 1 thread side by side | {found['step_two_processes']:.1f} ms a clip |"
    )
    print("\n" + json.dumps({name: round(float(value), 2) for name, value in found.items()}))


if __name__ == "__main__":
    main()
