"""Contrasts of two groups of clips within speakers (contrasts, recovery, highest and lowest)."""

import numpy as np
import pandas as pd

import simulate
from sercues.stats import within

SPREADS = (0.0, 0.7, 1.1)  # of how much speakers differ in expressing an emotion
VOICE = 3.0  # of speakers' voices, which both groups share
SHIFTS = (0.0, 0.2, 0.5)


def rows(n_simulations: int, seed: int) -> pd.DataFrame:
    """Size, coverage and power over `n_simulations` corpora per condition."""
    rng = np.random.default_rng(seed)
    found = []
    for n_speakers, shape, clips in simulate.conditions():
        for spread in SPREADS:
            if spread == 0 and shape == "skewed":
                continue
            condition = f"{shape}, {clips} clips, speakers differ by {spread:g}"
            outcomes: dict[tuple, list] = {}
            for _ in range(simulate.LAYOUTS):
                first, second = (simulate.layout(n_speakers, clips, rng) for _ in range(2))
                speakers = np.concatenate([first.speakers, second.speakers])
                of = np.concatenate([first.of, second.of])
                in_first = np.arange(len(of)) < len(first.of)
                tests = -(-n_simulations // simulate.LAYOUTS)
                voice = rng.normal(0, VOICE, (n_speakers, tests))[of]
                effect = simulate.effects(shape, spread, (n_speakers, tests), rng)[of]
                null = voice + rng.standard_normal(voice.shape) + in_first[:, None] * effect
                for shift in SHIFTS:
                    values = null + shift * in_first[:, None]
                    compared = within.compare(values, in_first, speakers, simulate.RESAMPLING)
                    outcomes.setdefault(("flips", shift), []).append(simulate.rejects(compared.p))
                    covered = simulate.covers(compared.estimates, shift)
                    outcomes.setdefault(("interval", shift), []).append(covered)
            where = (n_speakers, condition)
            for (kind, shift), events in outcomes.items():
                events = np.concatenate(events)
                if kind == "flips":
                    measure = "power" if shift else "size"
                    name = "sign flips of a contrast within speakers"
                    found.append(simulate.share(name, shift, *where, measure, events))
                elif shift == 0:
                    name = "interval of a contrast within speakers"
                    found.append(simulate.share(name, shift, *where, "coverage", events))
    return simulate.frame(found)
