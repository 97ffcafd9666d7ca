"""Comparison of methods: means over clips of how faithful they are, with intervals over speakers."""

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
GREEDY = "greedy"  # occludes at every step the window that lowers the logit most
RANDOM_ORDERS = "random_orders"  # mean over random orders of the windows
# regions that are the choices of these methods
METHOD_OF = {"loudest": "energy", "random": "random"}
CURVES = ("deletion", "insertion")
SHARES = np.arange(21) / 20  # of a clip's windows, whose number differs between clips


class Measure(NamedTuple):
    """A measure of the table `methods`.

    Attributes
    ----------
    label : str
        Column header of the page.
    chance : float or None
        Mean of a random choice, against which the measure is tested.
    percent : bool
        Shown in per cent.
    """

    label: str
    chance: float | None
    percent: bool


MEASURES = {
    "percentile": Measure("sets with a smaller drop (%)", 0.5, True),
    # a share of rare events has no difference whose sign could be flipped, so no test
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
# measure of each change of the network
FORGOT = {"conv1": "parameter_randomisation", "randomised labels": "label_randomisation"}


def measured(
    faithfulness: pd.DataFrame,
    perturbations: pd.DataFrame,
    stability: pd.DataFrame,
    plausibility: pd.DataFrame,
) -> pd.DataFrame:
    """All measures of every method and clip, one column per measure.

    Parameters
    ----------
    faithfulness, perturbations : pandas.DataFrame
        Tables of these names; the greedy order of `perturbations` enters as a method.
    stability : pandas.DataFrame
        Table of this name with the column method; methods without rows lack its measures.
    plausibility : pandas.DataFrame
        Table of this name with the column method, of the methods whose cues were measured; its
        regions `METHOD_OF` give the values of the methods energy and random.
    """
    key = ["method", *KEY]
    forgot = stability[stability["change"].isin(FORGOT)]
    forgot = forgot.pivot(index=key, columns="change", values="windows").rename(columns=FORGOT)
    forgot = forgot.reindex(columns=list(FORGOT.values())).reset_index()
    measures = faithfulness.assign(significant=(faithfulness["p"] < LEVEL).astype(float))
    areas = {f"greedy_{curve}": curve for curve in CURVES}
    greedy = perturbations[[*KEY, *areas]].rename(columns=areas).assign(method=GREEDY)
    measures = pd.concat([measures, greedy], ignore_index=True)
    salient = plausibility[plausibility["region"] == "salient"]
    baselines = plausibility[plausibility["region"].isin(list(METHOD_OF))]
    # the loudest windows are the same in every method's table, the random ones are not
    baselines = (
        baselines.assign(method=baselines["region"].map(METHOD_OF))
        .groupby(key, as_index=False)["plausibility"]
        .mean()
    )
    plausible = pd.concat([salient[[*key, "plausibility"]], baselines])
    plausible = plausible[~plausible.duplicated(key)]
    return measures.merge(forgot, on=key, how="outer").merge(plausible, on=key, how="left")


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
        Mean over clips by method, explained class and measure; if chance is known, p of the
        difference from it (sign flips over speakers) and q over all methods and measures.
    """
    rows = []
    for (method, target), of_method in clips.groupby(["method", "target"], sort=False):
        by_clip = of_method.groupby("clip_id")[list(MEASURES)].mean()
        speakers = bootstrap.speakers_of(by_clip.index.to_series(), manifest)
        values = by_clip.to_numpy(dtype=float)
        chance = np.array([np.nan if m.chance is None else m.chance for m in MEASURES.values()])
        p = permutation.sign_flip(values - chance, speakers, resampling)
        key = {"method": method, "target": target}
        estimates = bootstrap.means(values, speakers, resampling)
        for measure, estimate, value in zip(MEASURES, estimates, p, strict=True):
            rows.append(key | {"measure": measure, "p": value} | estimate.columns())
    return permutation.with_q(tables.of_rows(rows, "methods"), ["target"])


def curve_table(
    faithfulness: pd.DataFrame,
    perturbations: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `curves` of one corpus and protocol: mean deletion and insertion curves.

    Clips have different numbers of windows, so each curve is interpolated linearly at `SHARES` of the
    clip's windows. A clip explained by several models enters once, as their mean.

    Parameters
    ----------
    faithfulness, perturbations : pandas.DataFrame
        Tables of these names; the greedy and random orders of `perturbations` enter as methods.
    manifest, resampling
        As in `method_table`.
    """
    columns = {f"{curve}_curve": curve for curve in CURVES}
    parts = [faithfulness[["method", *KEY, *columns]].rename(columns=columns)]
    for prefix, name in (("greedy", GREEDY), ("random", RANDOM_ORDERS)):
        renamed = {f"{prefix}_{column}": curve for column, curve in columns.items()}
        parts.append(perturbations[[*KEY, *renamed]].rename(columns=renamed).assign(method=name))
    rows = []
    for (method, target), table in pd.concat(parts).groupby(["method", "target"]):
        heights = np.hstack([np.stack(table[curve].map(_at_shares).tolist()) for curve in CURVES])
        clips = pd.DataFrame(heights, table["clip_id"]).groupby("clip_id").mean()
        estimates = bootstrap.means_of_clips(clips, manifest, resampling)
        key = {"method": method, "target": target}
        points = [(curve, share) for curve in CURVES for share in SHARES]
        rows += [
            key | {"curve": curve, "share": share} | estimate.columns()
            for (curve, share), estimate in zip(points, estimates, strict=True)
        ]
    return tables.of_rows(rows, "curves")


def _at_shares(curve: np.ndarray) -> np.ndarray:
    """A curve over steps, shape (n_windows + 1,), interpolated at `SHARES`."""
    return np.interp(SHARES, np.linspace(0, 1, len(curve)), np.asarray(curve, dtype=float))


CAPTION = (
    "Methods. Do the windows a method chose matter to the network? Mean over clips "
    f"[{INTERVAL}]; † {NO_INTERVAL}; * q < {LARGEST_Q:g} against chance, "
    "two-sided, sign flips over speakers. Chance: 50 % of sets and of random orders, 5 % of clips. "
    "Rank correlations: of a method's windows, explained again; energy and random know nothing of the "
    "network, and the greedy order has no map, so they have none. Seconds per clip: results/tables/costs.md."
)


def in_order(names: Iterable[str], methods: Sequence[str]) -> list[str]:
    """Distinct `names` in the order of `methods`, then others by name, the greedy order last."""
    rank = {name: number for number, name in enumerate(methods)}
    return sorted(set(names), key=lambda name: (name == GREEDY, rank.get(name, len(rank)), name))


def page(table: pd.DataFrame, methods: Sequence[str]) -> Page:
    """Page of the table `methods`: a row per method in the order of `methods`, a column per measure."""
    # a real corpus lacks `planted_auc`
    present = table[table["value"].notna()]["measure"].unique()
    measures = {name: measure for name, measure in MEASURES.items() if name in present}
    header = ["corpus", "protocol", "method", "clips (speakers)"]
    header += [measure.label for measure in measures.values()]
    rows = []
    columns = ["corpus", "protocol", "method", "target"]
    order = in_order(table["method"], methods)
    ordered = table.sort_values(
        "method", key=lambda names: names.map(order.index), kind="stable"
    ).sort_values(["corpus", "protocol"], kind="stable")
    for (corpus, protocol, method, target), of_method in ordered.groupby(columns, sort=False):
        by_measure = of_method.set_index("measure")
        cells = []
        for name, measure in measures.items():
            row, scale = by_measure.loc[name], 100 if measure.percent else 1
            numbers = [scale * row[column] for column in ("value", "ci_low", "ci_high")]
            starred = row["q"] < LARGEST_Q
            cells.append(render.cell(*numbers, 1 if measure.percent else 3, starred=starred))
        clips = render.clips(by_measure["n_clips"].max(), by_measure["n_speakers"].max())
        rows.append([corpus, protocol, render.method(method, target), clips, *cells])
    return Page("Methods", [Table(CAPTION, header, rows, n_texts=3)])
