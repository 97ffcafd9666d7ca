"""Methods side by side: how faithful their choices are, over clips, with intervals over speakers."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sercues.core import render, tables
from sercues.core.names import KEY
from sercues.core.render import Page, Table
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import INTERVAL
from sercues.stats.permutation import LARGEST_Q

LEVEL = 0.05
GREEDY = "greedy"  # covers at every step the window that lowers the logit most
RANDOM_ORDERS = "random_orders"  # mean over random orders of the windows
# what these methods choose are the regions of these names
METHOD_OF = {"loudest": "energy", "random": "random"}
CURVES = ("deletion", "insertion")
SHARES = np.arange(21) / 20  # of a clip's windows; clips differ in how many they have


class Measure(NamedTuple):
    """A measure of the table `methods`.

    Attributes
    ----------
    label : str
        For readers.
    chance : float or None
        What a blind choice gives on average, against which the measure is tested.
    percent : bool
        Shown in per cent.
    """

    label: str
    chance: float | None
    percent: bool


MEASURES = {
    "percentile": Measure("sets with a smaller drop (%)", 0.5, True),
    # a share of rare events is no difference whose sign could be flipped, so it has no test
    "significant": Measure("clips with p < 0.05 (%)", None, True),
    "regret": Measure("regret (logits)", None, False),
    "deletion": Measure("deletion area (lower is better)", None, False),
    "deletion_percentile": Measure("random orders beaten, deletion (%)", 0.5, True),
    "insertion": Measure("insertion area (higher is better)", None, False),
    "insertion_percentile": Measure("random orders beaten, insertion (%)", 0.5, True),
    "planted_auc": Measure("planted above other windows (%)", 0.5, True),
    "parameter_randomisation": Measure(
        "rank correlation with a network with randomised parameters", None, False
    ),
    "label_randomisation": Measure(
        "rank correlation with a network of randomised labels", None, False
    ),
    "plausibility": Measure("plausibility of the cues", 0.0, False),
}
# what a change is called here
FORGOT = {"conv1": "parameter_randomisation", "randomised labels": "label_randomisation"}


def measured(
    faithfulness: pd.DataFrame,
    perturbations: pd.DataFrame,
    stability: pd.DataFrame,
    plausibility: pd.DataFrame,
) -> pd.DataFrame:
    """All measures of every method and clip, one column each.

    Parameters
    ----------
    faithfulness, perturbations : pandas.DataFrame
        Tables of these names; of `perturbations` the areas of the greedy order, which stand as a method.
    similarity : pandas.DataFrame
        Table of this name with the column method; of methods that lack it, its measures are missing.
    plausibility : pandas.DataFrame
        Table of this name with the column method, of the methods whose cues were measured. The methods
        energy and random choose what its regions of these names are.
    """
    places = ["method", *KEY]
    forgot = stability[stability["change"].isin(FORGOT)]
    forgot = forgot.pivot(index=places, columns="change", values="windows").rename(columns=FORGOT)
    forgot = forgot.reindex(columns=list(FORGOT.values())).reset_index()
    found = faithfulness.assign(significant=(faithfulness["p"] < LEVEL).astype(float))
    areas = {f"greedy_{curve}": curve for curve in CURVES}
    greedy = perturbations[[*KEY, *areas]].rename(columns=areas).assign(method=GREEDY)
    found = pd.concat([found, greedy], ignore_index=True)
    salient = plausibility[plausibility["region"] == "salient"]
    blind = plausibility[plausibility["region"].isin(list(METHOD_OF))]
    # every method's table has the same loudest windows, and random ones of its own
    blind = (
        blind.assign(method=blind["region"].map(METHOD_OF))
        .groupby(places, as_index=False)["plausibility"]
        .mean()
    )
    plausible = pd.concat([salient[[*places, "plausibility"]], blind])
    plausible = plausible[~plausible.duplicated(places)]
    return found.merge(forgot, on=places, how="outer").merge(plausible, on=places, how="left")


def method_table(
    clips: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `methods` of one corpus and protocol.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `measured`.
    manifest : pandas.DataFrame
        Table `manifest`: who speaks each clip.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.

    Returns
    -------
    pandas.DataFrame
        Mean over clips by method, explained class and measure; where chance is known, p of the
        difference from it (sign flips over speakers) and q over all methods and measures.
    """
    rows = []
    for (method, target), part in clips.groupby(["method", "target"], sort=False):
        own = part.groupby("clip_id")[list(MEASURES)].mean()
        speakers = bootstrap.speakers_of(own.index.to_series(), manifest)
        values = own.to_numpy(dtype=float)
        chance = np.array([np.nan if m.chance is None else m.chance for m in MEASURES.values()])
        p = permutation.sign_flip(values - chance, speakers, resampling)
        head = {"method": method, "target": target}
        found = bootstrap.means(values, speakers, resampling)
        for measure, estimate, value in zip(MEASURES, found, p, strict=True):
            rows.append(head | {"measure": measure, "p": value} | estimate.columns())
    return permutation.with_q(tables.of_rows(rows, "methods"), ["target"])


def curve_table(
    faithfulness: pd.DataFrame,
    perturbations: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `curves` of one corpus and protocol: mean deletion and insertion curves.

    Clips have different numbers of windows, so each curve is interpolated linearly, as its area is
    computed, at `SHARES` of the clip's windows. A clip explained by several models counts once, by its
    average.

    Parameters
    ----------
    faithfulness, perturbations : pandas.DataFrame
        Tables of these names; of `perturbations` the curves of the greedy and of random orders, which
        stand as methods.
    manifest, resampling
        As in `method_table`.
    """
    columns = {f"{curve}_curve": curve for curve in CURVES}
    parts = [faithfulness[["method", *KEY, *columns]].rename(columns=columns)]
    for prefix, name in (("greedy", GREEDY), ("random", RANDOM_ORDERS)):
        own = {f"{prefix}_{column}": curve for column, curve in columns.items()}
        parts.append(perturbations[[*KEY, *own]].rename(columns=own).assign(method=name))
    rows = []
    for (method, target), part in pd.concat(parts).groupby(["method", "target"]):
        heights = np.hstack([np.stack(part[curve].map(_at_shares).tolist()) for curve in CURVES])
        clips = pd.DataFrame(heights, part["clip_id"]).groupby("clip_id").mean()
        found = bootstrap.means_of_clips(clips, manifest, resampling)
        head = {"method": method, "target": target}
        places = [(curve, share) for curve in CURVES for share in SHARES]
        rows += [
            head | {"curve": curve, "share": share} | estimate.columns()
            for (curve, share), estimate in zip(places, found, strict=True)
        ]
    return tables.of_rows(rows, "curves")


def _at_shares(curve: np.ndarray) -> np.ndarray:
    """A curve over steps, shape (n_windows + 1,), at `SHARES` of them."""
    return np.interp(SHARES, np.linspace(0, 1, len(curve)), np.asarray(curve, dtype=float))


CAPTION = (
    "Methods. Do the windows a method chose matter to the network? Mean over clips "
    f"[{INTERVAL}]; † {NO_INTERVAL}; * q < {LARGEST_Q:g} against chance, "
    "two-sided, sign flips over speakers. Chance: 50 % of sets and of random orders, 5 % of clips. "
    "Rank correlations: of a method's windows, explained again; energy and random know nothing of the "
    "network, and the greedy order has no map, so they have none. Seconds per clip: results/tables/costs.md."
)


def in_order(names: Iterable[str], methods: Sequence[str]) -> list[str]:
    """`names` once each in the order of `methods`, others after them by name, the greedy order last."""
    place = {name: number for number, name in enumerate(methods)}
    return sorted(set(names), key=lambda name: (name == GREEDY, place.get(name, len(place)), name))


def page(table: pd.DataFrame, methods: Sequence[str]) -> Page:
    """The table `methods` for readers: a row per method in the order of `methods`, a column per measure."""
    # nothing is planted in a real corpus
    found = table[table["value"].notna()]["measure"].unique()
    measures = {name: measure for name, measure in MEASURES.items() if name in found}
    head = ["corpus", "protocol", "method", "clips (speakers)"]
    head += [measure.label for measure in measures.values()]
    rows = []
    place = ["corpus", "protocol", "method", "target"]
    order = in_order(table["method"], methods)
    ordered = table.sort_values(
        "method", key=lambda names: names.map(order.index), kind="stable"
    ).sort_values(["corpus", "protocol"], kind="stable")
    for (corpus, protocol, method, target), part in ordered.groupby(place, sort=False):
        found = part.set_index("measure")
        cells = []
        for name, measure in measures.items():
            row, scale = found.loc[name], 100 if measure.percent else 1
            numbers = [scale * row[column] for column in ("value", "ci_low", "ci_high")]
            starred = row["q"] < LARGEST_Q
            cells.append(render.cell(*numbers, 1 if measure.percent else 3, starred=starred))
        clips = render.clips(found["n_clips"].max(), found["n_speakers"].max())
        rows.append([corpus, protocol, render.method(method, target), clips, *cells])
    return Page("Methods", [Table(CAPTION, head, rows, n_texts=3)])
