"""Performance of the classifiers: accuracy, unweighted average recall, recall per emotion."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sercues.core import render, tables
from sercues.core.render import Page, Table
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import INTERVAL
from sercues.stats.permutation import LARGEST_Q


class Published(NamedTuple):
    """An accuracy to compare with, and the largest difference from it that counts as near."""

    value: float
    tolerance: float


def accuracy_table(
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
    published: Published | None = None,
) -> pd.DataFrame:
    """Accuracy, unweighted average recall and recall per emotion (table `accuracy`).

    One set of rows per fold and seed, one per seed over all folds, and one over everything, whose
    accuracy is compared with `published`, see `nearness`. A clip predicted with several seeds counts
    once per seed in the values but once in `n_clips`.
    """
    predictions = predictions.assign(
        speaker=bootstrap.speakers_of(predictions["clip_id"], manifest)
    )
    groups = [((str(f), str(s)), group) for (f, s), group in predictions.groupby(["fold", "seed"])]
    groups += [(("all", str(s)), group) for s, group in predictions.groupby("seed")]
    groups += [(("all", "all"), predictions)]

    rows = []
    for (fold, seed), group in groups:
        data = (group["true_emotion"], group["predicted_emotion"], group["speaker"], resampling)
        estimates = [
            ("accuracy", "all", bootstrap.accuracy(*data), group),
            ("uar", "all", bootstrap.unweighted_average_recall(*data), group),
        ]
        for emotion, estimate in bootstrap.recalls(*data).items():
            estimates.append(("recall", emotion, estimate, group[group["true_emotion"] == emotion]))
        for measure, emotion, estimate, clips in estimates:
            rows.append(
                {"fold": fold, "seed": seed, "emotion": emotion, "measure": measure}
                | estimate.columns()
                | {"n_clips": clips["clip_id"].nunique()}
                | dict.fromkeys(("p_near", "p_far", "room"), np.nan)
            )
    if published is not None:
        right = predictions["true_emotion"] == predictions["predicted_emotion"]
        tested = nearness(right, predictions["speaker"], published, resampling)
        # the last group is everything
        next(row for row in rows[::-1] if row["measure"] == "accuracy").update(tested)
    return tables.of_rows(rows, "accuracy")


def nearness(
    right: pd.Series, speakers: pd.Series, published: Published, resampling: Resampling
) -> dict[str, float]:
    """Is an accuracy near a published one?

    Parameters
    ----------
    right : pandas.Series of bool
        Whether each prediction is right.
    speakers : pandas.Series of str
        Speaker of each clip.
    published : Published
    resampling : Resampling
        Of the bootstrap over speakers.

    Returns
    -------
    dict of float
        p_near: of two one-sided tests that the accuracy is not within ± tolerance
        (`permutation.equivalence`). p_far: one-sided, that it is not beyond. room: largest distance from
        the published accuracy at which p_near can be below `LARGEST_Q`, the tolerance minus half of the
        1 − 2 × `LARGEST_Q` interval; with none left, this many speakers cannot show that it is near.
        NaN with fewer than `bootstrap.MIN_SPEAKERS` speakers.
    """
    value, tolerance = published
    (estimate,), drawn = bootstrap.resampled_means(
        right.to_numpy(float)[:, None], speakers, resampling
    )
    n_speakers, differences = estimate.n_speakers, drawn[:, 0] - value
    # draws of a mean spread too little, see `bootstrap.interval`
    error = drawn.std() * bootstrap.small_sample_factor(n_speakers)
    return {
        "p_near": permutation.equivalence(differences, tolerance, n_speakers),
        "p_far": permutation.beyond(differences, tolerance, n_speakers),
        "room": tolerance - stats.t.ppf(1 - LARGEST_Q, n_speakers - 1) * error,
    }


def summary_table(
    accuracy: pd.DataFrame, listeners: dict[str, float], published: dict[str, float]
) -> pd.DataFrame:
    """Accuracy and UAR of every corpus and protocol, with their spread over trainings.

    Parameters
    ----------
    accuracy : pandas.DataFrame
        Rows of the table `accuracy`, of one or more corpora and protocols.
    listeners, published : dict of float
        By corpus, the accuracy of human listeners and that reported in the paper, if known.

    Returns
    -------
    pandas.DataFrame
        Rows of the table `summary`: the value over all clips with its interval, and mean, standard
        deviation (n − 1; missing for one training) and range over trainings, one per fold and seed.
    """
    rows = []
    overall = accuracy[accuracy["measure"].isin(["accuracy", "uar"])]
    for (corpus, protocol, measure), group in overall.groupby(["corpus", "protocol", "measure"]):
        pooled = group[(group["fold"] == "all") & (group["seed"] == "all")].iloc[0]
        values = group.loc[group["fold"] != "all", "value"]
        is_accuracy = measure == "accuracy"
        rows.append(
            {
                "corpus": corpus,
                "protocol": protocol,
                "measure": measure,
                "value": pooled["value"],
                "ci_low": pooled["ci_low"],
                "ci_high": pooled["ci_high"],
                "n_trainings": len(values),
                "mean": values.mean(),
                "sd": values.std(ddof=1),
                "lowest": values.min(),
                "highest": values.max(),
                "n_clips": pooled["n_clips"],
                "n_speakers": pooled["n_speakers"],
                "published": published.get(corpus) if is_accuracy else None,
                "listeners": listeners.get(corpus) if is_accuracy else None,
            }
        )
    table = pd.DataFrame(rows, columns=tables.columns("summary"))
    return table.astype({"published": float, "listeners": float})


CAPTION = (
    "Accuracy and unweighted average recall (UAR) of held-out clips, per cent. All clips: over the "
    f"clips of all folds and seeds [{INTERVAL}]; "
    f"† {NO_INTERVAL}. Mean, standard deviation and range: over trainings, one per fold and seed."
)
HEAD = ["corpus", "protocol", "measure", "all clips", "mean ± sd (range)", "trainings"]
HEAD += ["clips (speakers)", "paper", "listeners"]


def page(summary: pd.DataFrame) -> Page:
    """The table `summary` for readers, in per cent."""
    rows = []
    for row in summary.itertuples():
        spread = render.percent(row.mean)
        if math.isfinite(row.sd):
            limits = f"{render.percent(row.lowest)}–{render.percent(row.highest)}"
            spread += f" ± {render.percent(row.sd)} ({limits})"
        rows.append(
            [
                row.corpus,
                row.protocol,
                "UAR" if row.measure == "uar" else row.measure,
                render.cell(100 * row.value, 100 * row.ci_low, 100 * row.ci_high, 1),
                spread,
                str(row.n_trainings),
                render.clips(row.n_clips, row.n_speakers),
                render.percent(row.published),
                render.percent(row.listeners),
            ]
        )
    return Page("Accuracy", [Table(CAPTION, HEAD, rows, n_texts=3)])
