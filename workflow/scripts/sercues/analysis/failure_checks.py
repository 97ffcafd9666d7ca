"""Failure checks, each a number with a verdict.

Three are named by the paper: saliency on silence or noise, cues that do not differ between emotions,
and high accuracy with implausible cues (arXiv 2511.11691, discussion). Two are by Adebayo et al.
(2018): maps that stay the same with randomised parameters or labels. Ours are salient windows whose net
relevance is negative, and windows that matter less than others; so are the thresholds.
"""

import math

import numpy as np
import pandas as pd

from sercues.core import render, tables
from sercues.core.render import Page, Table
from sercues.evaluation.methods import DISAGREE, LESS, MORE, verdict_table
from sercues.stats import bootstrap
from sercues.stats.bootstrap import Estimate, Resampling
from sercues.stats.level import PERCENT
from sercues.stats.permutation import LARGEST_Q

OUTSIDE = 0.25  # share of positive relevance outside speech above which it counts as misplaced
NEGATIVE = 0.25  # share of salient windows of negative net relevance above which they are too many
CHANCE = 0.5  # percentile of a random choice of windows
FEWEST = 0.1  # share of contrasts that must be discoveries
ALIKE = 0.5  # rank correlation of the windows' scores above which maps count as the same
HIGH = 0.6  # unweighted average recall from which a classifier counts as accurate

CHECKS = {
    "outside_speech": "Relevance lies on silence or noise",
    "negative_net": "Salient windows speak against the class, negative relevance included",
    "unfaithful": "Salient windows do not matter more to the network than others",
    "indistinct_cues": "Salient cues do not differ between emotions",
    "implausible_cues": "The classifier is accurate, but its salient cues are implausible",
    "parameter_randomisation": "Maps stay the same when the network loses what it learned",
    "label_randomisation": "Maps stay the same when the network was trained on randomised labels",
}
# checks of cues, which need every clip explained; the others need only maps
OF_CUES = ("indistinct_cues", "implausible_cues")
# change in the table `stability`, and name of the network
UNMOVED = {
    "parameter_randomisation": ("conv1", "a network with randomised parameters"),
    "label_randomisation": ("randomised labels", "a network of randomised labels"),
}
RED, GREEN, UNDECIDED = "red", "green", "undecided"


def outside_speech(
    saliency: pd.DataFrame, manifest: pd.DataFrame, resampling: Resampling
) -> dict | None:
    """Share of positive relevance outside speech; red above `OUTSIDE`.

    Parameters
    ----------
    saliency, manifest : pandas.DataFrame
        Tables of these names; of `saliency` clip_id and speech_share are enough.
    resampling : Resampling
        Bootstrap over speakers.
    """
    clips = (1 - saliency.groupby("clip_id")["speech_share"].mean()).dropna()
    if clips.empty:
        return None
    estimate = bootstrap.means_of_clips(clips.to_frame(), manifest, resampling)[0]
    text = f"{render.percent(estimate.value)} % of positive relevance outside speech"
    return _row("outside_speech", estimate, OUTSIDE, _above(estimate, OUTSIDE), text)


def negative_net(
    segments: pd.DataFrame, manifest: pd.DataFrame, resampling: Resampling
) -> dict | None:
    """Share of the salient windows whose net relevance is negative; red above `NEGATIVE`.

    Parameters
    ----------
    segments : pandas.DataFrame
        Table of this name; its columns clip_id, region and net_score are enough.
    manifest : pandas.DataFrame
        Table of this name.
    resampling : Resampling
        Bootstrap over speakers.
    """
    salient = segments[segments["region"] == "salient"]
    if salient.empty:
        return None
    clips = (salient["net_score"] < 0).groupby(salient["clip_id"]).mean().astype(float)
    estimate = bootstrap.means_of_clips(clips.to_frame(), manifest, resampling)[0]
    text = f"{render.percent(estimate.value)} % of salient windows of negative net relevance"
    return _row("negative_net", estimate, NEGATIVE, _above(estimate, NEGATIVE), text)


def unfaithful(methods: pd.DataFrame) -> dict | None:
    """Smallest percentile over the fills; green where all lie above chance, red where all lie below.

    Parameters
    ----------
    methods : pandas.DataFrame
        Rows of the table `methods` of one corpus, protocol, method and explained class.
    """
    verdicts = verdict_table(methods).query("measure == 'percentile'")
    if verdicts.empty:
        return None
    fills = methods[(methods["measure"] == "percentile") & methods["value"].notna()]
    lowest = fills.loc[fills["value"].idxmin()]
    ends = " to ".join(
        f"{render.percent(row.value)} % ({row.fill})"
        for row in fills.sort_values("value", kind="stable").iloc[[0, -1]].itertuples()
    )
    verdict = {MORE: GREEN, LESS: RED}.get(verdicts.iloc[0]["verdict"], UNDECIDED)
    text = f"sets of windows that matter less: {ends}"
    if verdicts.iloc[0]["verdict"] == DISAGREE:
        text += "; the fills disagree"
    return _row("unfaithful", Estimate.of(lowest), CHANCE, verdict, text)


def indistinct_cues(contrasts: pd.DataFrame) -> dict | None:
    """Share of the contrasts between emotions with q < `LARGEST_Q`; red below `FEWEST`.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        Rows of the table `contrasts` of one corpus, protocol, method and explained class; only the
        salient segments enter.
    """
    salient = (contrasts["kind"] == "emotion") & (contrasts["region"] == "salient")
    tested = contrasts[salient & contrasts["q"].notna()]
    if tested.empty:
        return None
    share = float((tested["q"] < LARGEST_Q).mean())
    largest = tested["cliffs_delta"].abs().max()
    text = (
        f"{(tested['q'] < LARGEST_Q).sum()} of {len(tested)} contrasts have q < "
        f"{LARGEST_Q:g}; largest |Cliff's δ| {largest:.2f}"
    )
    clips = int((tested["n_first"] + tested["n_second"]).max())
    estimate = Estimate(share, math.nan, math.nan, clips, int(tested["n_speakers"].max()))
    return _row("indistinct_cues", estimate, FEWEST, RED if share < FEWEST else GREEN, text)


def implausible_cues(plausibility: pd.DataFrame, accuracy: pd.DataFrame) -> dict | None:
    """Plausibility of correct clips; red below 0 if the classifier is accurate.

    Parameters
    ----------
    plausibility : pandas.DataFrame
        Rows of the table `plausibility_summary` of one corpus, protocol, method and class.
    accuracy : pandas.DataFrame
        Rows of the table `accuracy` of the corpus and protocol.
    """
    correct = plausibility.query("region == 'salient' and group == 'correct'")
    uar = accuracy.query("measure == 'uar' and fold == 'all' and seed == 'all'")["value"]
    if correct.empty or uar.empty or not math.isfinite(correct.iloc[0]["value"]):
        return None
    row, recall = correct.iloc[0], uar.iloc[0]
    estimate = Estimate.of(row)
    plausible = render.fixed(row.value, 2)
    text = f"UAR {render.percent(recall)} %; plausibility of correct clips {plausible}"
    # low is implausible
    verdict = {RED: GREEN, GREEN: RED}.get(_above(estimate, 0.0), UNDECIDED)
    if verdict == RED and recall < HIGH:
        verdict = UNDECIDED
        text += ", but the classifier is not accurate"
    return _row("implausible_cues", estimate, 0.0, verdict, text)


def unmoved_maps(
    check: str, stability: pd.DataFrame, manifest: pd.DataFrame, resampling: Resampling
) -> dict | None:
    """Rank correlation of the windows' scores with those of a randomised network; red above `ALIKE`.

    Parameters
    ----------
    check : {'parameter_randomisation', 'label_randomisation'}
        Compare with the network of randomised layers, or of randomised labels.
    stability, manifest : pandas.DataFrame
        Tables of these names.
    resampling : Resampling
        Bootstrap over speakers.
    """
    change, name = UNMOVED[check]
    clips = stability[stability["change"] == change].groupby("clip_id")["windows"].mean().dropna()
    if clips.empty:
        return None
    estimate = bootstrap.means_of_clips(clips.to_frame(), manifest, resampling)[0]
    text = f"rank correlation of the windows with those of {name} {render.fixed(estimate.value, 2)}"
    return _row(check, estimate, ALIKE, _above(estimate, ALIKE), text)


def _above(estimate: Estimate, threshold: float) -> str:
    """Red if the interval (or else the value) lies above the threshold, green if below."""
    value, low, high = estimate[:3]
    low, high = (low, high) if math.isfinite(low) else (value, value)
    if low > threshold:
        return RED
    return GREEN if high < threshold else UNDECIDED


def _row(check: str, estimate: Estimate, threshold: float, verdict: str, text: str) -> dict:
    if not math.isfinite(estimate.low) and check not in ("indistinct_cues", "unfaithful"):
        text += "; few speakers, so by the mean alone"
    return {
        "check": check,
        "statement": CHECKS[check],
        "measured": text,
        "threshold": threshold,
        "verdict": verdict,
    } | estimate.columns()


def failure_check_table(
    saliency: pd.DataFrame,
    segments: pd.DataFrame,
    methods: pd.DataFrame,
    contrasts: pd.DataFrame,
    plausibility: pd.DataFrame,
    accuracy: pd.DataFrame,
    stability: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
    *,
    sampled: bool = False,
) -> pd.DataFrame:
    """Table `failure_checks` of one corpus, protocol and method.

    Parameters
    ----------
    saliency, segments, methods, contrasts, plausibility, accuracy, stability, manifest : DataFrame
        As in the functions of the checks; only maps of the predicted class enter.
    resampling : Resampling
        Bootstrap over speakers.
    sampled : bool
        Whether the method explained only a sample of clips, which leaves out `OF_CUES`.

    Returns
    -------
    pandas.DataFrame
        Checks that cannot be measured are undecided.
    """
    predicted = [
        table[table["target"] == "predicted_label"]
        for table in (saliency, segments, methods, contrasts, plausibility, stability)
    ]
    saliency, segments, methods, contrasts, plausibility, stability = predicted
    checks = {
        "outside_speech": outside_speech(saliency, manifest, resampling),
        "negative_net": negative_net(segments, manifest, resampling),
        "unfaithful": unfaithful(methods),
        "indistinct_cues": indistinct_cues(contrasts),
        "implausible_cues": implausible_cues(plausibility, accuracy),
        **{name: unmoved_maps(name, stability, manifest, resampling) for name in UNMOVED},
    }
    nothing = Estimate(np.nan, np.nan, np.nan, 0, 0)
    rows = [
        row or _row(name, nothing, np.nan, UNDECIDED, "not measured: too few clips or speakers")
        for name, row in checks.items()
        if not (sampled and name in OF_CUES)
    ]
    return tables.of_rows(rows, "failure_checks")


CAPTION = (
    f"Failure checks. Red: the sign is there; green: it is not; undecided: the {PERCENT} "
    "interval holds the threshold, or it cannot be measured. Salient windows are chosen by positive relevance alone; "
    "their net relevance also counts the negative. Windows matter to the network where more than half of the sets matter "
    "less under every fill (Methods); of the fills, the smallest share is shown."
)
HEAD = ["sign", "corpus", "protocol", "method", "measured", "verdict"]
HEAD += ["value", "threshold", "clips (speakers)"]


def page(table: pd.DataFrame) -> Page:
    """Page of the table `failure_checks`."""
    rows = []
    for row in table.itertuples():
        # `measured` gives the reason if there is no interval
        value = render.cell(row.value, row.ci_low, row.ci_high, 3).replace(" †", "")
        threshold = f"{row.threshold:g}" if math.isfinite(row.threshold) else "–"
        texts = [row.statement, row.corpus, row.protocol, row.method, row.measured, row.verdict]
        rows.append([*texts, value, threshold, render.clips(row.n_clips, row.n_speakers)])
    return Page("Failure checks", [Table(CAPTION, HEAD, rows, n_texts=6)])
