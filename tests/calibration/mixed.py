"""Mixed models of paired differences beside sign flips of the same data."""

import itertools

import numpy as np
import pandas as pd

import simulate
from sercues.analysis import mixed_models
from sercues.stats import permutation

EMOTIONS = ("angry", "happy", "sad")
EACH = 5  # clips of a speaker and emotion, on average
SPREADS = (0.0, 0.5)  # of speakers, and of speakers' emotions
SHIFTS = (0.0, 0.25)


def rows(n_simulations: int, seed: int) -> pd.DataFrame:
    """Size, coverage and power; `n_simulations` counts tests, one per emotion and corpus."""
    rng = np.random.default_rng(seed)
    found = []
    for n_speakers, spread, clips in itertools.product(
        simulate.SPEAKERS[1:], SPREADS, simulate.CLIPS
    ):
        outcomes: dict[tuple, list] = {}
        for _ in range(-(-n_simulations // len(EMOTIONS))):
            data = _corpus(n_speakers, spread, clips, rng)
            fit = mixed_models.fitted(data, "simulated")
            for emotion, group in data.groupby("emotion"):
                speakers = group["speaker"].to_numpy(str)
                for shift in SHIFTS:
                    # the mean of an emotion moves with its clips, and its error does not
                    shifted = fit._replace(means=fit.means + shift / fit.scale) if fit else None
                    value, low, high, p = shifted.difference(emotion) if fit else (np.nan,) * 4
                    values = group[["difference"]].to_numpy() + shift
                    flips = permutation.sign_flip(values, speakers, simulate.RESAMPLING)[0]
                    outcomes.setdefault(("model", shift), []).append(simulate.rejects(p))
                    outcomes.setdefault(("flips", shift), []).append(simulate.rejects(flips))
                    covered = simulate.covers([(value, low, high)], shift)[0]
                    outcomes.setdefault(("interval", shift), []).append(covered)
        where = (n_speakers, f"{clips} clips, speakers differ by {spread:g}")
        names = {"model": "mixed model of a difference", "flips": "… sign flips of the same"}
        for (kind, shift), events in outcomes.items():
            if kind in names:
                measure = "power" if shift else "size"
                found.append(simulate.share(names[kind], shift, *where, measure, events))
            elif shift == 0:
                name = "interval of the mixed model"
                found.append(simulate.share(name, shift, *where, "coverage", events))
    return simulate.frame(found)


def _corpus(n_speakers: int, spread: float, clips: str, rng: np.random.Generator) -> pd.DataFrame:
    """Data of `mixed_models.fitted` without an effect."""
    speaker = rng.normal(0, spread, n_speakers)
    parts = []
    for emotion in EMOTIONS:
        corpus = simulate.layout(n_speakers, clips, rng, each=EACH)
        own = rng.normal(0, spread, n_speakers)
        effect = (speaker + own)[corpus.of] + rng.standard_normal(len(corpus.of))
        parts.append(
            pd.DataFrame({"speaker": corpus.speakers, "emotion": emotion, "difference": effect})
        )
    return pd.concat(parts, ignore_index=True)
