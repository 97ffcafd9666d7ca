"""Does implausibility detect errors, and does it add to the network's own confidence?

A higher score means that the prediction looks right, so the area under the ROC curve is the chance
that a correct clip scores higher than a misclassified one. Some classes are predicted with more
precision than others, and plausibility depends on the predicted class, so clips are compared within
it: over all clips, a score that knows only the class detects errors, too.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import softmax, xlogy
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sercues.core import render, tables
from sercues.core.names import BASELINES, COUNTERPARTS, REGIONS
from sercues.core.render import Table
from sercues.evaluation import areas
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import MIN_SPEAKERS, NO_INTERVAL, Estimate, Resampling
from sercues.stats.level import FLIPS, INTERVAL

CONFIDENCE = ("max_probability", "entropy", "margin")
REGRESSIONS = ("confidence", "confidence_and_plausibility")
CLASS = "predicted_class"  # score of its precision
PREFIX = "plausibility_"  # of the score of a region
SALIENT = f"{PREFIX}salient"
# only clips with controls have these, so they are evaluated apart
_MATCHED = {*COUNTERPARTS, *COUNTERPARTS.values()}
MATCHED = tuple(f"{PREFIX}{region}" for region in REGIONS if region in _MATCHED)
# and only clips with other windows than the salient ones have these
REST = (f"{PREFIX}rest",)
PLAUSIBILITY = tuple(
    name
    for region in REGIONS
    if region not in _MATCHED and (name := f"{PREFIX}{region}") not in REST
)
# the salient score that each region's score is compared with
PARTNERS = {
    f"{PREFIX}{region}": f"{PREFIX}{COUNTERPARTS.get(region, 'salient')}" for region in BASELINES
}
PREDICTION = ["fold", "seed", "clip_id"]  # columns that identify a prediction
FOLDS = 5  # speaker-disjoint folds of the regressions


class Measured(NamedTuple):
    """One row of the table `detection`, without its target."""

    score: str
    measure: str
    estimate: Estimate
    n_errors: int
    p: float = np.nan


def confidences(predictions: pd.DataFrame) -> pd.DataFrame:
    """Confidence scores of each prediction from the network's own probabilities.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Table `predictions`.

    Returns
    -------
    pandas.DataFrame
        Index fold, seed, clip_id; columns `max_probability`, `entropy` (negated, in nats) and `margin`
        (largest minus second largest probability).
    """
    logits = np.stack(predictions["scores"].to_numpy()).astype(np.float64)
    shares = softmax(logits, axis=1)
    ordered = np.sort(shares, axis=1)
    scores = pd.DataFrame(
        {
            "max_probability": ordered[:, -1],
            "entropy": xlogy(shares, shares).sum(axis=1),
            "margin": ordered[:, -1] - ordered[:, -2],
        }
    )
    return scores.set_index(pd.MultiIndex.from_frame(predictions[PREDICTION]))


def detection_table(
    plausibility: pd.DataFrame,
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `detection` of one corpus, protocol and method.

    Parameters
    ----------
    plausibility, predictions, manifest : pandas.DataFrame
        The tables of these names.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.

    Returns
    -------
    pandas.DataFrame
        By score, area under the ROC curve over pairs of one predicted class (`auroc`), and for
        description over all pairs (`auroc_pooled`). Average precision of finding misclassified clips
        (`average_precision`) and area under the risk–coverage curve (`aurc`, the mean share of errors
        when the surest clips are kept; lower is better) are means over predicted classes, weighted by
        their errors and by their clips. The score `predicted_class` is the precision of the class: its
        auroc_pooled is what the class alone detects, and its other measures are those of a blind score.

        Verdicts rest on the area over pairs of one predicted class and speaker, see `areas.within_speakers`:
        `auroc_within_speaker`; the same of plausibility's ranks minus what confidence
        explains of them (`auroc_beyond_confidence`, see `areas.unexplained`); and that of the salient segments (matched ones for `control`) minus
        that of the region (`ahead`). Those of plausibility have a p by sign flips of the speakers'
        differences, and q over the scores of a measure. `gain`, the difference of this area between
        `confidence_and_plausibility` and `confidence`, see `regressions`, has neither p nor interval:
        where nothing is gained, an interval that takes the fits as given excludes zero in up to 12 %
        of cases, for the noise of the fitted weight of plausibility lowers the area.

        All scores are of the same clips, except salient_matched and control, which are of the clips
        that have controls, and rest, which is of the clips that have other windows than salient ones.
    """
    rows = []
    for target, of_target in plausibility.groupby("target"):
        scores = of_target.pivot_table(
            index=[*PREDICTION, "predicted_emotion", "correct"],
            columns="region",
            values="plausibility",
        )
        scores = scores.add_prefix(PREFIX).reindex(columns=[*PLAUSIBILITY, *MATCHED, *REST])
        for regions in (PLAUSIBILITY, MATCHED, REST):
            # the rest is compared with the salient segments of the same clips
            needed = [*regions, *(PARTNERS[name] for name in REST if regions is REST)]
            clips = scores[needed].dropna().reset_index()
            clips = clips.merge(confidences(predictions).reset_index(), on=PREDICTION)
            clips["speaker"] = bootstrap.speakers_of(clips["clip_id"], manifest)
            clips = clips.sort_values(PREDICTION, ignore_index=True)
            for found in _measured(clips, regions, resampling):
                rows.append(
                    {"target": target, "score": found.score, "measure": found.measure}
                    | found.estimate.columns()
                    | {"p": found.p, "n_errors": found.n_errors}
                )
    table = tables.of_rows(rows, "detection")
    return permutation.with_q(table, ["target", "measure"]) if len(table) else table


def _measured(
    clips: pd.DataFrame, regions: Sequence[str], resampling: Resampling
) -> Iterator[Measured]:
    """Every score and measure; nothing unless some clips are right and some wrong."""
    right = clips["correct"].to_numpy(bool)
    if right.all() or not right.any():
        return
    speakers = clips["speaker"].to_numpy(str)
    predicted = clips["predicted_emotion"].to_numpy(str)
    scores = {name: clips[name].to_numpy() for name in regions}
    confidence = clips[list(CONFIDENCE)].to_numpy()
    fits = {}
    if SALIENT in regions:
        precision = clips.groupby("predicted_emotion")["correct"].transform("mean")
        fits = regressions(confidence, scores[SALIENT], right, predicted, speakers)
        confident = dict(zip(CONFIDENCE, confidence.T, strict=True))
        scores = {CLASS: precision.to_numpy(float)} | scores | confident
    n_errors = int((~right).sum())
    data = (right, predicted, speakers, resampling)
    for name, values in scores.items():
        pooled = areas.auroc(values, right, np.zeros(len(right)), speakers, resampling)
        yield Measured(name, "auroc_pooled", pooled, n_errors)
        yield Measured(name, "auroc", areas.auroc(values, *data), n_errors)
        for measure, function in (("average_precision", areas.precisions), ("aurc", areas.risks)):
            yield Measured(name, measure, areas.resampled(function, values, *data), n_errors)
    partners = {
        PARTNERS[name]: clips[PARTNERS[name]].to_numpy() for name in regions if name in PARTNERS
    }
    known = {name: values for name, values in (scores | fits).items() if name != CLASS}
    told, known = list(known), partners | known
    ranked = areas.ranks(np.column_stack(list(known.values())), predicted, speakers)
    ranked = dict(zip(known, ranked.T, strict=True))
    columns = {(name, "auroc_within_speaker"): ranked[name] for name in told}
    of_regions = np.column_stack([ranked[name] for name in regions])
    beyond = areas.unexplained(of_regions, confidence, predicted, speakers)
    columns |= {
        (name, "auroc_beyond_confidence"): values
        for name, values in zip(regions, beyond.T, strict=True)
    }
    for name, partner in PARTNERS.items():
        if name in regions:
            columns[name, "ahead"] = ranked[partner] - ranked[name]
    if fits:
        without, with_it = (ranked[name] for name in REGRESSIONS)
        columns[REGRESSIONS[1], "gain"] = with_it - without
    compared = areas.within_speakers(np.column_stack(list(columns.values())), *data)
    for number, (score, measure) in enumerate(columns):
        estimate = compared.estimates[number]
        if measure == "gain":
            estimate = estimate._replace(low=np.nan, high=np.nan)
        elif measure != "ahead":
            estimate = estimate.minus(-0.5)
        p = compared.p[number] if score.startswith(PREFIX) else np.nan
        yield Measured(score, measure, estimate, int(compared.n_second[number]), p)


def regressions(
    confidence: np.ndarray,
    plausibility: np.ndarray,
    right: np.ndarray,
    predicted: Sequence[str],
    speakers: Sequence[str],
) -> dict[str, np.ndarray]:
    """Log-odds of being right from confidence, and from confidence and plausibility.

    Both know the predicted class. Plausibility enters minus its mean over the speaker's clips, right or
    wrong: fitted to what speakers differ in, a regression would use a trait of the speaker.

    Parameters
    ----------
    confidence : array, shape (n_clips, n_scores)
    plausibility : array, shape (n_clips,)
    right, predicted, speakers
        As in `areas.within_speakers`.

    Returns
    -------
    dict of array, shape (n_clips,)
        `REGRESSIONS`, from `fitted`; none where that has too few clips or speakers. Scores of different
        folds are of different fits, so only clips of one speaker are comparable.
    """
    classes = np.asarray(predicted, dtype=str)[:, None] == np.unique(predicted)
    means = pd.Series(plausibility).groupby(np.asarray(speakers, dtype=str)).transform("mean")
    alone = np.column_stack([confidence, classes])
    both = np.column_stack([alone, plausibility - means])
    fits = {
        name: fitted(features, right, speakers)
        for name, features in zip(REGRESSIONS, (alone, both), strict=True)
    }
    return {} if any(np.isnan(scores).any() for scores in fits.values()) else fits


def fitted(features: np.ndarray, right: np.ndarray, speakers: Sequence[str]) -> np.ndarray:
    """Log-odds of each clip being right, by a logistic regression fitted to other speakers.

    All NaN if there are too few speakers, or if a training fold has only one outcome.
    """
    groups = np.asarray(speakers, dtype=str)
    scores = np.full(len(right), np.nan)
    if len(np.unique(groups)) < MIN_SPEAKERS:
        return scores
    for train, test in GroupKFold(FOLDS).split(features, right, groups):
        if right[train].all() or not right[train].any():
            return np.full(len(right), np.nan)
        model = make_pipeline(StandardScaler(), LogisticRegression())
        scores[test] = model.fit(features[train], right[train]).decision_function(features[test])
    return scores


CAPTION = (
    "Does a low score find misclassified clips? AUROC: chance that a correct clip has the higher score than a "
    "misclassified one of the same predicted emotion, 50 for a blind score. All pairs: of any predicted emotion; what the "
    "emotion alone detects there stands in the row of its precision. Average precision of finding misclassified clips, and "
    "risk–coverage, the mean share of errors when the surest clips are kept (lower is better): means over predicted "
    "emotions, those of a blind score in the row of the emotion's precision. "
    f"All in per cent [{INTERVAL}]; † {NO_INTERVAL}."
)
TESTS_CAPTION = (
    "The same, tested. Pairs: AUROC over pairs of the same predicted emotion and speaker. Beyond confidence: the same for what "
    "the network's confidence does not explain of plausibility. Salient − region: AUROC (pairs) of the salient segments' "
    "plausibility minus that of the region's, above 0 where saliency finds errors better; for control windows the matched "
    "salient segments stand in, both of the clips with controls alone. Gain: AUROC (pairs) of the regression with plausibility "
    f"minus without, which has no interval. In per cent [{INTERVAL}]; † {NO_INTERVAL}; p: {FLIPS}; "
    "q: false discovery rate (Benjamini–Hochberg) over the regions of a method."
)
SCORES = {
    CLASS: "precision of the predicted emotion",
    **{
        name: f"plausibility, {name.removeprefix(PREFIX).replace('_', ' ')}"
        for name in (*PLAUSIBILITY, *REST, *MATCHED)
    },
    "max_probability": "largest probability",
    "entropy": "entropy",
    "margin": "margin of the two largest",
    "confidence": "these three and the emotion, regression",
    "confidence_and_plausibility": "these and plausibility, regression",
}
SHOWN = {
    "auroc_pooled": "AUROC, all pairs",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "aurc": "risk–coverage",
}
TESTED = {
    "auroc_within_speaker": "pairs",
    "auroc_beyond_confidence": "beyond confidence",
    "ahead": "salient − region",
}
TEXTS = ["corpus", "protocol", "method", "score"]
COUNTED = "clips, errors (speakers)"


def shown(table: pd.DataFrame) -> list[Table]:
    """Page tables of `detection`, one row per score, in per cent; see `plausibility.page`."""
    described, tested = [], []
    columns = ["corpus", "protocol", "method", "target", "score"]
    for (corpus, protocol, method, target, score), of_score in table.groupby(columns, sort=False):
        by_measure = of_score.set_index("measure")
        texts = [corpus, protocol, render.method(method, target), SCORES[score]]
        if "auroc" in by_measure.index:
            cells = [_cell(by_measure, measure) for measure in SHOWN]
            described.append([*texts, *cells, _counts(by_measure.loc["auroc"])])
        if "auroc_within_speaker" not in by_measure.index:
            continue
        cells = []
        for measure in TESTED:
            cells.append(_cell(by_measure, measure))
            ps = by_measure.reindex([measure])[["p", "q"]].iloc[0]
            cells += [render.probability(p) for p in ps]
        gain = 100 * by_measure["value"].get("gain", np.nan)
        counts = _counts(by_measure.loc["auroc_within_speaker"])
        tested.append([*texts, *cells, render.fixed(gain, 1) if np.isfinite(gain) else "–", counts])
    head = [name for words in TESTED.values() for name in (words, "p", "q")]
    return [
        Table(CAPTION, [*TEXTS, *SHOWN.values(), COUNTED], described, n_texts=4),
        Table(TESTS_CAPTION, [*TEXTS, *head, "gain", COUNTED], tested, n_texts=4),
    ]


def _cell(by_measure: pd.DataFrame, measure: str) -> str:
    """Value and interval in per cent; a dash without the measure."""
    if measure not in by_measure.index:
        return "–"
    return render.cell(*(100 * by_measure.loc[measure, ["value", "ci_low", "ci_high"]]), 1)


def _counts(row: pd.Series) -> str:
    """Clips, errors and speakers of a measure."""
    return render.clips(f"{row.n_clips}, {row.n_errors}", row.n_speakers)
