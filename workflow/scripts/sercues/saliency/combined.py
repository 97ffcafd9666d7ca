"""Two methods together, the ablation beside each alone: what either points at, or both."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from torch import Tensor, nn

from sercues.core import tables
from sercues.core.names import KEY, PARTS
from sercues.saliency import explain

KINDS = {"union": np.maximum, "intersection": np.minimum}


def combine(maps: dict[str, pd.DataFrame], kind: str) -> pd.DataFrame:
    """Maps of `PARTS` as one: cell by cell the larger share of positive relevance, or the smaller.

    Parameters
    ----------
    maps : dict of pandas.DataFrame
        Rows of the table `saliency` of both methods, columns `KEY`, map, n_mels and n_total. A clip
        that one of them lacks is left out.
    kind : {"union", "intersection"}

    Returns
    -------
    pandas.DataFrame
        The same columns. A map without positive relevance counts as zero everywhere.
    """
    first, second = (maps[name].set_index(KEY) for name in PARTS)
    both = first.index.intersection(second.index, sort=False)
    pairs = zip(first.loc[both, "map"], second.loc[both, "map"], strict=True)
    joined = _joined(pairs, kind)
    return first.loc[both, ["n_mels", "n_total"]].assign(map=joined).reset_index()


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
        Columns `KEY`: the rows that are wanted.
    spectrograms : path-like
        Table `spectrograms`, for where speech is.

    Returns
    -------
    pandas.DataFrame
        Class, logit and whether it is the predicted one are those of the first part, as both explain the
        same network; the checks of a single method are missing.
    """
    found = combine({name: part.merge(chosen[KEY]) for name, part in maps.items()}, kind)
    if found.empty:
        return tables.empty("saliency")
    found = found.merge(maps[PARTS[0]][[*KEY, "target_emotion", "logit", "agrees"]], on=KEY)
    places = ["speech_start_frame", "speech_end_frame"]
    clips = tables.read(spectrograms, ["clip_id", *places], tables.isin("clip_id", found.clip_id))
    speech = clips.set_index("clip_id").loc[found["clip_id"], places].to_numpy()
    sizes = found[["n_mels", "n_total"]].to_numpy()
    found["speech_share"] = [
        explain.speech_share(relevance.reshape(size), *place)
        for relevance, size, place in zip(found["map"], sizes, speech, strict=True)
    ]
    found["map"] = [relevance.astype(np.float32) for relevance in found["map"]]
    columns = tables.columns("saliency")
    missing = [name for name in columns if name not in found]
    return found.assign(**dict.fromkeys(missing))[columns]


def explain_each(
    methods: dict[str, dict], network: nn.Module, inputs: Tensor, targets: Tensor, front_end: dict
) -> dict[str, np.ndarray]:
    """Maps of a batch of clips by several methods, combined ones too.

    Parameters
    ----------
    methods : dict of dict
        The protocol's block of each method. Where one of `KINDS` is among them, both of `PARTS` are,
        and it is made of their maps; its own block is not read.
    network, inputs, targets, front_end
        As in `explain.explain_batch`.

    Returns
    -------
    dict of array, shape (clips, n_mels, frames)
        By method, in the order given.

    Raises
    ------
    InputError
        What `explain.explain_batch` raises.
    """
    given = (network, inputs, targets, front_end)
    maps = {
        method: explain.explain_batch(method, *given, params).maps
        for method, params in methods.items()
        if method not in KINDS
    }
    for kind in KINDS:
        if kind in methods:
            maps[kind] = np.stack(_joined(zip(*(maps[part] for part in PARTS), strict=True), kind))
    return {method: maps[method] for method in methods}


def _joined(pairs: Iterable[tuple[np.ndarray, np.ndarray]], kind: str) -> list[np.ndarray]:
    """Each pair of maps as one, of their shape."""
    return [KINDS[kind](_shares(first), _shares(second)) for first, second in pairs]


def _shares(relevance: np.ndarray) -> np.ndarray:
    """Positive relevance of each cell as a share of all of it."""
    positive = np.clip(np.asarray(relevance, dtype=np.float64), 0, None)
    return positive / (positive.sum() or 1)
