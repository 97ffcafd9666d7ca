"""What changes the explanations: other networks, fills and windows."""

import pandas as pd

from sercues.core import render, tables
from sercues.core.names import LAYERS
from sercues.core.render import Page, Table
from sercues.stats import bootstrap
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import INTERVAL

# kinds of changes in the table `stability`, those first that should change a map; and the layers that
# get new weights in their order (those of `randomisation`, which needs torch)
KINDS = ("weights", "labels", "fold", "seed", "fill", "window")


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
        Means over clips by change: rank correlation of the windows' scores, overlap of the choices
        and how far that is above chance.
    """
    stability = stability.assign(
        gain=stability["overlap"] - stability["chance"],
        order=stability["kind"].map(KINDS.index),
        layer=[LAYERS.index(name) if name in LAYERS else 0 for name in stability["change"]],
    ).sort_values(["target", "order", "layer", "change"], kind="stable")
    measures = ["windows", "overlap", "gain"]
    rows = []
    for place, part in stability.groupby(["target", "kind", "change"], sort=False):
        own = part.groupby("clip_id")[measures].mean()
        found = bootstrap.means_of_clips(own, manifest, resampling)
        named = dict(zip(["target", "kind", "change"], place, strict=True))
        rows += [
            named | {"measure": measure} | estimate.columns()
            for measure, estimate in zip(measures, found, strict=True)
        ]
    return tables.of_rows(rows, "stability_summary")


CAPTION = (
    "What changes the explanations. Correct clips explained again after each change: mean over clips "
    f"[{INTERVAL}]. The first should change a map: new weights "
    "from the output down to the layer that is named, and randomised labels; the others should not. "
    "Another seed: where one seed is configured, one more network for the clips of the first fold. Of union "
    "and intersection both parts are explained again, with the fill they have. "
    f"† {NO_INTERVAL}."
)
HEAD = ["corpus", "protocol", "method", "change", "rank correlation of the windows"]
HEAD += ["overlap (%)", "above chance (%)", "clips (speakers)"]


def page(table: pd.DataFrame) -> Page:
    """The table `stability` for readers, one row per change."""
    rows = []
    place = ["corpus", "protocol", "method", "target", "kind", "change"]
    for (corpus, protocol, method, target, kind, change), part in table.groupby(place, sort=False):
        found = part.set_index("measure")
        cells = []
        for measure, scale, decimals in (("windows", 1, 2), ("overlap", 100, 1), ("gain", 100, 1)):
            row = found.loc[measure, ["value", "ci_low", "ci_high"]].astype(float)
            cells.append(render.cell(*(scale * row), decimals))
        clips = render.clips(found["n_clips"].max(), found["n_speakers"].max())
        words = f"new weights down to {change}" if kind == "weights" else change
        named = [corpus, protocol, render.method(method, target), words]
        rows.append([*named, *cells, clips])
    return Page("Stability", [Table(CAPTION, HEAD, rows, n_texts=4)])
