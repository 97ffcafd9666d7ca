"""The confusion matrix."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from sercues.figures import style
from sercues.figures.style import MISSING

# ---- confusion matrix ----------------------------------------------------------------------------


@style.report_style()
def confusion(predictions: pd.DataFrame, accuracy: pd.DataFrame, title: str) -> Figure:
    """Confusion matrix: rows true, columns predicted, per cent of the row and counts.

    Parameters
    ----------
    predictions, accuracy : pandas.DataFrame
        Tables of these names, of one corpus and protocol. A clip counts once per seed.
    title : str
        Title of the figure.
    """
    seen = {*predictions["true_emotion"], *predictions["predicted_emotion"]}
    known = dict.fromkeys(label for row in predictions["labels"] for label in row)
    labels = [label for label in known if label in seen] + sorted(seen - set(known))
    counts = pd.crosstab(predictions["true_emotion"], predictions["predicted_emotion"])
    counts = counts.reindex(index=labels, columns=labels, fill_value=0)
    totals = counts.sum(axis=1)
    percent = 100 * counts.div(totals.where(totals > 0), axis=0)
    texts = [
        [f"{share:.0f} %\n{count}" if count else "0" for share, count in zip(*row, strict=True)]
        for row in zip(percent.to_numpy(), counts.to_numpy(), strict=True)
    ]

    size = 1.8 + 0.75 * len(labels)
    figure = Figure(figsize=(size + 0.6, size))
    ax = figure.subplots()
    sns.heatmap(
        percent,
        ax=ax,
        mask=percent.isna(),
        annot=np.array(texts),
        fmt="",
        annot_kws={"fontsize": 8},
        cmap="Blues",
        vmin=0,
        vmax=100,
        square=True,
        linewidths=0.5,
        cbar_kws={"label": "% of the clips of the true emotion", "shrink": 0.8},
        yticklabels=[f"{label} ({total})" for label, total in totals.items()],
    )
    ax.set_facecolor(MISSING)
    ax.set(xlabel="predicted emotion", ylabel="true emotion (clips)")
    ax.tick_params(axis="x", rotation=30)
    ax.tick_params(axis="y", rotation=0)
    figure.suptitle(title)
    ax.set_title("\n".join(_accuracy_words(accuracy, len(predictions))))
    return figure


def _accuracy_words(accuracy: pd.DataFrame, n_predictions: int) -> list[str]:
    """Two lines: pooled accuracy and UAR with intervals; clips and speakers."""
    pooled = accuracy[(accuracy["fold"] == "all") & (accuracy["seed"] == "all")]
    measures = pooled.set_index("measure")
    texts = [
        style._measure_words("accuracy", measures.loc["accuracy"]),
        style._measure_words("UAR", measures.loc["uar"]),
    ]
    row = measures.loc["accuracy"]
    counts = f"{row['n_clips']:,} clips, {row['n_speakers']} speakers"
    if n_predictions != row["n_clips"]:
        counts += f", {n_predictions:,} predictions"
    return [", ".join(texts), counts]
