"""How well the classifiers do: accuracy, unweighted average recall, recall per emotion."""

import math

import pandas as pd

from sercues.core import render, tables
from sercues.core.render import Page, Table
from sercues.stats import bootstrap
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import INTERVAL


def accuracy_table(
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Accuracy, unweighted average recall and recall per emotion (table `accuracy`).

    One set of rows per fold and seed, one per seed over all its folds, and one over everything.
    A clip predicted by several seeds counts once per seed in the values and once in `n_clips`.
    """
    predictions = predictions.assign(
        speaker=bootstrap.speakers_of(predictions["clip_id"], manifest)
    )
    parts = [((str(f), str(s)), part) for (f, s), part in predictions.groupby(["fold", "seed"])]
    parts += [(("all", str(s)), part) for s, part in predictions.groupby("seed")]
    parts += [(("all", "all"), predictions)]

    rows = []
    for (fold, trained), part in parts:
        data = (part["true_emotion"], part["predicted_emotion"], part["speaker"], resampling)
        measured = [
            ("accuracy", "all", bootstrap.accuracy(*data), part),
            ("uar", "all", bootstrap.unweighted_average_recall(*data), part),
        ]
        for emotion, estimate in bootstrap.recalls(*data).items():
            measured.append(("recall", emotion, estimate, part[part["true_emotion"] == emotion]))
        for measure, emotion, estimate, clips in measured:
            rows.append(
                {"fold": fold, "seed": trained, "emotion": emotion, "measure": measure}
                | estimate.columns()
                | {"n_clips": clips["clip_id"].nunique()}
            )
    return tables.of_rows(rows, "accuracy")


def summary_table(
    accuracy: pd.DataFrame, listeners: dict[str, float], published: dict[str, float]
) -> pd.DataFrame:
    """Accuracy and UAR of every corpus and protocol, with their spread over folds.

    Parameters
    ----------
    accuracy : pandas.DataFrame
        Rows of the table `accuracy`, of any number of corpora and protocols.
    listeners, published : dict of float
        By corpus, the accuracy of human listeners and the one the paper reports, where known.

    Returns
    -------
    pandas.DataFrame
        Rows of the table `summary`: the value over all clips with its interval, and mean, standard
        deviation (n − 1; missing for one training) and range over trainings, one per fold and seed.
    """
    rows = []
    overall = accuracy[accuracy["measure"].isin(["accuracy", "uar"])]
    for (corpus, protocol, measure), part in overall.groupby(["corpus", "protocol", "measure"]):
        pooled = part[(part["fold"] == "all") & (part["seed"] == "all")].iloc[0]
        trained = part.loc[part["fold"] != "all", "value"]
        by_clips = measure == "accuracy"
        rows.append(
            {
                "corpus": corpus,
                "protocol": protocol,
                "measure": measure,
                "value": pooled["value"],
                "ci_low": pooled["ci_low"],
                "ci_high": pooled["ci_high"],
                "n_trainings": len(trained),
                "mean": trained.mean(),
                "sd": trained.std(ddof=1),
                "lowest": trained.min(),
                "highest": trained.max(),
                "n_clips": pooled["n_clips"],
                "n_speakers": pooled["n_speakers"],
                "published": published.get(corpus) if by_clips else None,
                "listeners": listeners.get(corpus) if by_clips else None,
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
            ends = f"{render.percent(row.lowest)}–{render.percent(row.highest)}"
            spread += f" ± {render.percent(row.sd)} ({ends})"
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
