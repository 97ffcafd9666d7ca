"""Do maps depend on what the network learned? They are compared with maps of networks that forgot it.

The weights are drawn anew layer by layer from the output down (Adebayo et al. 2018, arXiv 1810.03292).
A map that stays the same shows the clip, not the network.
"""

import copy

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import nn
from tqdm import tqdm

from sercues import models, saliency, segments, tables

KEY = ["fold", "seed", "clip_id", "target_kind"]
STAGES = ("fc", "block2", "block1", "conv1")  # from the output down; each keeps those before it


def forgetful(network: nn.Module, seed: int):
    """Copies of the network with ever more layers drawn anew.

    Parameters
    ----------
    network : torch.nn.Module
        With the modules of `STAGES`. It is not changed.
    seed : int
        Of the new weights, which follow the initialisation that training starts from.

    Yields
    ------
    (str, torch.nn.Module)
        Stage, and the network whose layers down to it are new. Its normalisation starts over, too.
    """
    network = copy.deepcopy(network)
    for number, stage in enumerate(STAGES):
        names = [stage, "bn1"] if stage == "conv1" else [stage]
        with torch.random.fork_rng():
            torch.manual_seed(seed * len(STAGES) + number)
            for name in names:
                for module in network.get_submodule(name).modules():
                    if hasattr(module, "reset_parameters"):
                        module.reset_parameters()
        yield stage, copy.deepcopy(network).eval()


def similarity(first: np.ndarray, second: np.ndarray, windows: np.ndarray, k: int, positive: bool):
    """How alike two maps of a clip are.

    Parameters
    ----------
    first, second : arrays, shape (n_mels, n_total)
        Relevance.
    windows : array of int, shape (n_windows, 2)
        Windows in frames; only cells inside them are compared.
    k, positive : int, bool
        As `segments.top_k` and `segments.score`.

    Returns
    -------
    dict
        `cells`: rank correlation of the cells; `windows`: rank correlation of the windows' scores;
        `overlap`: share of the k best windows they have in common. NaN where a map is constant.
    """
    start, end = windows.min(), windows.max()
    scores = [segments.score(part, windows, positive) for part in (first, second)]
    chosen = [set(segments.top_k(part, k, positive_only=False)) for part in scores]
    return {
        "cells": _rank_correlation(first[:, start:end].ravel(), second[:, start:end].ravel()),
        "windows": _rank_correlation(*scores),
        "overlap": len(chosen[0] & chosen[1]) / max(1, len(chosen[0])),
    }


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return np.nan
    return float(stats.spearmanr(first, second).statistic)


def compare_maps(
    maps: pd.DataFrame,
    spectrograms,
    model_paths,
    method: str,
    params: dict,
    windows: dict,
    seed: int,
    device: torch.device,
) -> pd.DataFrame:
    """Likeness of maps to those of forgetful networks (table `randomisation`).

    Parameters
    ----------
    maps : pandas.DataFrame
        Rows of the table `saliency` of the method: the clips that are compared.
    spectrograms, model_paths, method, params, device
        As in `saliency.explain_table`.
    windows : dict
        The protocol's `segments` block.
    seed : int
        Of the new weights.
    """
    files = saliency.model_files(model_paths)
    rows = []
    if maps.empty:
        return tables.empty("randomisation")
    clips = saliency.read_clips(spectrograms, maps["clip_id"])
    with tqdm(total=len(maps) * len(STAGES), unit="map", mininterval=5) as progress:
        for place, of_model in maps.groupby(["fold", "seed"]):
            classifier = models.load(files[place])
            for stage, network in forgetful(classifier.network, seed):
                network.to(device)
                for row in of_model.itertuples():
                    clip = clips.loc[row.clip_id]
                    inputs = saliency.network_input(clip["log_mel"], classifier, device)
                    target = torch.tensor([classifier.labels.index(row.target)])
                    found = saliency.explain(
                        method, network, inputs, target, classifier.front_end, params
                    )
                    grid = segments.grid_of(clip, windows)
                    own = np.reshape(row.map, (row.n_mels, row.n_total))
                    alike = similarity(
                        own, found.maps[0], grid, windows["k"], windows["positive_only"]
                    )
                    rows.append(
                        {name: getattr(row, name) for name in KEY} | {"stage": stage} | alike
                    )
                    progress.update()
    return pd.DataFrame(rows, columns=tables.columns("randomisation"))
