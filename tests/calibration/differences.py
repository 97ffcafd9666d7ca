"""Means and paired differences: interval, sign flips and equivalence (Table 2, methods, ledger)."""

import numpy as np
import pandas as pd

import simulate
from sercues.stats import bootstrap, permutation

SPREAD = 0.5  # of speakers
SHIFTS = (0.0, 0.2, 0.5)
BOUND = 0.2


def rows(n_simulations: int, seed: int) -> pd.DataFrame:
    """Size, coverage and power over `n_simulations` corpora per condition."""
    rng = np.random.default_rng(seed)
    found = []
    for n_speakers, shape, clips in simulate.conditions():
        condition = f"{shape}, {clips} clips"
        outcomes: dict[tuple, list] = {}
        for _ in range(simulate.LAYOUTS):
            speakers, of = simulate.layout(n_speakers, clips, rng)
            tests = -(-n_simulations // simulate.LAYOUTS)
            effect = simulate.effects(shape, SPREAD, (n_speakers, tests), rng)[of]
            null = effect + rng.standard_normal(effect.shape)
            for shift in SHIFTS:
                values = null + shift
                estimates, drawn = bootstrap.resampled_means(values, speakers, simulate.RESAMPLING)
                p = permutation.sign_flip(values, speakers, simulate.RESAMPLING)
                covered = simulate.covers(estimates, shift)
                alike = [permutation.equivalence(column, BOUND, n_speakers) for column in drawn.T]
                for key, events in (
                    (("flips", shift), simulate.rejects(p)),
                    (("interval", shift), covered),
                    (("alike", shift), simulate.rejects(np.array(alike))),
                ):
                    outcomes.setdefault(key, []).append(events)
        where = (n_speakers, condition)
        for (kind, shift), events in outcomes.items():
            events = np.concatenate(events)
            if kind == "interval" and shift == 0:
                name = "interval of a mean or paired difference"
                found.append(simulate.share(name, shift, *where, "coverage", events))
            elif kind == "flips":
                measure = "power" if shift else "size"
                name = "sign flips of a paired difference"
                found.append(simulate.share(name, shift, *where, measure, events))
            elif kind == "alike" and shift != SHIFTS[2]:
                # at the bound the difference is not alike; at zero it is
                measure = "size" if shift == BOUND else "power"
                name = f"equivalence within ± {BOUND:g}"
                found.append(simulate.share(name, shift, *where, measure, events))
    return simulate.frame(found)
