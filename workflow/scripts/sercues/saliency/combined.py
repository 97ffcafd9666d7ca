"""Combinations of two methods: the cells that either of them marks, or both."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from torch import Tensor, nn

from sercues.core import tables
from sercues.core.names import KEY, PARTS
from sercues.saliency import explain

KINDS = {"union": np.maximum, "intersection": np.minimum}


def combine(maps: dict[str, pd.DataFrame], kind: str) -> pd.DataFrame:
    """Combine the maps of `PARTS`: in each cell the larger or smaller share of positive relevance.

    Parameters
    ----------
    maps : dict of pandas.DataFrame
        Rows of the table `saliency` of both methods, columns `KEY`, map, n_mels and n_total. Clips
        that one of them lacks are left out.
    kind : {"union", "intersection"}

    Returns
    -------
    pandas.DataFrame
        The same columns. A map without positive relevance counts as zero everywhere.
    """
    first, second = (maps[name].set_index(KEY) for name in PARTS)
    shared = first.index.intersection(second.index, sort=False)
    pairs = zip(first.loc[shared, "map"], second.loc[shared, "map"], strict=True)
    combined = _combined(pairs, kind)
    return first.loc[shared, ["n_mels", "n_total"]].assign(map=combined).reset_index()


def tabulate(
    maps: dict[str, pd.DataFrame], kind: str, chosen: pd.DataFrame, spectrograms
) -> pd.DataFrame:
    """Table `saliency` of a combined method.

    Parameters
    ----------
    maps : dict of pandas.DataFrame
        Rows of the table `saliency` of both methods.
    kind : {"union", "intersection"}
    chosen : pandas.DataFrame
        Columns `KEY`: the rows to return.
    spectrograms : path-like
        Table `spectrograms`, for the frames of speech.

    Returns
    -------
    pandas.DataFrame
        Class, logit and agreement are those of the first part, as both explain the same network;
        checks of single methods are missing.
    """
    table = combine({name: rows.merge(chosen[KEY]) for name, rows in maps.items()}, kind)
    if table.empty:
        return tables.empty("saliency")
    table = table.merge(maps[PARTS[0]][[*KEY, "target_emotion", "logit", "agrees"]], on=KEY)
    ends = ["speech_start_frame", "speech_end_frame"]
    clips = tables.read(spectrograms, ["clip_id", *ends], tables.isin("clip_id", table.clip_id))
    speech = clips.set_index("clip_id").loc[table["clip_id"], ends].to_numpy()
    sizes = table[["n_mels", "n_total"]].to_numpy()
    table["speech_share"] = [
        explain.speech_share(relevance.reshape(size), *frames)
        for relevance, size, frames in zip(table["map"], sizes, speech, strict=True)
    ]
    table["map"] = [relevance.astype(np.float32) for relevance in table["map"]]
    columns = tables.columns("saliency")
    missing = [name for name in columns if name not in table]
    return table.assign(**dict.fromkeys(missing))[columns]


def explain_each(
    methods: dict[str, dict], network: nn.Module, inputs: Tensor, targets: Tensor, front_end: dict
) -> dict[str, np.ndarray]:
    """Maps of a batch of clips by several methods, including combined ones.

    Parameters
    ----------
    methods : dict of dict
        The protocol's block of each method. Those in `KINDS` combine the maps of `PARTS`, which
        must be there too; their own block is not read.
    network, inputs, targets, front_end
        As in `explain.explain_batch`.

    Returns
    -------
    dict of array, shape (clips, n_mels, frames)
        By method, in the order given.

    Raises
    ------
    InputError
        As in `explain.explain_batch`.
    """
    maps = {
        method: explain.explain_batch(method, network, inputs, targets, front_end, params).maps
        for method, params in methods.items()
        if method not in KINDS
    }
    for kind in KINDS:
        if kind in methods:
            maps[kind] = np.stack(
                _combined(zip(*(maps[part] for part in PARTS), strict=True), kind)
            )
    return {method: maps[method] for method in methods}


def _combined(pairs: Iterable[tuple[np.ndarray, np.ndarray]], kind: str) -> list[np.ndarray]:
    """Each pair of maps combined, in their shape."""
    return [KINDS[kind](_shares(first), _shares(second)) for first, second in pairs]


def _shares(relevance: np.ndarray) -> np.ndarray:
    """Positive relevance of each cell as a share of the total."""
    positive = np.clip(np.asarray(relevance, dtype=np.float64), 0, None)
    return positive / (positive.sum() or 1)
