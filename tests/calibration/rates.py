"""Intervals of accuracy, recall and UAR, of Cliff's δ and of a share of variance."""

import numpy as np
import pandas as pd

import simulate
from sercues.stats import bootstrap, permutation

LABELS = ("angry", "happy", "neutral", "sad")
SPREAD = 0.1  # of speakers' recalls
RECALLS = dict(zip(LABELS, (0.7, 0.4, 0.6, 0.5), strict=True))
DELTA_SHIFT = 0.5
MANY = 4000  # speakers from which the true δ and share of variance are computed


def rows(n_simulations: int, seed: int) -> pd.DataFrame:
    """Coverage over `n_simulations` corpora per condition."""
    rng = np.random.default_rng(seed)
    truth = _truth(np.random.default_rng(seed + 1))
    found = []
    for n_speakers in simulate.SPEAKERS:
        for clips in simulate.CLIPS:
            outcomes: dict[str, list] = {}
            for _ in range(n_simulations):
                corpus = simulate.layout(n_speakers, clips, rng, each=16)
                true, predicted, first, second = _corpus(corpus, n_speakers, rng)
                angry = true == "angry"
                data = (corpus.speakers, simulate.RESAMPLING)
                estimates = {
                    "UAR": bootstrap.unweighted_average_recall(true, predicted, *data),
                    "accuracy": bootstrap.accuracy(true, predicted, *data),
                    "recall": bootstrap.recalls(true, predicted, *data).get("angry"),
                    "Cliff's δ": permutation.cliffs_delta(
                        first + DELTA_SHIFT * angry, angry, *data
                    ),
                    "share of variance": bootstrap.shared_variance(first, second, *data),
                }
                for name, estimate in estimates.items():
                    if estimate is not None:
                        covered = simulate.covers([estimate], truth[name])[0]
                        outcomes.setdefault(name, []).append(covered)
            for name, events in outcomes.items():
                where = (n_speakers, f"{clips} clips", "coverage", events)
                found.append(simulate.share(f"interval of {name}", f"{truth[name]:.2f}", *where))
    return simulate.frame(found)


def _corpus(corpus: simulate.Layout, n_speakers: int, rng: np.random.Generator) -> tuple:
    """True and predicted labels, and two correlated cues with voices of their own."""
    true = rng.choice(LABELS, len(corpus.of))
    skill = rng.normal(0, SPREAD, n_speakers)[corpus.of]
    right = rng.random(len(true)) < np.array([RECALLS[label] for label in true]) + skill
    predicted = np.where(right, true, "none")
    voice = rng.normal(0, 0.5, (n_speakers, 2))[corpus.of]
    common = rng.standard_normal(len(true))
    first, second = (voice[:, i] + common + rng.standard_normal(len(true)) for i in (0, 1))
    return true, predicted, first, second


def _truth(rng: np.random.Generator) -> dict[str, float]:
    """Values in a population of speakers, from very many of them."""
    corpus = simulate.layout(MANY, "equal", rng, each=16)
    true, _, first, second = _corpus(corpus, MANY, rng)
    angry = true == "angry"
    shifted = first + DELTA_SHIFT * angry
    ranks = pd.Series(shifted).rank().to_numpy()
    n, m = angry.sum(), (~angry).sum()
    auc = (ranks[angry].sum() - n * (n + 1) / 2) / (n * m)
    mean = float(np.mean(list(RECALLS.values())))
    return {
        "UAR": mean,
        "accuracy": mean,
        "recall": RECALLS["angry"],
        "Cliff's δ": 2 * auc - 1,
        "share of variance": float(np.corrcoef(first, second)[0, 1] ** 2),
    }
