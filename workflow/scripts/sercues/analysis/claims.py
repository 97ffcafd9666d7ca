"""A verdict on each claim of the paper, and the measurement behind it.

``config/claims.yaml`` states the claims; the rules of the verdicts are here. Defects of the paper's
code, in the same table, are measured in `defects`.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from sercues.analysis import verdicts
from sercues.analysis.verdicts import DOES_NOT, HOLDS, UNDECIDED
from sercues.core import render, tables
from sercues.core.errors import InputError
from sercues.core.names import COUNTERPARTS, WINDOW_BASELINES
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues
from sercues.emolime.agreement import ACROSS, BEYOND
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import Estimate, Resampling

NUMBERS = {  # further keys of a claim
    "accuracy_crema_d": ["corpus", "value", "tolerance"],
    "salient_adds_beyond_level": ["bound"],
    "salient_neither_blind_nor_loudest": ["bound"],
}
CALLED = {
    "rest": "the other windows",
    "random": "random windows",
    "control": "their controls",
    "loudest": "the loudest windows",
}
MATCHED_ON = ("loudness", "voiced_fraction")  # alike by construction
CLAIMS = (
    "accuracy_crema_d",
    "angry_highest_loudness",
    "angry_highest_shimmer",
    "sad_lowest_loudness",
    "sad_lowest_shimmer",
    "misclassified_sad_as_loud_as_angry",
    "misclassified_sad_as_loud_as_angry_by_predicted",
    *(f"salient_differs_from_{baseline}" for baseline in WINDOW_BASELINES),
    "salient_adds_beyond_level",
    "salient_neither_blind_nor_loudest",
    "implausible_cues_detect_errors",
    "implausible_cues_add_to_confidence",
    "bands_alike_across_classifiers",
    "bands_alike_beyond_chance_clips",
)


def read_statements(path, claims: Sequence[str] = CLAIMS) -> dict:
    """The paper's claims as stated in ``config/claims.yaml``, by name of the claim.

    Parameters
    ----------
    path : path-like
        The file.
    claims : sequence of str
        Required claims.

    Raises
    ------
    InputError
        The file is not YAML, or a claim or one of its keys is missing.
    """
    try:
        statements = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read ({error}); restore it.") from error
    for claim in claims:
        entry = statements.get(claim) if isinstance(statements, dict) else None
        for key in ["statement", "published", *NUMBERS.get(claim, [])]:
            if not isinstance(entry, dict) or key not in entry:
                raise InputError(f"{path} lacks the key '{key}' of the claim '{claim}'; add it.")
    return statements


def accuracy_claims(accuracy: pd.DataFrame, statements: dict) -> pd.DataFrame:
    """Verdicts on the published accuracy, one per protocol of the corpus it was published for.

    Holds if the interval of the accuracy over all folds lies within the published value ± tolerance,
    does not if it lies wholly outside, else undecided. Other corpora have no row.

    Parameters
    ----------
    accuracy : pandas.DataFrame
        Rows of the table `accuracy`, of any number of corpora and protocols.
    statements : dict
        From `read_statements`.
    """
    claim = "accuracy_crema_d"
    entry = statements[claim]
    pooled = accuracy[(accuracy["fold"] == "all") & (accuracy["seed"] == "all")]
    rows = []
    for protocol, measures in pooled[pooled["corpus"] == entry["corpus"]].groupby("protocol"):
        row, uar = (measures[measures["measure"] == name].iloc[0] for name in ("accuracy", "uar"))
        estimate = Estimate.of(row)
        difference = estimate.minus(entry["value"])
        measured = (
            f"accuracy {verdicts.words(estimate)}, UAR {render.number(uar.value)}; "
            f"within ± {entry['tolerance']:g} counts as near"
        )
        verdict = verdicts.equivalence(difference, entry["tolerance"])
        row = verdicts.row(claim, statements, measured, difference, verdict)
        rows.append(row | {"corpus": entry["corpus"], "protocol": protocol, "method": "–"})
    return tables.of_rows(rows, "claims")


def cue_claims(
    cues: ClipCues,
    statements: dict,
    *,
    emotions: Sequence[str],
    resampling: Resampling,
) -> pd.DataFrame:
    """Verdicts on the paper's claims about cues, for one corpus, protocol and method.

    The rules use intervals from a bootstrap over speakers. Without an interval (fewer than
    `MIN_SPEAKERS` speakers) a claim is undecided and `measured` gives the reason.

    * highest, lowest: the emotion against each other one among correct clips. Holds if all intervals
      lie on the claimed side of zero, does not if one lies on the other side, else undecided. The
      effect is the smallest difference, positive in the claimed direction.
    * sad as loud as angry: equivalence. Holds if the interval of sad minus angry among misclassified
      clips lies within ± half of angry minus sad among correct clips, does not if it lies wholly
      outside, else undecided; also undecided if angry is not louder than sad among correct clips.
    * salient differs from random: holds if the interval of the paired difference over all explained
      clips excludes zero, else undecided, because no significant difference does not prove equality.
      The same against the loudest windows, and for the salient windows that have controls
      (salient_matched) against these controls, except for the cues that they were matched on.
    * salient adds beyond level: the three together, see `_adds`. The cues that controls were matched
      on are compared with random and loudest windows only, under a separate claim (neither blind nor
      loudest).

    The p of highest and lowest is the largest one-sided p of its pairs (all must hold), labels permuted
    within speakers; of equivalence that of two one-sided tests; of a paired difference that of sign
    flips over speakers.

    Parameters
    ----------
    cues : ClipCues
        Of all explained clips; only maps of the predicted class enter.
    statements : dict
        From `read_statements`.
    emotions : sequence of str
        The compared emotions.
    resampling : Resampling
        Bootstrap over speakers, and permutations.
    """
    cues = cues.where(cues.clips["target"] == "predicted_label")
    correct, wrong = cues.where(cues.clips["correct"]), cues.where(~cues.clips["correct"])
    rows = []

    def add(claim: str, cue: str, measured: str, effect: Estimate, verdict: str, p: float):
        row = verdicts.row(claim, statements, measured, effect, verdict, p)
        rows.append(row | {"cue": cue})

    for emotion, direction, cue in (
        ("angry", "highest", "loudness"),
        ("angry", "highest", "shimmer"),
        ("sad", "lowest", "loudness"),
        ("sad", "lowest", "shimmer"),
    ):
        others = [other for other in emotions if other != emotion]
        outcome = _extreme(correct, emotion, others, direction, cue, resampling)
        add(f"{emotion}_{direction}_{cue}", cue, *outcome)
    for label, ending in (("true_emotion", ""), ("predicted_emotion", "_by_predicted")):
        claim = f"misclassified_sad_as_loud_as_angry{ending}"
        add(claim, "loudness", *_comparable(correct, wrong, label, "loudness", resampling))
    everything = cues.per_clip()
    speakers = everything.clips["speaker"]
    differences = {cue: {} for cue in CUES}
    for baseline in WINDOW_BASELINES:
        asked = [cue for cue in CUES if baseline != "control" or cue not in MATCHED_ON]
        values = everything.differences[baseline][asked].to_numpy()
        effects = bootstrap.means(values, speakers, resampling)
        p = permutation.sign_flip(values, speakers, resampling)
        share, mean = "", everything.clips["matched_share"].mean()
        if baseline == "control" and math.isfinite(mean):
            share = f"; {100 * mean:.0f} % of the salient frames of a clip have controls"
        for cue, effect, value in zip(asked, effects, p, strict=True):
            measured = f"{COUNTERPARTS.get(baseline, 'salient')} minus {baseline} {verdicts.words(effect)}{share}"
            verdict = verdicts.apart(effect)
            add(f"salient_differs_from_{baseline}", cue, measured, effect, verdict, value)
            if baseline != "rest":  # the statements below name the other three
                differences[cue][baseline] = (effect, value)
    for cue, by_baseline in differences.items():
        fixed = cue in MATCHED_ON
        claim = "salient_neither_blind_nor_loudest" if fixed else "salient_adds_beyond_level"
        deviation = _deviation(everything.values["salient"][cue], speakers)
        add(claim, cue, *_adds(by_baseline, deviation, statements[claim]["bound"]))
    return tables.of_rows(rows, "claims")


def _extreme(
    correct: ClipCues,
    emotion: str,
    others: Sequence[str],
    direction: str,
    cue: str,
    resampling: Resampling,
) -> tuple[str, Estimate, str, float]:
    """Text, smallest difference, verdict and p: is `cue` of `emotion` the highest (lowest)?"""
    pairs = [(emotion, o) if direction == "highest" else (o, emotion) for o in others]
    of = {
        name: correct.where(correct.clips["true_emotion"] == name).per_clip()
        for name in (emotion, *others)
    }
    differences, p = {}, []
    for first, second in pairs:
        groups = (of[first], of[second])
        differences[first, second] = _difference(*groups, cue, resampling)[0]
        p.append(_above(*groups, cue, resampling))
    measured = {pair: effect for pair, effect in differences.items() if math.isfinite(effect.value)}
    if not measured:
        nothing = Estimate(np.nan, np.nan, np.nan, 0, 0)
        reason = f"no correct clips of {emotion} and another emotion"
        return reason, nothing, UNDECIDED, np.nan
    first, second = smallest = min(measured, key=lambda pair: measured[pair].value)
    above = sum(difference.low > 0 for difference in measured.values())
    text = (
        f"{first} minus {second} {verdicts.words(measured[smallest])}, the smallest of {len(measured)} "
        f"differences; {above} of {len(measured)} intervals lie above zero"
    )
    if absent := [pair for pair in pairs if pair not in measured]:
        text += f"; {len(absent)} not measured, for there are no such clips"
    # every pair must differ, so the largest p counts; NaN if a pair has none
    verdict = verdicts.extreme(list(differences.values()))
    return text, measured[smallest], verdict, float(np.max(p))


def _comparable(
    correct: ClipCues, wrong: ClipCues, label: str, cue: str, resampling: Resampling
) -> tuple[str, Estimate, str, float]:
    """Text, difference, verdict and p: is `cue` of misclassified sad about that of angry?"""
    sad, angry = (
        wrong.where(wrong.clips[label] == emotion).per_clip() for emotion in ("sad", "angry")
    )
    difference, drawn = _difference(sad, angry, cue, resampling)
    right = [
        correct.where(correct.clips["true_emotion"] == emotion).per_clip()
        for emotion in ("angry", "sad")
    ]
    reference = _difference(*right, cue, resampling)[0]
    measured = f"sad minus angry {verdicts.words(difference)}"
    if not math.isfinite(reference.value):
        return f"{measured}; no correct clips to set a bound by", difference, UNDECIDED, np.nan
    if reference.value <= 0:
        reason = (
            f"angry minus sad is {render.number(reference.value)} among correct clips, so no bound"
        )
        return f"{measured}; {reason}", difference, UNDECIDED, np.nan
    bound = reference.value / 2
    measured += f"; bound ± {render.number(bound)}, half of angry minus sad among correct clips"
    fewest = min(group.clips["speaker"].nunique() for group in (sad, angry))
    p = permutation.equivalence(drawn, bound, fewest)
    return measured, difference, verdicts.equivalence(difference, bound), p


def _adds(
    by_baseline: dict[str, tuple[Estimate, float]], deviation: float, share: float
) -> tuple[str, Estimate, str, float]:
    """Text, smallest difference, verdict and p: do salient windows differ from every baseline?

    Does not if they are equivalent to one of them: the interval of that difference lies within
    ± `share` of `deviation` (two one-sided tests), even if it excludes zero. Holds if all intervals
    exclude zero; else undecided.

    Parameters
    ----------
    by_baseline : dict
        Difference and its p by baseline; without control for the cues that were matched on.
    deviation : float
        Deviation of the cue in the salient segments, see `_deviation`; unit of the cue.
    share : float
        Share of it that counts as no difference.
    """
    bound = share * deviation
    alike, slight, apart, open_ = [], [], [], []
    for baseline, (effect, _) in by_baseline.items():
        differs = verdicts.apart(effect) == HOLDS
        # a bound of 0 would make a difference of exactly 0 an equivalence
        if bound > 0 and verdicts.equivalence(effect, bound) == HOLDS:
            (slight if differs else alike).append(baseline)
        else:
            (apart if differs else open_).append(baseline)
    refuting = [name for name in by_baseline if name in alike + slight]
    verdict = DOES_NOT if refuting else UNDECIDED if open_ else HOLDS
    # the smallest difference decides, among the refuting ones if there are any
    known = [name for name in refuting or by_baseline if math.isfinite(by_baseline[name][0].value)]
    decides = min(known or by_baseline, key=lambda name: abs(by_baseline[name][0].value))
    effect = by_baseline[decides][0]
    parts = [
        f"{relation} {' and '.join(CALLED[name] for name in names)}"
        for relation, names in (
            ("differs from", apart),
            ("differs too little to count from", slight),
            ("is like", alike),
            ("open against", open_),
        )
        if names
    ]
    fixed = "control" not in by_baseline
    conclusions = {
        HOLDS: "neither blind nor the loudest windows say the same here"
        if fixed
        else "saliency tells more than level and voicing here",
        DOES_NOT: "saliency adds nothing here",
        UNDECIDED: "so this is open",
    }
    text = f"{', '.join(parts)}: {conclusions[verdict]}"
    if fixed:
        text += (
            "; the matching holds this cue fixed, so controls are not asked, and whether saliency tells "
            "more than level and voicing cannot be seen in it"
        )
    text += f"; {COUNTERPARTS.get(decides, 'salient')} minus {decides} {verdicts.words(effect)}"
    if math.isfinite(bound):
        text += f"; ± {render.number(bound)}, {share:g} of the standard deviation over the clips of a speaker, counts as alike"
    return text, effect, verdict, float(np.max([p for _, p in by_baseline.values()]))


def _deviation(values: pd.Series, speakers: pd.Series) -> float:
    """Standard deviation of `values` within speakers, pooled over speakers; NaN if there are too few.

    Within speakers, because paired differences do not vary with the voice: differences between voices
    would make the bound for pitch too wide.
    """
    values = values.dropna()
    squares, free = bootstrap.within_speakers(values, speakers[values.index])
    return math.sqrt(squares / free) if free > 0 else math.nan


def _difference(
    first: ClipCues, second: ClipCues, cue: str, resampling: Resampling
) -> tuple[Estimate, np.ndarray]:
    """Mean of `cue` over the first clips minus that over the second, and the same in every draw."""
    data = _groups(first, second, cue)
    estimates, drawn = bootstrap.resampled_mean_differences(*data, resampling)
    return estimates[0], drawn[:, 0]


def _above(first: ClipCues, second: ClipCues, cue: str, resampling: Resampling) -> float:
    """One-sided p that `cue` of the first clips is no higher, labels permuted within speakers."""
    p = permutation.label_permutation(*_groups(first, second, cue), resampling)[0]
    higher, lower = (group.values["salient"][cue].mean() for group in (first, second))
    return p / 2 if higher > lower else 1 - p / 2


def _groups(
    first: ClipCues, second: ClipCues, cue: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`cue` of both groups in one column, whether each clip is of the first group, and its speaker."""
    values = pd.concat([group.values["salient"][[cue]] for group in (first, second)])
    speakers = pd.concat([group.clips["speaker"] for group in (first, second)])
    return values.to_numpy(), np.arange(len(values)) < len(first.clips), speakers.to_numpy()


def detection_claims(
    summary: pd.DataFrame, detection: pd.DataFrame, statements: dict
) -> pd.DataFrame:
    """Verdicts on the paper's last claim: implausible cues detect errors.

    Whether they do at all: the area under the ROC curve of plausibility minus one half. Whether they add
    to the network's own confidence: the gain in area of a regression on confidence by plausibility.
    Each holds if the interval lies above zero, does not if it lies below, else undecided.

    Parameters
    ----------
    summary, detection : pandas.DataFrame
        Rows of the tables `plausibility_summary` and `detection` of one corpus, protocol and method;
        none, and no claims, without misclassified clips.
    statements : dict
        From `read_statements`.
    """
    estimates = detection[detection["target"] == "predicted_label"].set_index(["score", "measure"])
    tested = summary.query(
        "target == 'predicted_label' and region == 'salient' and group == 'difference'"
    )
    rows = []
    for claim, key, chance, name in (
        ("implausible_cues_detect_errors", ("plausibility_salient", "auroc"), 0.5, "AUROC"),
        (
            "implausible_cues_add_to_confidence",
            ("confidence_and_plausibility", "gain"),
            0.0,
            "gain of AUROC",
        ),
    ):
        if key not in estimates.index:
            continue
        row = estimates.loc[key]
        estimate = Estimate.of(row)
        effect = estimate.minus(chance)
        measured = f"{name} {verdicts.words(estimate)}, {row['n_errors']} errors"
        p = tested["p"].iloc[0] if name == "AUROC" and len(tested) else np.nan
        verdict = verdicts.extreme([effect])
        rows.append(verdicts.row(claim, statements, measured, effect, verdict, p))
    return tables.of_rows(rows, "claims")


def band_claims(agreement: pd.DataFrame, statements: dict) -> pd.DataFrame:
    """Verdicts on EmoLIME's claim that explanations are more alike across classifiers than corpora.

    First as in the paper, for mean profiles; then per clip, beyond the change from another clip of the
    same corpus and from another fit of the same classifier. Pearson's correlation; each holds if the
    interval lies above zero, does not if it lies below, else undecided. A single corpus or classifier
    gives no claims.

    Parameters
    ----------
    agreement : pandas.DataFrame
        Table `emolime`.
    statements : dict
        From `read_statements`.
    """
    ours = (agreement["source"] == "this study") & (agreement["measure"] == "pearson")
    correlations = agreement[ours].set_index(["level", "comparison"])
    rows = []
    for claim, key, parts in (
        ("bands_alike_across_classifiers", ("profile", ACROSS), ("classifiers", "corpora")),
        (
            "bands_alike_beyond_chance_clips",
            ("clip", BEYOND),
            ("refits", "classifiers", "clips", "corpora"),
        ),
    ):
        if key not in correlations.index:
            continue
        row = correlations.loc[key]
        effect = Estimate.of(row)
        each = ", ".join(
            f"{name} {render.number(correlations.loc[(key[0], name), 'value'])}" for name in parts
        )
        measured = f"mean r across {each}; difference {verdicts.words(effect)}"
        verdict = verdicts.extreme([effect])
        rows.append(verdicts.row(claim, statements, measured, effect, verdict, row["p"]))
    return tables.of_rows(rows, "claims")
