"""Is an explanation faithful: do the windows it chose matter to the network, and more than others?

What occluding windows does to the network does not depend on the method, so the scores of sets and random orders
of windows are computed once per clip (`cover_clips`), and each method is then compared with them
(`compare_methods`).
"""

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from tqdm import tqdm

from sercues.audio.spectrograms import scale
from sercues.classifiers import resnet
from sercues.core import tables
from sercues.core.names import KEY
from sercues.evaluation import perturbation
from sercues.evaluation.perturbation import WindowSets
from sercues.saliency import explain, surrogate
from sercues.saliency.surrogate import share_below
from sercues.segments.windows import grid_of, score, top_k

log = logging.getLogger("sercues")

SETS = 2002  # most sets of k windows that are tried per clip: every set of 5 of 14 windows
ORDERS = 20  # random orders of the windows per clip


class Rank(NamedTuple):
    """Where one set of windows stands among all sets of its size.

    Attributes
    ----------
    percentile : float
        Share of the sets with a smaller drop, those of the same drop by half: 1 is the best, 0.5
        what a blind choice gives on average.
    p : float
        Share of the sets whose drop is no smaller: the exact p of the choice against a blind one.
    regret : float
        Drop of the best set minus that of the choice, in units of the logit.
    """

    percentile: float
    p: float
    regret: float


def rank(chosen: float, drops: np.ndarray) -> Rank:
    """Rank of a set by how far occluding it lowers the explained logit.

    Parameters
    ----------
    chosen : float
        Drop of the logit when the chosen windows are covered.
    drops : array, shape (n_sets,)
        The same for every set of as many windows, the chosen one among them, or for a random sample
        of sets; then the chosen one counts as one more.
    """
    drops = np.asarray(drops, dtype=np.float64)
    if not (drops == chosen).any():
        drops = np.append(drops, chosen)
    p = float((drops >= chosen).mean())
    return Rank(share_below(chosen, drops), p, float(drops.max() - chosen))


def probability(logits: np.ndarray, target: int) -> np.ndarray:
    """Softmax probability of one class, shape (n,), from logits of shape (n, classes)."""
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
        Of a single step its height.
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
    """Scores of sets and random orders of windows of many clips (table `perturbations`).

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
        Of the sets of k windows, at most `SETS`, and of the `ORDERS` random orders; they depend on
        it and on the clip alone.
    device : torch.device
        Where to compute.

    Returns
    -------
    pandas.DataFrame
        A clip of no more than k windows has no row, and is logged.
    """
    rows = []
    for row, clip, target in _opened(explained, spectrograms, model_paths, windows, device):
        if clip.n_windows <= windows["k"]:
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
            | {"n_windows": clip.n_windows, "k": windows["k"], "logit": float(bare)}
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
    device: torch.device,
) -> pd.DataFrame:
    """How the windows of each method compare with all others (table `faithfulness`).

    A method's k best windows by score are one set, all windows by falling score one order; windows of
    equal score stand in the order of time.

    Parameters
    ----------
    maps : dict of pandas.DataFrame
        By method: rows of the table `saliency`, at least the clips of `covered`.
    covered : pandas.DataFrame
        Table `perturbations`.
    spectrograms, model_paths, windows, device
        As in `cover_clips`.
    """
    known = covered.set_index(KEY)
    maps = {method: table.set_index(KEY).loc[known.index] for method, table in maps.items()}
    rows = []
    for row, clip, target in _opened(
        covered[[*KEY, "target_emotion"]], spectrograms, model_paths, windows, device
    ):
        key = tuple(getattr(row, name) for name in KEY)
        for method, table in maps.items():
            own = table.loc[key]
            relevance = np.reshape(own["map"], (own["n_mels"], own["n_total"]))
            order = _order(relevance, clip.frames, windows)
            found = _compared(order, clip, known.loc[key], target)
            rows.append({"method": method} | dict(zip(KEY, key, strict=True)) | found)
    if not rows:
        return tables.empty("faithfulness")
    return pd.DataFrame(rows, columns=tables.columns("faithfulness"))


def _compared(order: np.ndarray, clip: WindowSets, scores: pd.Series, target: int) -> dict:
    """Measures of one order of a clip's windows; `scores` is its row of the table `perturbations`."""
    chosen = perturbation.window_set(order[: scores["k"]])
    drop = scores["logit"] - clip.logits([chosen])[0, target]
    place = rank(np.float32(drop), scores["drops"])
    curves = _curves(clip, order, target)
    deletion, insertion = _areas(curves)
    # areas of random orders are stored in single precision
    beaten = 1 - share_below(np.float32(deletion), scores["random_deletion"])
    return (
        place._asdict()
        | {"deletion": deletion, "deletion_percentile": beaten, "insertion": insertion}
        | {"insertion_percentile": share_below(np.float32(insertion), scores["random_insertion"])}
        | _stored("", curves)
    )


def with_planted(found: pd.DataFrame, pointed: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Table `faithfulness` with `planted_auc`, from what `localisation.point` gives by method."""
    parts = [table[[*KEY, "auc"]].assign(method=method) for method, table in pointed.items()]
    planted = pd.concat(parts).rename(columns={"auc": "planted_auc"})
    places = ["method", *KEY]
    return found.drop(columns="planted_auc").merge(planted, on=places, how="left")


def _opened(
    explained: pd.DataFrame, spectrograms, model_paths, windows: dict, device: torch.device
) -> Iterator[tuple]:
    """Each row with its clip, ready to be covered by the floor, and the index of its class."""
    files = explain.model_files(model_paths)
    if explained.empty:
        return
    clips = explain.read_clips(spectrograms, explained["clip_id"])
    with tqdm(total=len(explained), unit="clip", mininterval=5) as progress:
        for place, of_model in explained.groupby(["fold", "seed"]):
            classifier = resnet.load(files[place])
            network = classifier.network.to(device, memory_format=torch.channels_last)
            floor = scale(-float(classifier.front_end["top_db"]), classifier.front_end)
            for row in of_model.itertuples():
                clip = clips.loc[row.clip_id]
                inputs = explain.network_input(clip["log_mel"], classifier, device)
                covered = WindowSets(network, inputs, grid_of(clip, windows), floor)
                yield row, covered, classifier.labels.index(row.target_emotion)
                progress.update()


def _order(relevance: np.ndarray, frames: np.ndarray, windows: dict) -> np.ndarray:
    """Windows of a map by falling score, as `segments` scores them."""
    scores = score(relevance, frames, windows["positive_only"])
    return top_k(scores, len(scores), positive_only=False)


def _curves(clip: WindowSets, order, target: int) -> np.ndarray:
    """Deletion and insertion curve of an order of the windows, shape (2, n_windows + 1).

    Probability of the explained class after each step.
    """
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
