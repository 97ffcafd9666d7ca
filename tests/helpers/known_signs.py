"""Tables in which the signs of a failed explanation are or are not."""

import numpy as np
import pandas as pd

from runs import CLIPS, RUN
from sercues.evaluation.fills import FILLS

KIND = {"target": "predicted_label"}


def saliency(share):
    """Maps with about this share of relevance in speech."""
    rng = np.random.default_rng(0)
    values = np.clip(share + rng.normal(0, 0.02, len(CLIPS)), 0, 1)
    return pd.DataFrame({"clip_id": CLIPS, "speech_share": values}).assign(**KIND)


def segments(negative=0.0):
    """Salient segments, five a clip, this share of them of negative net relevance, and others."""
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"clip_id": np.repeat(CLIPS, 5), "region": "salient"})
    table["net_score"] = rng.permutation(np.arange(100) >= round(100 * negative)) - 0.5
    blind = table.assign(region="random", net_score=np.nan)
    return pd.concat([table, blind], ignore_index=True).assign(**KIND)


def methods(percentiles=(0.7, 0.7, 0.8, 0.9)):
    """Rows of the table `methods`: a percentile under each fill, known well."""
    table = pd.DataFrame({"fill": list(FILLS), "value": list(percentiles)})
    others = table.assign(measure="deletion_percentile", value=0.1)
    table = pd.concat([table.assign(measure="percentile"), others], ignore_index=True)
    table = table.assign(ci_low=table["value"] - 0.05, ci_high=table["value"] + 0.05, q=0.01)
    table.loc[(table["value"] - 0.5).abs() < 0.05, "q"] = 0.5
    return table.assign(n_clips=20, n_speakers=10, own_fill=False, **RUN, **KIND)


def contrasts(q, kind="emotion"):
    """Contrasts of the salient segments with these q, and a blind region without any."""
    numbers = {"q": q, "cliffs_delta": np.linspace(-0.8, 0.4, len(q)), "kind": kind}
    table = pd.DataFrame(numbers).assign(n_first=9, n_second=8, n_speakers=10, **RUN, **KIND)
    # what other regions show is no sign of the salient ones
    blind = table.assign(region="random", q=0.001, cliffs_delta=np.nan)
    return pd.concat([table.assign(region="salient"), blind], ignore_index=True)


def plausibility(value, low=None, high=None):
    """The row of correct clips in the summary of plausibility."""
    row = {"region": "salient", "group": "correct", "value": value, "n_clips": 20}
    row |= {"ci_low": value - 0.1 if low is None else low, "n_speakers": 10}
    row |= {"ci_high": value + 0.1 if high is None else high}
    return pd.DataFrame([row | RUN | KIND, row | RUN | KIND | {"region": "full", "value": 9.0}])


def accuracy(uar):
    """Accuracy with this UAR over all folds, and one of a fold that does not count."""
    row = {"measure": "uar", "fold": "all", "seed": "all", "value": uar}
    return pd.DataFrame([row, row | {"fold": "0", "value": 0.0}])


def stability_rows(parameter_randomisation, label_randomisation=0.0):
    """Similarity to maps of networks that forgot, or were taught randomised labels."""
    values = {
        "conv1": parameter_randomisation,
        "randomised labels": label_randomisation,
        "fc": 1.0,
        "fill: mean": 1.0,
    }
    rows = [
        {"clip_id": clip, "change": change, "windows": value}
        for change, value in values.items()
        for clip in CLIPS
    ]
    return pd.DataFrame(rows).assign(**KIND)
