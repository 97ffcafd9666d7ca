"""Comparison of methods: means over clips of how faithful they are, with intervals over speakers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sercues.core import render, tables
from sercues.core.names import KEY
from sercues.core.render import Page, Table
from sercues.evaluation.fills import FILLS, NO_FILL
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import INTERVAL
from sercues.stats.permutation import LARGEST_Q

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
    filled : bool
        Depends on what occluded windows hold.
    """

    label: str
    chance: float | None
    percent: bool
    filled: bool = False


MEASURES = {
    "percentile": Measure("sets with a smaller drop (%)", 0.5, True, True),
    # a share of rare events has no difference whose sign could be flipped, so no test
    "significant": Measure("clips with p < 0.05 (%)", None, True, True),
    "regret": Measure("regret (logits)", None, False, True),
    "deletion": Measure("deletion area (lower is better)", None, False, True),
    "deletion_percentile": Measure("random orders beaten, deletion (%)", 0.5, True, True),
    "insertion": Measure("insertion area (higher is better)", None, False, True),
    "insertion_percentile": Measure("random orders beaten, insertion (%)", 0.5, True, True),
    "planted_auc": Measure("planted above other windows (%)", 0.5, True),
    "parameter_randomisation": Measure(
        "rank correlation with a network with randomised parameters", None, False
    ),
    "label_randomisation": Measure(
        "rank correlation with a network of randomised labels", None, False
    ),
    "plausibility": Measure("plausibility of the cues", 0.0, False),
}
FILLED = [name for name, measure in MEASURES.items() if measure.filled]
UNFILLED = [name for name in MEASURES if name not in FILLED]
# a verdict over all fills is made of these
JUDGED = [name for name in FILLED if MEASURES[name].chance is not None]
MORE, LESS, DISAGREE, UNDECIDED = "more", "less", "fills disagree", "undecided"
# measure of each change of the network
FORGOT = {"conv1": "parameter_randomisation", "randomised labels": "label_randomisation"}


def measured(
    faithfulness: pd.DataFrame,
    perturbations: pd.DataFrame,
    stability: pd.DataFrame,
    plausibility: pd.DataFrame,
) -> pd.DataFrame:
    """All measures of every method, clip and fill, one column per measure.

    Parameters
    ----------
    faithfulness, perturbations : pandas.DataFrame
        Tables of these names; the greedy order of `perturbations` enters as a method.
    stability : pandas.DataFrame
        Table of this name with the column method; methods without rows lack its measures.
    plausibility : pandas.DataFrame
        Table of this name with the column method, of the methods whose cues were measured; its
        regions `METHOD_OF` give the values of the methods energy and random.

    Returns
    -------
    pandas.DataFrame
        Measures that occlude nothing have rows of their own, of the fill `NO_FILL`.
    """
    key = ["method", *KEY]
    forgot = stability[stability["change"].isin(FORGOT)]
    forgot = forgot.pivot(index=key, columns="change", values="windows").rename(columns=FORGOT)
    forgot = forgot.reindex(columns=list(FORGOT.values())).reset_index()
    measures = faithfulness.astype({"significant": float})
    areas = {f"greedy_{curve}": curve for curve in CURVES}
    greedy = perturbations[[*KEY, "fill", *areas]].rename(columns=areas).assign(method=GREEDY)
    filled = pd.concat([measures, greedy], ignore_index=True)[
        [*key, "fill", *FILLED, "significant_chance"]
    ]
    planted = faithfulness[[*key, "planted_auc"]].drop_duplicates(key)
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
    others = planted.merge(forgot, on=key, how="outer").merge(plausible, on=key, how="left")
    return pd.concat([filled, others.assign(fill=NO_FILL)], ignore_index=True)


def method_table(
    clips: pd.DataFrame,
    manifest: pd.DataFrame,
    own_fills: Mapping[str, Sequence[str]],
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `methods` of one corpus and protocol.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `measured`.
    manifest : pandas.DataFrame
        Table `manifest`: who speaks each clip.
    own_fills : mapping of str to sequence of str
        From `settings.own_fills`; methods without an entry perturb with no fill.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.

    Returns
    -------
    pandas.DataFrame
        Mean over clips by method, explained class, measure and fill; if chance is known, p of the
        difference from it (sign flips over speakers) and q over all methods, fills and measures.
    """
    rows = []
    for (method, target, fill), part in clips.groupby(["method", "target", "fill"], sort=False):
        names = UNFILLED if fill == NO_FILL else FILLED
        by_clip = part.groupby("clip_id")[[*names, "significant_chance"]].mean()
        levels = {name: MEASURES[name].chance for name in names}
        # depends on the number of sets of a clip, and on ties
        levels["significant"] = by_clip.pop("significant_chance").mean()
        speakers = bootstrap.speakers_of(by_clip.index.to_series(), manifest)
        values = by_clip.to_numpy(dtype=float)
        chance = np.array([levels[name] for name in names], dtype=float)
        tested = np.where([MEASURES[name].chance is None for name in names], np.nan, chance)
        p = permutation.sign_flip(values - tested, speakers, resampling)
        key = {"method": method, "target": target, "fill": fill}
        key["own_fill"] = fill in own_fills.get(method, ())
        estimates = bootstrap.means(values, speakers, resampling)
        for measure, estimate, level, value in zip(names, estimates, chance, p, strict=True):
            row = key | {"measure": measure, "chance": level, "p": value}
            rows.append(row | estimate.columns())
    return permutation.with_q(tables.of_rows(rows, "methods"), ["target"])


def verdict_table(methods: pd.DataFrame) -> pd.DataFrame:
    """Table `faithfulness_verdicts`: what is true of a method whatever occluded windows hold.

    Parameters
    ----------
    methods : pandas.DataFrame
        From `method_table`, of one corpus and protocol.

    Returns
    -------
    pandas.DataFrame
        One row per method, explained class and measure of `JUDGED`. A mean is above or below chance
        where its interval and q say so; `MORE`: above under all fills; `LESS`: below under all;
        `DISAGREE`: above under one and below under another; else `UNDECIDED`.
    """
    rows = []
    tested = methods[methods["measure"].isin(JUDGED) & methods["value"].notna()]
    for (method, target, measure), part in tested.groupby(
        ["method", "target", "measure"], sort=False
    ):
        found = part["q"] < LARGEST_Q
        chance = MEASURES[measure].chance
        above = int((found & (part["ci_low"] > chance)).sum())
        below = int((found & (part["ci_high"] < chance)).sum())
        if above and below:
            verdict = DISAGREE
        elif len(FILLS) in (above, below):
            verdict = MORE if above else LESS
        else:
            verdict = UNDECIDED
        rows.append(
            {"method": method, "target": target, "measure": measure}
            | {"lowest": part["value"].min(), "highest": part["value"].max()}
            | {"n_fills": len(part), "n_above": above, "n_below": below, "verdict": verdict}
        )
    return tables.of_rows(rows, "faithfulness_verdicts")


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
    parts = [faithfulness[["method", *KEY, "fill", *columns]].rename(columns=columns)]
    for prefix, name in (("greedy", GREEDY), ("random", RANDOM_ORDERS)):
        renamed = {f"{prefix}_{column}": curve for column, curve in columns.items()}
        parts.append(
            perturbations[[*KEY, "fill", *renamed]].rename(columns=renamed).assign(method=name)
        )
    rows = []
    by = ["method", "target", "fill"]
    for place, table in pd.concat(parts).groupby(by):
        heights = np.hstack([np.stack(table[curve].map(_at_shares).tolist()) for curve in CURVES])
        clips = pd.DataFrame(heights, table["clip_id"]).groupby("clip_id").mean()
        estimates = bootstrap.means_of_clips(clips, manifest, resampling)
        key = dict(zip(by, place, strict=True))
        points = [(curve, share) for curve in CURVES for share in SHARES]
        rows += [
            key | {"curve": curve, "share": share} | estimate.columns()
            for (curve, share), estimate in zip(points, estimates, strict=True)
        ]
    return tables.of_rows(rows, "curves")


def _at_shares(curve: np.ndarray) -> np.ndarray:
    """A curve over steps, shape (n_windows + 1,), interpolated at `SHARES`."""
    return np.interp(SHARES, np.linspace(0, 1, len(curve)), np.asarray(curve, dtype=float))


def in_order(names: Iterable[str], methods: Sequence[str]) -> list[str]:
    """Distinct `names` in the order of `methods`, then others by name, the greedy order last."""
    rank = {name: number for number, name in enumerate(methods)}
    return sorted(set(names), key=lambda name: (name == GREEDY, rank.get(name, len(rank)), name))


FILLS_TEXT = "; ".join(f"{name}, {text}" for name, text in FILLS.items())
MEANS = (
    f"mean over clips [{INTERVAL}]; † {NO_INTERVAL}; * q < {LARGEST_Q:g} against chance, two-sided"
)
CAPTION = (
    "Methods. Do the windows a method chose matter to the network? Share of the sets of as many windows whose "
    f"occlusion lowers the logit less, per cent, where occluded windows hold in all bands – {FILLS_TEXT}: {MEANS}, sign flips over "
    "speakers; ‡ the fill that the method itself uses, which favours it (the published loudest is none of these). Chance: 50 %. Verdict: do they matter more than others "
    "(above chance under all fills, by interval and q), less (below under all), or do the fills disagree (above under "
    "one, below under another)?"
)
FILLED_CAPTION = (
    "Deletion and insertion. Windows are occluded one by one from the method's first (deletion), or revealed "
    "(insertion), under each fill. Chance: 50 % of random orders; of clips with p < 0.05, the share "
    "that a random choice of windows would bring below it, as few sets, or ties, leave less than 5 %. Verdicts, of the measure on their left, "
    "as above; the greedy order has none, as it knows the network."
)
OTHERS_CAPTION = (
    "Without a fill. Rank correlations: of a method's windows, explained again; energy and random know nothing of the "
    "network, so they have none. Seconds per clip: results/tables/costs.md."
)
VERDICT = "verdict over the fills"


def page(table: pd.DataFrame, verdicts: pd.DataFrame, methods: Sequence[str]) -> Page:
    """Page of the table `methods`: methods in the order of `methods`.

    Parameters
    ----------
    table, verdicts : pandas.DataFrame
        Tables `methods` and `faithfulness_verdicts`.
    methods : sequence of str
        As in `in_order`.
    """
    names = ["corpus", "protocol", "method", "target"]
    order = in_order(table["method"], methods)
    ordered = table.sort_values(
        "method", key=lambda values: values.map(order.index), kind="stable"
    ).sort_values(["corpus", "protocol"], kind="stable")
    found = verdicts.set_index([*names, "measure"])["verdict"].to_dict()
    # a real corpus lacks `planted_auc`
    present = set(table[table["value"].notna()]["measure"])
    filled = [name for name in FILLED[1:] if name in present]
    others = [name for name in UNFILLED if name in present]
    ranks, curves, rest = [], [], []
    for run, part in ordered.groupby(names, sort=False):
        head = [*run[:2], render.method(*run[2:])]
        rows = part.set_index(["fill", "measure"])
        n_clips = render.clips(part["n_clips"].max(), part["n_speakers"].max())
        if (*run, JUDGED[0]) in found:
            cells = [_cell(rows, fill, JUDGED[0]) for fill in FILLS]
            ranks.append([*head, n_clips, *cells, found[*run, JUDGED[0]]])
        over_fills = [found.get((*run, measure), "–") for measure in JUDGED[1:]]
        for fill in (name for name in FILLS if name in set(part["fill"])):
            cells = [_cell(rows, fill, name) for name in filled]
            if "significant" in filled:
                by_chance = render.percent(rows.loc[(fill, "significant"), "chance"])
                cells.insert(filled.index("significant") + 1, by_chance)
            curves.append([*head, fill, *cells, *over_fills])
        if NO_FILL in set(part["fill"]):
            rest.append([*head, n_clips, *(_cell(rows, NO_FILL, name) for name in others)])
    first = ["corpus", "protocol", "method"]
    labels = [[MEASURES[name].label for name in of] for of in (filled, others)]
    if "significant" in filled:
        labels[0].insert(filled.index("significant") + 1, "by chance (%)")
    judged = [f"{curve}: {VERDICT}" for curve in CURVES]
    parts = [
        Table(CAPTION, [*first, "clips (speakers)", *FILLS, VERDICT], ranks, n_texts=3),
        Table(FILLED_CAPTION, [*first, "fill", *labels[0], *judged], curves, n_texts=4),
        Table(OTHERS_CAPTION, [*first, "clips (speakers)", *labels[1]], rest, n_texts=3),
    ]
    return Page("Methods", parts)


def _cell(rows: pd.DataFrame, fill: str, name: str) -> str:
    """Value of a measure under a fill, with its interval and marks; `rows` by fill and measure."""
    row, measure = rows.loc[(fill, name)], MEASURES[name]
    scale = 100 if measure.percent else 1
    numbers = [scale * row[column] for column in ("value", "ci_low", "ci_high")]
    starred = row["q"] < LARGEST_Q
    own = " ‡" if row["own_fill"] and np.isfinite(row["value"]) else ""
    return render.cell(*numbers, 1 if measure.percent else 3, starred=starred) + own
