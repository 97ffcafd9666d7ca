"""Saliency maps of clips by any method.

A method is a file in `methods/` with its name in the configuration and a function
``explain(network, inputs, targets, front_end, **params) -> Maps``; `params` is the protocol's block
of that name. Clips are explained one at a time, or on a GPU in fixed groups, and in forward passes of
fixed size, so that a map does not depend on the shard of the clip.
"""

import importlib
import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from sercues.audio.spectrograms import scale
from sercues.classifiers import resnet
from sercues.classifiers.resnet import Classifier
from sercues.core import files, tables
from sercues.core.errors import InputError
from sercues.saliency.maps import Maps

METHODS = "sercues.saliency.methods"

# Clips that a GPU explains together, as one does not fill it. Shards consist of whole groups.
GROUP = 8

log = logging.getLogger("sercues")


def method_names() -> list[str]:
    """Names of all methods, which are those of their files."""
    return files.modules("saliency/methods")


def explain_batch(
    method: str,
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    front_end: dict,
    params: dict,
) -> Maps:
    """Maps (clips, n_mels, frames) of a batch of clips by one method.

    Parameters
    ----------
    method : str
        One of `method_names`.
    network : torch.nn.Module
        In eval mode; maps (batch, 1, n_mels, frames) to (batch, classes). Not changed.
    inputs : torch.Tensor of float32, shape (clips, 1, n_mels, frames)
        Network input, on the network's device.
    targets : torch.Tensor of int64, shape (clips,)
        The class to explain.
    front_end : dict
        The protocol's `front_end` block.
    params : dict
        The protocol's block of the method.

    Raises
    ------
    InputError
        There is no such method, or a parameter does not fit the network or input.
    """
    if method not in method_names():
        raise InputError(f"methods has '{method}'; choose among {', '.join(method_names())}.")
    module = importlib.import_module(f"{METHODS}.{method}")
    return module.explain(network, inputs, targets, front_end, **params)


def rows_of_shard(explained: pd.DataFrame, shard: str) -> pd.DataFrame:
    """Rows of the table `explained` that belong to one shard.

    Parameters
    ----------
    explained : pandas.DataFrame
        Table `explained`, in any order.
    shard : str
        ``"i-of-n"``, i from 1: in key order, the i-th of n shards of about equal length that
        consist of whole groups of `GROUP` rows.
    """
    number, n_shards = map(int, shard.split("-of-"))
    key = tables.definitions()["explained"]["key"]
    ordered = explained.sort_values(key, ignore_index=True)
    n_groups = -(-len(ordered) // GROUP)
    start, end = (GROUP * (shards * n_groups // n_shards) for shards in (number - 1, number))
    return ordered.iloc[start:end]


def model_files(paths) -> dict[tuple[int, int], Path]:
    """Model file per (fold, seed), from paths that end in ``fold{fold}/seed{seed}/model.pt``."""
    files = {}
    for path in map(Path, paths):
        match = re.fullmatch(r"fold(\d+)/seed(\d+)/model\.pt", "/".join(path.parts[-3:]))
        if match is None:
            raise ValueError(f"{path} does not end in fold…/seed…/model.pt")
        files[int(match[1]), int(match[2])] = path
    return files


def explain_table(
    explained: pd.DataFrame,
    spectrograms,
    model_paths,
    method: str,
    params: dict,
    device: torch.device,
    together: int | None = None,
) -> pd.DataFrame:
    """Explain clips with the model of their fold and seed.

    Parameters
    ----------
    explained : pandas.DataFrame
        Rows of the table `explained`.
    spectrograms : path-like
        Table `spectrograms`; only the explained clips are read.
    model_paths : list of path-like
        Models, as `model_files` reads them.
    method, params
        As in `explain_batch`.
    device : torch.device
        Device to compute on.
    together : int, optional
        Number of consecutive rows explained in one batch, if of the same model and size. By
        default 1, and `GROUP` on a GPU.

    Returns
    -------
    pandas.DataFrame
        Table `saliency`.

    Raises
    ------
    InputError
        A model does not have the explained class, or as in `explain_batch`.
    """
    if explained.empty:
        return tables.empty("saliency")
    models = model_files(model_paths)
    clips = read_clips(spectrograms, explained["clip_id"])
    together = together or (GROUP if device.type == "cuda" else 1)
    sizes = clips.loc[explained["clip_id"], "n_total"].to_numpy()
    explained = explained.assign(group=np.arange(len(explained)) // together, size=sizes)
    rows = []
    with tqdm(total=len(explained), desc=method, unit="clip", mininterval=5) as progress:
        for fold_and_seed, rows_of_model in explained.groupby(["fold", "seed"]):
            classifier = resnet.load(models[fold_and_seed])
            classifier.network.to(device)
            for _, group in rows_of_model.groupby(["group", "size"]):
                rows += _explain_rows(group, clips, classifier, method, params)
                progress.update(len(group))
    return pd.DataFrame(rows, columns=tables.columns("saliency"))


def read_clips(path, clip_ids: pd.Series) -> pd.DataFrame:
    """Log-Mel spectrograms, shape (n_mels, n_total), and their frames of speech, by clip_id.

    Parameters
    ----------
    path : path-like
        Table `spectrograms`.
    clip_ids : pandas.Series of str
        Only these clips are read.

    Returns
    -------
    pandas.DataFrame
        Columns log_mel, n_mels, n_total, frame_step_s, speech_start_frame and speech_end_frame.

    Raises
    ------
    ValueError
        A clip is not in the table.
    """
    names = ["clip_id", "log_mel", "n_mels", "n_total", "frame_step_s"]
    names += ["speech_start_frame", "speech_end_frame"]
    wanted = sorted(set(clip_ids))
    frame = tables.read(path, names, tables.isin("clip_id", wanted))
    if missing := sorted(set(wanted) - set(frame["clip_id"])):
        raise ValueError(f"{path} has no spectrogram of {missing[0]} ({len(missing)} missing)")
    shapes = zip(frame["log_mel"], frame["n_mels"], frame["n_total"], strict=True)
    frame["log_mel"] = [values.reshape(rows, columns) for values, rows, columns in shapes]
    return frame.set_index("clip_id")


def network_input(log_mel: np.ndarray, classifier: Classifier, device) -> Tensor:
    """Network input of a spectrogram in dB, float32 of shape (1, 1, n_mels, n_total)."""
    scaled = scale(log_mel, classifier.front_end)
    return torch.as_tensor(scaled, dtype=torch.float32)[None, None].to(device)


def speech_share(saliency: np.ndarray, start: int, end: int) -> float:
    """Share of the positive relevance of a map (n_mels, n_total) in frames `start` to `end`.

    NaN if no relevance is positive.
    """
    per_frame = np.clip(saliency, 0, None).sum(axis=0, dtype=np.float64)
    total = per_frame.sum()
    return per_frame[start:end].sum() / total if total > 0 else np.nan


def _explain_rows(
    group: pd.DataFrame,
    clips: pd.DataFrame,
    classifier: Classifier,
    method: str,
    params: dict,
) -> list[dict]:
    """Rows of the table `saliency`, explained in one batch; all of one model and size."""
    rows = list(group.itertuples())
    for row in rows:
        if row.target_emotion not in classifier.labels:
            raise InputError(
                f"The model of fold {row.fold}, seed {row.seed} has no output for '{row.target_emotion}' "
                f"(clip {row.clip_id}); delete its model.pt and run again."
            )
    device = next(classifier.network.parameters()).device
    inputs = [network_input(clips.at[row.clip_id, "log_mel"], classifier, device) for row in rows]
    targets = torch.tensor([classifier.labels.index(row.target_emotion) for row in rows])
    arguments = (torch.cat(inputs), targets, classifier.front_end, params)
    maps = explain_batch(method, classifier.network, *arguments)
    saliency = []
    for i, row in enumerate(rows):
        clip, relevance = clips.loc[row.clip_id], maps.maps[i]
        predicted = classifier.labels[maps.predicted[i]]
        if predicted != row.predicted_emotion:
            log.warning(
                "%s (fold %d, seed %d): predicted as %s, but the explained network says %s",
                *(row.clip_id, row.fold, row.seed, row.predicted_emotion, predicted),
            )
        speech = (clip["speech_start_frame"], clip["speech_end_frame"])
        saliency.append(
            {
                "clip_id": row.clip_id,
                "fold": row.fold,
                "seed": row.seed,
                "target": row.target,
                "target_emotion": row.target_emotion,
                "map": relevance.ravel(),
                "n_mels": clip["n_mels"],
                "n_total": clip["n_total"],
                "logit": maps.logits[i],
                "speech_share": speech_share(relevance, *speech),
                "agrees": predicted == row.predicted_emotion,
                **maps.checks(i),
            }
        )
    return saliency
