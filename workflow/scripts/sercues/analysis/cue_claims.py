"""The paper's claims about cues, and whether saliency adds to level and voicing.

`verdicts` judges the rows, `additions` follows from the judged ones.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sercues.analysis import contrasts, verdicts
from sercues.core import paper, render, tables
from sercues.core.names import COUNTERPARTS, WINDOW_BASELINES
from sercues.core.statements import DIFFERENCES
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues
from sercues.stats import bootstrap, permutation, within
from sercues.stats.bootstrap import Estimate, Resampling
from sercues.stats.permutation import LARGEST_Q

AMONG_ALL = "_among_all"  # ending of a claim asked of further emotions than the paper's
EXTREMES = {  # emotion, direction and cue of a claim
    f"{emotion}_{direction}_{cue}": (emotion, direction, cue)
    for emotion, direction in (("angry", "highest"), ("sad", "lowest"))
    for cue in ("loudness", "shimmer")
}
MATCHED_ON = ("loudness", "voiced_fraction")  # alike by construction


def cue_claims(
    cues: ClipCues,
    statements: dict,
    *,
    emotions: Sequence[str],
    reach: dict[str, float],
    resampling: Resampling,
) -> pd.DataFrame:
    """The paper's claims about cues for one corpus, protocol and method, without verdicts.

    `verdicts.judged` adds them, and `additions` the claims that follow from several of these.

    * highest, lowest (kind direction): the emotion against each other one of the paper's that the corpus
      has, among correct clips, within speakers. All must lie on the claimed side, so p is the largest
      of the pairs; one on the other side is enough against it, so p against is the smallest times the
      number of pairs. The effect is the smallest difference, positive in the claimed direction. With
      further emotions the same is asked among all, as a claim of its own.
    * sad as loud as angry (equivalence): sad minus angry among misclassified clips lies within ± half of
      angry minus sad among correct clips. Both are resampled together, as the bound is measured, too.
    * salient differs from windows chosen otherwise (difference), over all explained clips: from the
      rest of the clip, random, the loudest, and for the salient windows that have controls
      (salient_matched) from these, except for the cues that they were matched on. Against it: the
      difference lies within ± `bound` (of the statement) standard deviations of the cue over the clips
      of a speaker, scaled by `reach`.

    Parameters
    ----------
    cues : ClipCues
        Of all explained clips; only maps of the predicted class enter.
    statements : dict
        From `statements.read`.
    emotions : sequence of str
        The compared emotions.
    reach : dict
        By baseline, the share of salient windows that are not among its windows: a blind choice of
        random windows holds some of the salient ones, so it can differ by that share only. 1 if missing.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.
    """
    cues = cues.where(cues.clips["target"] == "predicted_label")
    correct, wrong = cues.where(cues.clips["correct"]), cues.where(~cues.clips["correct"])
    rows = []

    def add(claim: str, cue: str, kind: str, outcome: tuple):
        rows.append(verdicts.row(claim, statements, kind, *outcome) | {"cue": cue})

    for ending, among in _compared_by(emotions).items():
        for claim, (emotion, direction, cue) in EXTREMES.items():
            others = [other for other in among if other != emotion]
            outcome = _extreme(correct, emotion, others, direction, cue, resampling)
            add(claim + ending, cue, "direction", outcome)
    for label, ending in (("true_emotion", ""), ("predicted_emotion", "_by_predicted")):
        outcome = _comparable(correct, wrong, label, "loudness", resampling)
        add(f"misclassified_sad_as_loud_as_angry{ending}", "loudness", "equivalence", outcome)
    everything = cues.per_clip()
    for baseline in WINDOW_BASELINES:
        claim = DIFFERENCES[baseline]
        share = statements[claim]["bound"] * reach.get(baseline, 1.0)
        for cue, *outcome in _differences(everything, baseline, share, resampling):
            add(claim, cue, "difference", outcome)
    return tables.of_rows(rows, "claims")


def asked_of(baseline: str) -> list[str]:
    """Cues in which salient windows can differ from a baseline: controls are alike in some."""
    return [cue for cue in CUES if baseline != "control" or cue not in MATCHED_ON]


def _compared_by(emotions: Sequence[str]) -> dict[str, list[str]]:
    """Emotions that highest and lowest are asked of, by the ending of the claim."""
    among = {"": [emotion for emotion in emotions if emotion in paper.EMOTIONS]}
    return among | ({AMONG_ALL: list(emotions)} if set(emotions) - set(paper.EMOTIONS) else {})


def _extreme(
    correct: ClipCues,
    emotion: str,
    others: Sequence[str],
    direction: str,
    cue: str,
    resampling: Resampling,
) -> tuple[str, Estimate, float, float]:
    """Text, smallest difference, p and p against: is `cue` of `emotion` the highest (lowest)?"""
    groups = {name: _of(correct, "true_emotion", name) for name in (emotion, *others)}
    pairs = [(emotion, other) if direction == "highest" else (other, emotion) for other in others]
    differences, p = {}, []
    for pair in pairs:
        joined = _joined(*(groups[name] for name in pair), cue)
        compared = within.compare(*joined, resampling)
        (effect,), (two_sided,) = compared.estimates, compared.p
        differences[pair] = effect
        p.append(verdicts.one_sided(two_sided, effect.value))
    measured = {pair: effect for pair, effect in differences.items() if math.isfinite(effect.value)}
    if not measured:
        nothing = Estimate(np.nan, np.nan, np.nan, 0, 0)
        reason = f"no speaker with correct clips of {emotion} and another emotion"
        return reason, nothing, np.nan, np.nan
    first, second = smallest = min(measured, key=lambda pair: measured[pair].value)
    text = (
        f"{first} minus {second} {verdicts.words(measured[smallest])}, the smallest of {len(measured)} "
        "differences"
    )
    if absent := len(pairs) - len(measured):
        text += f"; {absent} not measured, for there are no such clips"
    above, below = np.array(p).T
    # every pair must differ, so the largest p counts; NaN if a pair has none
    known = below[np.isfinite(below)]
    against = min(1.0, known.min() * len(known)) if len(known) else np.nan
    return text, measured[smallest], float(above.max()), float(against)


def _comparable(
    correct: ClipCues, wrong: ClipCues, label: str, cue: str, resampling: Resampling
) -> tuple[str, Estimate, float, float]:
    """Text, difference, p and p against: is `cue` of misclassified sad about that of angry?"""
    parts = [
        _joined(*(_of(clips, grouped_by, emotion) for emotion in ("sad", "angry")), cue)
        for clips, grouped_by in ((wrong, label), (correct, "true_emotion"))
    ]
    (misclassified, *_), (right, *_) = parts
    first, speakers = (np.concatenate([part[end] for part in parts]) for end in (1, 2))
    # one column per kind of clip, so that both are resampled together
    values = np.full((len(first), 2), np.nan)
    values[: len(misclassified), :1], values[len(misclassified) :, 1:] = misclassified, right
    compared = within.compare(values, first, speakers, resampling)
    difference, right = compared.estimates
    measured = f"sad minus angry {verdicts.words(difference)}"
    if not math.isfinite(right.value):
        return f"{measured}; no correct clips to set a bound by", difference, np.nan, np.nan
    if right.value >= 0:
        reason = f"angry minus sad is {render.number(-right.value)} among correct clips"
        return f"{measured}; {reason}, so no bound", difference, np.nan, np.nan
    measured += (
        f"; bound ± {render.number(-right.value / 2)}, half of angry minus sad among correct clips"
    )
    drawn, bound = compared.drawn[:, 0], -compared.drawn[:, 1] / 2
    data = (drawn, bound, min(difference.n_speakers, right.n_speakers))
    return measured, difference, permutation.equivalence(*data), permutation.beyond(*data)


def _differences(
    clips: ClipCues, baseline: str, share: float, resampling: Resampling
) -> Iterator[tuple[str, str, Estimate, float, float]]:
    """Cue, text, difference, p and p against: do the salient segments differ from a baseline?"""
    asked = asked_of(baseline)
    speakers = clips.clips["speaker"]
    values = clips.differences[baseline][asked].to_numpy()
    effects, drawn = bootstrap.resampled_means(values, speakers, resampling)
    p = permutation.sign_flip(values, speakers, resampling)
    mean, matched = clips.clips["matched_share"].mean(), ""
    if baseline == "control" and math.isfinite(mean):
        matched = f"; {100 * mean:.0f} % of the salient frames of a clip have controls"
    name = COUNTERPARTS.get(baseline, "salient")
    for column, (cue, effect) in enumerate(zip(asked, effects, strict=True)):
        text = f"{name} minus {baseline} {verdicts.words(effect)}{matched}"
        bound = share * deviation(clips.values[name][cue], speakers)
        against = np.nan
        if bound > 0:
            text += f"; within ± {render.number(bound)} counts as alike"
            against = permutation.equivalence(drawn[:, column], bound, effect.n_speakers)
        yield cue, text, effect, p[column], against


def deviation(values: pd.Series, speakers: pd.Series) -> float:
    """Standard deviation of `values` within speakers, pooled over speakers; NaN if there are too few.

    Within speakers, because paired differences do not vary with the voice: differences between voices
    would make the bound for pitch too wide.
    """
    values = values.dropna()
    squares, free = bootstrap.within_speakers(values, speakers[values.index])
    return math.sqrt(squares / free) if free > 0 else math.nan


def _of(clips: ClipCues, label: str, emotion: str) -> ClipCues:
    """The clips whose `label` is the emotion, each once."""
    return clips.where(clips.clips[label] == emotion).per_clip()


def _joined(first: ClipCues, second: ClipCues, cue: str) -> tuple[np.ndarray, ...]:
    """As `contrasts.joined`, of one cue in the salient segments."""
    values, *groups = contrasts.joined(first, second, lambda group: group.values["salient"][[cue]])
    return values.to_numpy(), *groups


# ---- claims that follow from several ---------------------------------------------------------------

# what saliency must add to: random windows hold salient ones, so the rest of the clip is asked
BEYOND = tuple(baseline for baseline in WINDOW_BASELINES if baseline != "random")
CALLED = {
    "rest": "the rest of the clip",
    "control": "their controls",
    "loudest": "the loudest windows",
}
ADDED = {  # what is concluded where a claim holds
    "salient_adds_beyond_level": "saliency tells more than level and voicing here",
    "salient_neither_blind_nor_loudest": "neither blind nor the loudest here",
}
NOT_ADDED = {
    verdicts.DOES_NOT: "saliency adds nothing here",
    verdicts.UNDECIDED: "so this is open",
}


def additions(judged: pd.DataFrame, statements: dict) -> pd.DataFrame:
    """Does saliency add to level and voicing? By cue, from the judged differences of `cue_claims`.

    Holds if the salient segments differ from every baseline of `BEYOND`, does not if they are alike to
    one of them, even if they also differ; else undecided. What windows were matched on cannot be asked
    of controls and stands under a claim of its own.

    Parameters
    ----------
    judged : pandas.DataFrame
        From `verdicts.judged`, of one corpus, protocol and method.
    statements : dict
        From `statements.read`.
    """
    baselines = {DIFFERENCES[baseline]: baseline for baseline in BEYOND}
    parts = judged[judged["claim"].isin(list(baselines))]
    parts = parts.assign(baseline=parts["claim"].map(baselines))
    rows = []
    for cue in [cue for cue in CUES if cue in set(parts["cue"])]:
        fixed = cue in MATCHED_ON
        claim = "salient_neither_blind_nor_loudest" if fixed else "salient_adds_beyond_level"
        rows.append(_addition(claim, parts[parts["cue"] == cue], statements) | {"cue": cue})
    return tables.of_rows(rows, "claims")


def _addition(claim: str, parts: pd.DataFrame, statements: dict) -> dict:
    """Row of a conjunction of differences."""
    alike, differs = parts["q_against"] < LARGEST_Q, parts["q"] < LARGEST_Q
    q, against = parts["q"].max(skipna=False), parts["q_against"].min()
    # one that is alike is enough, even if it also differs
    verdict = verdicts.verdict(np.nan if alike.any() else q, against)
    # the smallest difference decides, among those that are alike if there are any
    decides = parts[alike] if alike.any() else parts
    sizes = decides["effect"].abs()
    decides = decides.loc[sizes.idxmin() if sizes.notna().any() else decides.index[0]]
    effect = Estimate(
        *decides[["effect", "ci_low", "ci_high"]], *decides[["n_clips", "n_speakers"]]
    )
    relations = (
        ("differs from", differs & ~alike),
        ("differs too little to count from", differs & alike),
        ("is like", alike & ~differs),
        ("open against", ~alike & ~differs),
    )
    text = ", ".join(
        f"{relation} {' and '.join(parts.loc[names, 'baseline'].map(CALLED))}"
        for relation, names in relations
        if names.any()
    )
    conclusion = ADDED[claim] if verdict == verdicts.HOLDS else NOT_ADDED[verdict]
    text = f"{text}: {conclusion}; decided by {decides.baseline}, {verdicts.words(effect)}"
    row = verdicts.row(
        claim,
        statements,
        verdicts.CONJUNCTION,
        text,
        effect,
        parts["p"].max(skipna=False),
        min(1.0, parts["p_against"].min() * len(parts)),
    )
    return row | {"q": q, "q_against": against, "verdict": verdict}
