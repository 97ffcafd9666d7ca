"""The claims of the papers about accuracy, errors and bands.

``config/claims.yaml`` states the claims (`core.statements`). Those about cues are measured in `cue_claims`, defects of the
paper's code, in the same table, in `defects`; `verdicts` judges.
"""

import pandas as pd

from sercues.analysis import verdicts
from sercues.analysis.cue_claims import AMONG_ALL, EXTREMES
from sercues.core import render, tables
from sercues.core.statements import DIFFERENCES
from sercues.emolime.agreement import ACROSS, BEYOND, OF_REFITS
from sercues.stats.bootstrap import Estimate

CLAIMS = (
    "accuracy_crema_d",
    *(claim + ending for ending in ("", AMONG_ALL) for claim in EXTREMES),
    "misclassified_sad_as_loud_as_angry",
    "misclassified_sad_as_loud_as_angry_by_predicted",
    *DIFFERENCES.values(),
    "salient_adds_beyond_level",
    "salient_neither_blind_nor_loudest",
    "implausible_cues_detect_errors",
    "implausible_cues_add_to_confidence",
    "bands_alike_across_classifiers",
    "bands_alike_beyond_chance_clips",
)


def accuracy_claims(accuracy: pd.DataFrame, statements: dict) -> pd.DataFrame:
    """The published accuracy, one row per protocol of the corpus it was published for.

    An equivalence: the accuracy over all folds lies within the published value ± tolerance, tested in
    `classifiers.accuracy.nearness`. The text says where speakers are too few for it to hold, and how far
    trainings with other seeds, which interval and p take as given, lie apart. Other corpora have no row.

    Parameters
    ----------
    accuracy : pandas.DataFrame
        Rows of the table `accuracy`, of any number of corpora and protocols.
    statements : dict
        From `statements.read`.
    """
    claim = "accuracy_crema_d"
    entry = statements[claim]
    overall = accuracy[(accuracy["fold"] == "all") & (accuracy["corpus"] == entry["corpus"])]
    rows = []
    for protocol, of_protocol in overall.groupby("protocol"):
        pooled = of_protocol[of_protocol["seed"] == "all"].set_index("measure")
        row, uar = pooled.loc["accuracy"], pooled.loc["uar", "value"]
        estimate = Estimate.of(row)
        tolerance, half = entry["tolerance"], (estimate.high - estimate.low) / 2
        difference = estimate.minus(entry["value"])
        measured = (
            f"accuracy {verdicts.words(estimate)}, UAR {render.number(uar)}; "
            f"within ± {tolerance:g} counts as near"
        )
        if half > tolerance:
            reach = "unattainable"
            if row["room"] > 0:
                reach = f"attainable only within ± {render.number(row['room'])}"
            measured += f", {reach} with this many speakers: half-width {render.number(half)}"
        trained = (of_protocol["seed"] != "all") & (of_protocol["measure"] == "accuracy")
        seeds = of_protocol.loc[trained, "value"]
        if len(seeds) > 1:
            ends = " to ".join(render.number(end) for end in (seeds.min(), seeds.max()))
            measured += f"; {len(seeds)} training seeds, {ends}, taken as given"
        else:
            measured += "; one training seed, so variation between trainings is not known"
        ends = (row["p_near"], row["p_far"])
        row = verdicts.row(claim, statements, "equivalence", measured, difference, *ends)
        rows.append(row | {"corpus": entry["corpus"], "protocol": protocol, "method": "–"})
    return tables.of_rows(rows, "claims")


def detection_claims(detection: pd.DataFrame, statements: dict) -> pd.DataFrame:
    """The paper's last claim: implausible cues detect errors.

    Whether they do at all, and whether they add to the network's own confidence: the areas under the ROC
    curve over pairs of one speaker and predicted class, of plausibility and of what confidence does not
    explain of it, minus one half. Both directions are asked.

    Parameters
    ----------
    detection : pandas.DataFrame
        Rows of the table `detection` of one corpus, protocol and method; none, and no claims, without
        misclassified clips.
    statements : dict
        From `statements.read`.
    """
    salient = (detection["target"] == "predicted_label") & (
        detection["score"] == "plausibility_salient"
    )
    by_measure = detection[salient].set_index("measure")
    rows = []
    for claim, measure in (
        ("implausible_cues_detect_errors", "auroc_within_speaker"),
        ("implausible_cues_add_to_confidence", "auroc_beyond_confidence"),
    ):
        if measure not in by_measure.index:
            continue
        row = by_measure.loc[measure]
        estimate = Estimate.of(row)
        effect = estimate.minus(0.5)
        measured = f"AUROC {verdicts.words(estimate)}, {row['n_errors']} errors"
        both = verdicts.one_sided(row["p"], effect.value)
        rows.append(verdicts.row(claim, statements, "direction", measured, effect, *both))
    return tables.of_rows(rows, "claims")


def band_claims(agreement: pd.DataFrame, statements: dict) -> pd.DataFrame:
    """EmoLIME's claim that explanations are more alike across classifiers than corpora.

    First as in the paper, for mean profiles; then per clip, beyond the change from another clip of the
    same corpus and from another fit of the same classifier. Pearson's correlation. A single corpus or
    classifier gives no claims.

    Parameters
    ----------
    agreement : pandas.DataFrame
        Table `emolime`.
    statements : dict
        From `statements.read`.
    """
    ours = (agreement["source"] == "this study") & (agreement["measure"] == "pearson")
    correlations = agreement[ours].set_index(["level", "comparison"])
    rows = []
    for claim, key, parts in (
        ("bands_alike_across_classifiers", ("profile", ACROSS), ("classifiers", "corpora")),
        (
            "bands_alike_beyond_chance_clips",
            ("clip", BEYOND),
            ("refits", *OF_REFITS.values()),
        ),
    ):
        if key not in correlations.index:
            continue
        row = correlations.loc[key]
        effect = Estimate.of(row)
        each = ", ".join(
            f"{name} {render.number(correlations.loc[(key[0], name), 'value'])}" for name in parts
        )
        measured = (
            f"mean r across {each}; difference, for these classifiers and corpora only, "
            f"{verdicts.words(effect)}"
        )
        both = verdicts.one_sided(row["p"], effect.value)
        rows.append(verdicts.row(claim, statements, "direction", measured, effect, *both))
    return tables.of_rows(rows, "claims")
