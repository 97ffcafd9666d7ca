"""How alike are two explanations of a clip: of two networks, two fills, two choices of windows?

A map should change when the network forgets or never knew the emotions (Adebayo et al. 2018,
arXiv 1810.03292), and stay when what should not matter is changed. Both are measured alike here.
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
from sercues.segments.windows import grid_of, score, top_k

WINDOWS_S = (0.10, 0.15, 0.20, 0.30)


def of_maps(first: np.ndarray, second: np.ndarray, windows: np.ndarray, k: int, positive: bool):
    """How alike two maps of a clip are.

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
        `windows`: rank correlation of the windows' scores, NaN where a map is constant. And the
        columns of `of_choices`.
    """
    scores = [score(part, windows, positive) for part in (first, second)]
    chosen = [windows[top_k(part, k, positive_only=False)] for part in scores]
    return {
        "windows": _rank_correlation(*scores),
        **of_choices(*chosen, windows.max() - windows.min()),
    }


def of_choices(first: np.ndarray, second: np.ndarray, frames: int) -> dict:
    """How far two choices of windows are the same time.

    Parameters
    ----------
    first, second : arrays of int, shape (n, 2)
        Windows in frames, none of a choice overlapping another.
    frames : int
        In which they could lie.

    Returns
    -------
    dict
        `overlap`: shared frames over the frames of the smaller choice, so 1 where one holds the
        other; `chance`: its expectation when the second lies anywhere.
    """
    covered = [{frame for window in part for frame in range(*window)} for part in (first, second)]
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
    network: nn.Module, place: tuple[int, int], files: dict, randomised_labels, seed: int
) -> Iterator[tuple]:
    """Networks that know less, or that learned the same from other clips or other weights.

    Parameters
    ----------
    network : torch.nn.Module
        The one that is explained; not changed.
    place : tuple of int
        Its fold and seed.
    files : dict
        Model file per fold and seed.
    randomised_labels : path-like
        Model that was trained on randomised labels.
    seed : int
        Of new weights.

    Yields
    ------
    (str, str, torch.nn.Module)
        Kind of the change ('weights', 'labels', 'fold' or 'seed'), the change, and the network.
    """
    fold, own_seed = place
    for stage, forgot in randomisation.forgetful(network, seed):
        yield "weights", stage, forgot
    yield "labels", "randomised labels", resnet.load(randomised_labels).network
    # the next one of each kind, the first after the last
    for kind, axis, same in (("fold", 0, own_seed), ("seed", 1, fold)):
        others = sorted(key[axis] for key in files if key[1 - axis] == same)
        other = others[(others.index(place[axis]) + 1) % len(others)]
        if other != place[axis]:
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
    """Similarity of maps to those of other networks, fills and choices of windows.

    Parameters
    ----------
    maps : pandas.DataFrame
        Rows of the tables `saliency` of the methods, with the column `method`: the clips that are
        compared.
    spectrograms, device
        As in `explain.explain_table`.
    model_paths : list of path-like
        Models, as `explain.model_files` reads them: those that are explained, and others, such as
        of another seed, which they are compared with.
    randomised_labels : path-like
        Model that was trained on randomised labels.
    methods : dict of dict
        As in `combination.explain_each`.
    windows : dict
        The protocol's `segments` block.
    seed : int
        Of new weights.

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
    for place, of_model in maps.groupby(["fold", "seed"]):
        classifier = resnet.load(files[place])
        others = list(networks(classifier.network, place, files, randomised_labels, seed))
        for _, of_clip in tqdm(of_model.groupby(KEY[2:]), unit="clip", mininterval=5):
            first = of_clip.iloc[0]
            clip = clips.loc[first.clip_id]
            grid = grid_of(clip, windows)
            if not len(grid):
                continue
            own = {
                row.method: np.reshape(row.map, (row.n_mels, row.n_total))
                for row in of_clip.itertuples()
            }
            inputs = explain.network_input(clip["log_mel"], classifier, device)
            target = torch.tensor([classifier.labels.index(first.target_emotion)])
            given = (inputs, target, classifier.front_end)
            blocks = {method: methods[method] for method in own}
            key = {name: first[name] for name in KEY}
            for change, explained, network in _changes(others, classifier.network, blocks):
                found = combined.explain_each(explained, network.to(device), *given)
                for method, (other,) in found.items():
                    pair = (own[method], other)
                    alike = of_maps(*pair, grid, windows["k"], windows["positive_only"])
                    rows.append(key | {"method": method} | change | alike)
            for method, relevance in own.items():
                choices = _other_choices(relevance, clip, windows)
                rows += [key | {"method": method} | choice for choice in choices]
    return pd.DataFrame(rows, columns=tables.columns("stability"))


def _changes(others: list[tuple], network: nn.Module, methods: dict[str, dict]) -> Iterator[tuple]:
    """Each change with the methods it concerns, by their blocks, and the network they then explain."""
    for kind, change, other in others:
        yield {"kind": kind, "change": change}, methods, other
    for method, params in methods.items():
        if "fill" in params:
            for fill in FILLS:
                if fill != params["fill"]:
                    covered = {method: params | {"fill": fill}}
                    yield {"kind": "fill", "change": f"fill: {fill}"}, covered, network


def _other_choices(relevance: np.ndarray, clip, windows: dict) -> Iterator[dict]:
    """The windows the method chooses against those of another length."""
    own = _choice(relevance, clip, windows)
    grid = grid_of(clip, windows)
    frames = grid.max() - grid.min()
    for seconds in WINDOWS_S:
        length = round(seconds / clip["frame_step_s"])
        if length != windows["window_frames"]:
            other = _choice(relevance, clip, windows | {"window_frames": length})
            change = {"kind": "window", "change": f"windows of {seconds:.2f} s"}
            yield change | of_choices(own, other, frames)


def _choice(relevance: np.ndarray, clip, windows: dict) -> np.ndarray:
    grid = grid_of(clip, windows)
    scores = score(relevance, grid, windows["positive_only"])
    return grid[top_k(scores, windows["k"], windows["positive_only"])]
