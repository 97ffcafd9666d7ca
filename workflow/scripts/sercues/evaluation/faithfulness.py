"""Is an explanation faithful: do the windows it chose matter to the network more than others?

The effect of occluding windows does not depend on the method, so the scores of window
sets and random orders are computed once per clip and fill (`cover_clips`); each method is then
compared with them (`compare_methods`).
"""

import logging
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from tqdm import tqdm

from sercues.classifiers import resnet
from sercues.core import tables
from sercues.core.names import KEY
from sercues.evaluation import perturbation
from sercues.evaluation.fills import FILLS, fill_of
from sercues.evaluation.perturbation import WindowSets
from sercues.saliency import explain, surrogate
from sercues.saliency.surrogate import share_below
from sercues.segments.windows import grid_of, score, top_k

log = logging.getLogger("sercues")

SETS = 2002  # most sets of k windows tried per clip: all sets of 5 of 14 windows
ORDERS = 20  # random orders of the windows per clip
LEVEL = 0.05  # a choice with a smaller p is significant


class Rank(NamedTuple):
    """Rank of one set of windows among all sets of its size.

    Attributes
    ----------
    percentile : float
        Share of the sets with a smaller drop, ties counting half: 1 is best, 0.5 the mean of a
        random choice.
    p : float
        Share of the sets whose drop is no smaller: the exact p of the choice against a random one.
    regret : float
        Drop of the best set minus that of the choice, in logits.
    significant : bool
        Whether p is below `LEVEL`.
    significant_chance : float
        Share of the sets with p below `LEVEL`: how often a random choice is significant. Few sets,
        or ties, make it smaller than `LEVEL`; 0 if no set can be.
    """

    percentile: float
    p: float
    regret: float
    significant: bool
    significant_chance: float


def rank(chosen: float, drops: np.ndarray) -> Rank:
    """Rank of a set by how much occluding it lowers the explained logit.

    Parameters
    ----------
    chosen : float
        Drop of the logit when the chosen windows are occluded.
    drops : array, shape (n_sets,)
        The same for every set of that size, the chosen one among them, or for a random sample of
        sets, to which the chosen one is added.
    """
    drops = np.asarray(drops, dtype=np.float64)
    if not (drops == chosen).any():
        drops = np.append(drops, chosen)
    p = float((drops >= chosen).mean())
    # p of every set, as if it had been chosen
    reached = len(drops) - np.searchsorted(np.sort(drops), drops, side="left")
    chance = float((reached / len(drops) < LEVEL).mean())
    regret = float(drops.max() - chosen)
    return Rank(share_below(chosen, drops), p, regret, p < LEVEL, chance)


def probability(logits: np.ndarray, target: int) -> np.ndarray:
    """Softmax probability of a class, shape (n,), from logits of shape (n, classes)."""
    return softmax(np.asarray(logits, dtype=np.float64), axis=1)[:, target]


def area(curve: np.ndarray) -> float:
    """Area under a deletion or insertion curve over the share of windows, by the trapezoidal rule.

    Deletion: lower is better. Insertion: higher is better. Petsiuk, Das & Saenko (2018), RISE.

    Parameters
    ----------
    curve : array, shape (n_windows + 1,)
        Probability of the explained class after each step.

    Returns
    -------
    float
        The height if the curve has a single step.
    """
    curve = np.asarray(curve, dtype=np.float64)
    return float(surrogate.area(curve) if len(curve) > 1 else curve[0])


def cover_clips(
    explained: pd.DataFrame,
    spectrograms,
    model_paths,
    windows: dict,
    *,
    seed: int,
    device: torch.device,
) -> pd.DataFrame:
    """Scores of window sets and random orders of many clips (table `perturbations`).

    Parameters
    ----------
    explained : pandas.DataFrame
        Rows of the table `explained`.
    spectrograms : path-like
        Table `spectrograms`.
    model_paths : list of path-like
        Models, as `explain.model_files` reads them.
    windows : dict
        The protocol's `segments` block.
    seed : int
        Seed of the sets of k windows, at most `SETS`, of the `ORDERS` random orders, and of the frames
        of background, which depend only on it and on the clip; all fills have the same sets and
        orders.
    device : torch.device
        Device of the network.

    Returns
    -------
    pandas.DataFrame
        Clips of k windows or fewer have no row and are logged.
    """
    rows = []
    for row, fill, clip, target in _opened(
        explained, spectrograms, model_paths, windows, FILLS, seed, device
    ):
        if clip.n_windows <= windows["k"]:
            if fill == next(iter(FILLS)):
                log.warning("%s is not tested: it has %d windows", row.clip_id, clip.n_windows)
            continue
        tried = perturbation.sets_of(clip.n_windows, windows["k"], SETS, seed, row.clip_id)
        bare = clip.logits([0])[0, target]
        drawn = perturbation.random_orders(clip.n_windows, ORDERS, seed, row.clip_id)
        curves = np.array([_curves(clip, order, target) for order in drawn])
        areas = np.array([_areas(pair) for pair in curves])
        greedy = _curves(clip, perturbation.greedy_order(clip, target), target)
        rows.append(
            {name: getattr(row, name) for name in (*KEY, "target_emotion")}
            | {"fill": fill, "n_windows": clip.n_windows, "k": windows["k"], "logit": float(bare)}
            | {"drops": bare - clip.logits(tried)[:, target]}
            | {"random_deletion": areas[:, 0].astype(np.float32)}
            | {"random_insertion": areas[:, 1].astype(np.float32)}
            | _stored("random_", curves.mean(axis=0))
            | dict(zip(("greedy_deletion", "greedy_insertion"), _areas(greedy), strict=True))
            | _stored("greedy_", greedy)
        )
    if not rows:
        return tables.empty("perturbations")
    return pd.DataFrame(rows, columns=tables.columns("perturbations"))


def compare_methods(
    maps: dict[str, pd.DataFrame],
    covered: pd.DataFrame,
    spectrograms,
    model_paths,
    windows: dict,
    *,
    seed: int,
    device: torch.device,
) -> pd.DataFrame:
    """How the windows of each method compare with other sets and orders (table `faithfulness`).

    A method's set is its k windows of highest score, its order all windows by descending score; ties
    are in the order of time.

    Parameters
    ----------
    maps : dict of pandas.DataFrame
        Rows of the table `saliency` by method, with at least the clips of `covered`.
    covered : pandas.DataFrame
        Table `perturbations`.
    spectrograms, model_paths, windows, seed, device
        As in `cover_clips`.
    """
    known = covered.set_index([*KEY, "fill"]).sort_index()
    tested = covered[[*KEY, "target_emotion"]].drop_duplicates()
    keys = pd.MultiIndex.from_frame(tested[KEY])
    maps = {method: table.set_index(KEY).loc[keys] for method, table in maps.items()}
    rows = []
    fills = covered["fill"].unique()
    for row, fill, clip, target in _opened(
        tested, spectrograms, model_paths, windows, fills, seed, device
    ):
        key = tuple(getattr(row, name) for name in KEY)
        named = dict(zip(KEY, key, strict=True)) | {"fill": fill}
        for method, table in maps.items():
            map_row = table.loc[key]
            relevance = np.reshape(map_row["map"], (map_row["n_mels"], map_row["n_total"]))
            order = _order(relevance, clip.frames, windows)
            measures = _compared(order, clip, known.loc[(*key, fill)], target)
            rows.append({"method": method} | named | measures)
    if not rows:
        return tables.empty("faithfulness")
    return pd.DataFrame(rows, columns=tables.columns("faithfulness"))


def _compared(order: np.ndarray, clip: WindowSets, scores: pd.Series, target: int) -> dict:
    """Measures of an order of a clip's windows; `scores` is the clip's row of `perturbations`."""
    chosen = perturbation.window_set(order[: scores["k"]])
    drop = scores["logit"] - clip.logits([chosen])[0, target]
    standing = rank(np.float32(drop), scores["drops"])
    curves = _curves(clip, order, target)
    deletion, insertion = _areas(curves)
    # stored in single precision
    beaten = 1 - share_below(np.float32(deletion), scores["random_deletion"])
    return (
        standing._asdict()
        | {"deletion": deletion, "deletion_percentile": beaten, "insertion": insertion}
        | {"insertion_percentile": share_below(np.float32(insertion), scores["random_insertion"])}
        | _stored("", curves)
    )


def with_planted(faithfulness: pd.DataFrame, pointed: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Table `faithfulness` with `planted_auc`, from the results of `localisation.point` by method."""
    parts = [table[[*KEY, "auc"]].assign(method=method) for method, table in pointed.items()]
    planted = pd.concat(parts).rename(columns={"auc": "planted_auc"})
    key = ["method", *KEY]
    return faithfulness.drop(columns="planted_auc").merge(planted, on=key, how="left")


def _opened(
    explained: pd.DataFrame,
    spectrograms,
    model_paths,
    windows: dict,
    fills: Iterable[str],
    seed: int,
    device: torch.device,
) -> Iterator[tuple]:
    """Each row with each fill, the window sets of its clip so filled, and the index of its class."""
    files = explain.model_files(model_paths)
    if explained.empty:
        return
    clips = explain.read_clips(spectrograms, explained["clip_id"])
    with tqdm(total=len(explained), unit="clip", mininterval=5) as progress:
        for model, of_model in explained.groupby(["fold", "seed"]):
            classifier = resnet.load(files[model])
            network = classifier.network.to(device, memory_format=torch.channels_last)
            for row in of_model.itertuples():
                clip = clips.loc[row.clip_id]
                inputs = explain.network_input(clip["log_mel"], classifier, device)
                grid, target = grid_of(clip, windows), classifier.labels.index(row.target_emotion)
                for name in fills:
                    values = fill_of(name, clip, -classifier.front_end["top_db"], seed)
                    filling = explain.network_input(values, classifier, device)
                    yield row, name, WindowSets(network, inputs, grid, filling), target
                progress.update()


def _order(relevance: np.ndarray, frames: np.ndarray, windows: dict) -> np.ndarray:
    """Windows of a map by descending score, as scored in `segments`."""
    scores = score(relevance, frames, windows["positive_only"])
    return top_k(scores, len(scores), positive_only=False)


def _curves(clip: WindowSets, order, target: int) -> np.ndarray:
    """Probability of the class after each deletion and insertion step, shape (2, n_windows + 1)."""
    return np.stack(
        [
            probability(clip.logits(masks), target)
            for masks in (perturbation.deletion(order), perturbation.insertion(order))
        ]
    )


def _areas(curves: np.ndarray) -> tuple[float, float]:
    """Areas under a deletion and an insertion curve."""
    return area(curves[0]), area(curves[1])


def _stored(prefix: str, curves: np.ndarray) -> dict:
    """Columns of a deletion and an insertion curve, in single precision."""
    deletion, insertion = curves.astype(np.float32)
    return {f"{prefix}deletion_curve": deletion, f"{prefix}insertion_curve": insertion}
