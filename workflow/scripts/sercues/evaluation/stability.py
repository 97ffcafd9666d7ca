"""How explanations change with other networks, fills and windows."""

import pandas as pd

from sercues.core import render, tables
from sercues.core.names import LAYERS
from sercues.core.render import Page, Table
from sercues.stats import bootstrap
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import INTERVAL

# kinds of change in the table `stability`, those that should change a map first
KINDS = ("weights", "labels", "fold", "seed", "fill", "window", "net")


def stability_table(
    stability: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `stability` of one corpus, protocol and method.

    Parameters
    ----------
    stability, manifest : pandas.DataFrame
        Tables of these names.
    resampling : Resampling
        Bootstrap over speakers.

    Returns
    -------
    pandas.DataFrame
        Means over clips by change: rank correlation of the windows' scores, overlap of the choices,
        and overlap above chance.
    """
    stability = stability.assign(
        gain=stability["overlap"] - stability["chance"],
        order=stability["kind"].map(KINDS.index),
        layer=[LAYERS.index(name) if name in LAYERS else 0 for name in stability["change"]],
    ).sort_values(["target", "order", "layer", "change"], kind="stable")
    measures = ["windows", "overlap", "gain"]
    rows = []
    for group, of_change in stability.groupby(["target", "kind", "change"], sort=False):
        by_clip = of_change.groupby("clip_id")[measures].mean()
        estimates = bootstrap.means_of_clips(by_clip, manifest, resampling)
        named = dict(zip(["target", "kind", "change"], group, strict=True))
        rows += [
            named | {"measure": measure} | estimate.columns()
            for measure, estimate in zip(measures, estimates, strict=True)
        ]
    return tables.of_rows(rows, "stability_summary")


CAPTION = (
    "What changes the explanations. Correct clips explained again after each change: mean over clips "
    f"[{INTERVAL}]. The first should change a map: new weights "
    "from the output down to the layer that is named, and randomised labels; the others should not. "
    "Another seed: where one seed is configured, one more network for the clips of the first fold. Of union "
    "and intersection both parts are explained again, with the fill they have. Net relevance: the windows whose sum of "
    "positive and negative relevance is highest, in place of that of positive relevance alone. "
    f"† {NO_INTERVAL}."
)
HEAD = ["corpus", "protocol", "method", "change", "rank correlation of the windows"]
HEAD += ["overlap (%)", "above chance (%)", "clips (speakers)"]


def page(table: pd.DataFrame) -> Page:
    """Page of the table `stability`, one row per change."""
    rows = []
    columns = ["corpus", "protocol", "method", "target", "kind", "change"]
    for (corpus, protocol, method, target, kind, change), of_change in table.groupby(
        columns, sort=False
    ):
        by_measure = of_change.set_index("measure")
        cells = []
        for measure, scale, decimals in (("windows", 1, 2), ("overlap", 100, 1), ("gain", 100, 1)):
            row = by_measure.loc[measure, ["value", "ci_low", "ci_high"]].astype(float)
            cells.append(render.cell(*(scale * row), decimals))
        clips = render.clips(by_measure["n_clips"].max(), by_measure["n_speakers"].max())
        text = f"new weights down to {change}" if kind == "weights" else change
        texts = [corpus, protocol, render.method(method, target), text]
        rows.append([*texts, *cells, clips])
    return Page("Stability", [Table(CAPTION, HEAD, rows, n_texts=4)])
