"""How similar two explanations of a clip are: of two networks, two fills or two window lengths.

A map should change if the network's weights or training labels are randomised (Adebayo et al. 2018,
arXiv 1810.03292), and not if the change should not matter.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import nn
from tqdm import tqdm

from sercues.classifiers import resnet
from sercues.core import tables
from sercues.core.names import KEY
from sercues.evaluation import randomisation
from sercues.saliency import combined, explain
from sercues.saliency.fills import FILLS
from sercues.segments.windows import grid_of, score, top_k, window_sums

WINDOWS_S = (0.10, 0.15, 0.20, 0.30)


def of_maps(first: np.ndarray, second: np.ndarray, windows: np.ndarray, k: int, positive: bool):
    """Similarity of two maps of a clip.

    Parameters
    ----------
    first, second : arrays, shape (n_mels, n_total)
        Relevance.
    windows : array of int, shape (n_windows, 2)
        Windows in frames.
    k, positive : int, bool
        As `segments.top_k` and `segments.score`.

    Returns
    -------
    dict
        `windows`: rank correlation of the windows' scores, NaN if a map is constant; and the
        columns of `of_choices`.
    """
    scores = [score(relevance, windows, positive) for relevance in (first, second)]
    chosen = [windows[top_k(values, k, positive_only=False)] for values in scores]
    return {
        "windows": _rank_correlation(*scores),
        **of_choices(*chosen, windows.max() - windows.min()),
    }


def of_choices(first: np.ndarray, second: np.ndarray, frames: int) -> dict:
    """Overlap in time of two choices of windows.

    Parameters
    ----------
    first, second : arrays of int, shape (n, 2)
        Windows in frames, without overlap within a choice.
    frames : int
        Number of frames they could lie in.

    Returns
    -------
    dict
        `overlap`: shared frames over the frames of the smaller choice, so 1 if one contains the
        other; `chance`: its expectation if one choice lies anywhere.
    """
    covered = [
        {frame for window in choice for frame in range(*window)} for choice in (first, second)
    ]
    sizes = sorted(map(len, covered))
    if not sizes[0]:
        return {"overlap": np.nan, "chance": np.nan}
    shared = len(covered[0] & covered[1])
    return {"overlap": shared / sizes[0], "chance": min(1.0, sizes[1] / frames)}


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan
    return float(stats.spearmanr(first, second).statistic)


def networks(
    network: nn.Module, model: tuple[int, int], files: dict, randomised_labels, seed: int
) -> Iterator[tuple]:
    """Networks with randomised weights or labels, or of another fold or seed.

    Parameters
    ----------
    network : torch.nn.Module
        The explained network; not changed.
    model : tuple of int
        Its fold and seed.
    files : dict
        Model file per fold and seed.
    randomised_labels : path-like
        Model trained on randomised labels.
    seed : int
        Seed of new weights.

    Yields
    ------
    (str, str, torch.nn.Module)
        Kind of change ('weights', 'labels', 'fold' or 'seed'), change, and network.
    """
    fold, own_seed = model
    for stage, forgot in randomisation.forgetful(network, seed):
        yield "weights", stage, forgot
    yield "labels", "randomised labels", resnet.load(randomised_labels).network
    # the next fold and the next seed, cyclically
    for kind, axis, same in (("fold", 0, own_seed), ("seed", 1, fold)):
        others = sorted(key[axis] for key in files if key[1 - axis] == same)
        other = others[(others.index(model[axis]) + 1) % len(others)]
        if other != model[axis]:
            key = (other, own_seed) if axis == 0 else (fold, other)
            yield kind, f"another {kind}", resnet.load(files[key]).network


def compare(
    maps: pd.DataFrame,
    spectrograms,
    model_paths,
    randomised_labels: Path,
    methods: dict[str, dict],
    windows: dict,
    seed: int,
    device: torch.device,
) -> pd.DataFrame:
    """Similarity of maps to those of other networks, fills and window lengths.

    Parameters
    ----------
    maps : pandas.DataFrame
        Rows of the methods' tables `saliency`, with the column `method`: the compared clips.
    spectrograms, device
        As in `explain.explain_table`.
    model_paths : list of path-like
        Models, as `explain.model_files` reads them: the explained ones and those they are compared
        with, such as of another seed.
    randomised_labels : path-like
        Model trained on randomised labels.
    methods : dict of dict
        As in `combined.explain_each`.
    windows : dict
        The protocol's `segments` block.
    seed : int
        Seed of new weights.

    Returns
    -------
    pandas.DataFrame
        Table `stability`.
    """
    if maps.empty:
        return tables.empty("stability")
    files = explain.model_files(model_paths)
    clips = explain.read_clips(spectrograms, maps["clip_id"])
    rows = []
    for model, of_model in maps.groupby(["fold", "seed"]):
        classifier = resnet.load(files[model])
        others = list(networks(classifier.network, model, files, randomised_labels, seed))
        for _, of_clip in tqdm(of_model.groupby(KEY[2:]), unit="clip", mininterval=5):
            first = of_clip.iloc[0]
            clip = clips.loc[first.clip_id]
            grid = grid_of(clip, windows)
            if not len(grid):
                continue
            own_maps = {
                row.method: np.reshape(row.map, (row.n_mels, row.n_total))
                for row in of_clip.itertuples()
            }
            inputs = explain.network_input(clip["log_mel"], classifier, device)
            target = torch.tensor([classifier.labels.index(first.target_emotion)])
            given = (inputs, target, classifier.front_end)
            blocks = {method: methods[method] for method in own_maps}
            key = {name: first[name] for name in KEY}
            for change, explained, network in _changes(others, classifier.network, blocks):
                changed = combined.explain_each(explained, network.to(device), *given)
                for method, (other,) in changed.items():
                    pair = (own_maps[method], other)
                    alike = of_maps(*pair, grid, windows["k"], windows["positive_only"])
                    rows.append(key | {"method": method} | change | alike)
            for method, relevance in own_maps.items():
                choices = _other_choices(relevance, clip, windows)
                rows += [key | {"method": method} | choice for choice in choices]
    return pd.DataFrame(rows, columns=tables.columns("stability"))


def _changes(others: list[tuple], network: nn.Module, methods: dict[str, dict]) -> Iterator[tuple]:
    """Each change with the methods it concerns (their blocks) and the network to explain."""
    for kind, change, other in others:
        yield {"kind": kind, "change": change}, methods, other
    for method, params in methods.items():
        if "fill" in params:
            for fill in FILLS:
                if fill != params["fill"]:
                    covered = {method: params | {"fill": fill}}
                    yield {"kind": "fill", "change": f"fill: {fill}"}, covered, network


def _other_choices(relevance: np.ndarray, clip, windows: dict) -> Iterator[dict]:
    """Overlap of the chosen windows with those of other lengths, and of highest net relevance."""
    chosen = _choice(relevance, clip, windows)
    grid = grid_of(clip, windows)
    frames = grid.max() - grid.min()
    net = window_sums(relevance, grid)
    scores = score(relevance, grid, windows["positive_only"])
    by_net = grid[top_k(net, windows["k"], positive_only=False)]
    change = {"kind": "net", "change": "net relevance"}
    yield change | {"windows": _rank_correlation(scores, net)} | of_choices(chosen, by_net, frames)
    for seconds in WINDOWS_S:
        length = round(seconds / clip["frame_step_s"])
        if length != windows["window_frames"]:
            other = _choice(relevance, clip, windows | {"window_frames": length})
            change = {"kind": "window", "change": f"windows of {seconds:.2f} s"}
            yield change | of_choices(chosen, other, frames)


def _choice(relevance: np.ndarray, clip, windows: dict) -> np.ndarray:
    grid = grid_of(clip, windows)
    scores = score(relevance, grid, windows["positive_only"])
    return grid[top_k(scores, windows["k"], windows["positive_only"])]
