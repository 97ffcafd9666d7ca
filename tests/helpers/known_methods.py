"""Methods whose faithfulness is known."""

import numpy as np
import pandas as pd

from runs import CLIPS
from sercues.evaluation.fills import FILLS

CURVES = ("deletion", "insertion")


def results(method, percentile, **of_fill):
    """Table `faithfulness` of a method whose percentiles scatter about a mean, that of a fill if given."""
    means = dict.fromkeys(FILLS, percentile) | of_fill
    return pd.concat(
        [_results(method, mean).assign(fill=fill) for fill, mean in means.items()],
        ignore_index=True,
    )


def _results(method, percentile):
    rng = np.random.default_rng(1)
    values = np.clip(percentile + rng.normal(0, 0.05, len(CLIPS)), 0, 1)
    return pd.DataFrame({"clip_id": CLIPS, "percentile": values, "p": 1 - values}).assign(
        method=method,
        fold=0,
        seed=1,
        target="predicted_label",
        regret=0.1,
        significant=values > 0.95,
        significant_chance=[0.04, 0.0] * (len(CLIPS) // 2),
        deletion=0.3,
        deletion_percentile=values,
        insertion=0.6,
        insertion_percentile=values,
        planted_auc=np.nan,
        deletion_curve=[[0.75, 0.2, 0.125, 0.0, 0.125]] * len(CLIPS),
        insertion_curve=[[0.125, 0.5, 0.625, 0.7, 0.75]] * len(CLIPS),
    )


def areas():
    """Table `perturbations`: areas and curves of the greedy order, and curves of random ones."""
    place = {"fold": 0, "seed": 1, "target": "predicted_label"}
    table = pd.DataFrame({"clip_id": CLIPS}).assign(**place)
    # clips of two and of five windows
    lines = [np.linspace(1, 0, 3 if index % 2 else 6) for index in range(len(CLIPS))]
    names = [f"{order}_{curve}_curve" for order in ("greedy", "random") for curve in CURVES]
    table = table.assign(**dict.fromkeys(names, lines))
    table = table.assign(greedy_deletion=0.125, greedy_insertion=0.75)
    return pd.concat([table.assign(fill=fill) for fill in FILLS], ignore_index=True)


def parameter_randomisation(method):
    """Table `stability` of a method, with its name."""
    values = {"fc": 0.9, "conv1": 0.2, "randomised labels": 0.3}
    table = pd.concat(
        pd.DataFrame({"clip_id": CLIPS}).assign(change=change, windows=value)
        for change, value in values.items()
    )
    return table.assign(method=method, fold=0, seed=1, target="predicted_label")


def plausible(method):
    """Table `plausibility` of a method, with its name."""
    # random windows agree as often as not
    blind = np.resize([0.1, -0.1, -0.1, 0.1], len(CLIPS))
    values = {"salient": 0.4, "full": 0.3, "random": blind, "control": 0.3, "loudest": 0.2}
    table = pd.concat(
        pd.DataFrame({"clip_id": CLIPS}).assign(region=region, plausibility=value)
        for region, value in values.items()
    )
    return table.assign(method=method, fold=0, seed=1, target="predicted_label")
