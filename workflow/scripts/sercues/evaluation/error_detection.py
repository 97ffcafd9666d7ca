"""Does implausibility detect errors, and does it add to the network's own confidence?

A higher score means that the prediction looks right, so the area under the ROC curve is the chance
that a correct clip scores higher than a misclassified one.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.special import softmax, xlogy
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sercues.core import render, tables
from sercues.core.names import COUNTERPARTS
from sercues.core.render import Table
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import MIN_SPEAKERS, NO_INTERVAL, Estimate, Resampling
from sercues.stats.level import INTERVAL

CONFIDENCE = ("max_probability", "entropy", "margin")
PLAUSIBILITY = tuple(
    f"plausibility_{region}" for region in ("salient", "full", "random", "loudest")
)
# only clips with controls have these, so they are evaluated apart
MATCHED = tuple(f"plausibility_{region}" for region in ("salient_matched", "control"))
# nor do clips all of whose windows are salient have this one
REST = ("plausibility_salient", "plausibility_rest")
# the salient score that each region's score is compared with
PARTNERS = {
    f"plausibility_{region}": f"plausibility_{COUNTERPARTS.get(region, 'salient')}"
    for region in ("full", "rest", "random", "loudest", "control")
}
PREDICTION = ["fold", "seed", "clip_id"]  # columns that identify a prediction
FOLDS = 5  # speaker-disjoint folds of the regressions
FEW_DRAWS = 1000  # for measures that need every clip in every draw


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
        Bootstrap over speakers.

    Returns
    -------
    pandas.DataFrame
        By score: area under the ROC curve (`auroc`), average precision of finding misclassified
        clips (`average_precision`; the share of errors for a random score) and area under the
        risk–coverage curve (`aurc`, the mean share of errors when the surest clips are kept; lower
        is better). `confidence` and `confidence_and_plausibility` are logistic regressions that score
        each clip after being fitted to other speakers; `gain` is the difference of their auroc.
        `ahead`: auroc of the salient segments (matched ones for `control`) minus that of the region.
        All scores are of the same clips, except salient_matched and control, which are of the clips
        that have controls, and rest, which is of the clips that have other windows than salient ones.
    """
    rows = []
    for target, of_target in plausibility.groupby("target"):
        scores = of_target.pivot_table(
            index=[*PREDICTION, "correct"], columns="region", values="plausibility"
        )
        scores = scores.add_prefix("plausibility_").reindex(
            columns=[*PLAUSIBILITY, *MATCHED, *REST[1:]]
        )
        for regions in (PLAUSIBILITY, MATCHED, REST):
            clips = scores[list(regions)].dropna().reset_index()
            clips = clips.merge(confidences(predictions).reset_index(), on=PREDICTION)
            clips["speaker"] = bootstrap.speakers_of(clips["clip_id"], manifest)
            clips = clips.sort_values(PREDICTION, ignore_index=True)
            for score, measure, estimate in _measured(clips, regions, resampling):
                rows.append(
                    {"target": target, "score": score, "measure": measure}
                    | estimate.columns()
                    | {"n_clips": len(clips), "n_errors": int((~clips["correct"]).sum())}
                    | {"n_speakers": clips["speaker"].nunique()}
                )
    return tables.of_rows(rows, "detection")


def _measured(clips: pd.DataFrame, regions: Sequence[str], resampling: Resampling):
    """(score, measure, estimate) of every score; nothing unless some clips are right and some wrong."""
    right = clips["correct"].to_numpy(bool)
    if right.all() or not right.any():
        return
    scores = {name: clips[name].to_numpy() for name in regions}
    if regions is PLAUSIBILITY:
        scores |= {name: clips[name].to_numpy() for name in CONFIDENCE}
        scores["confidence"] = fitted(clips[list(CONFIDENCE)].to_numpy(), right, clips["speaker"])
        both = clips[[*CONFIDENCE, "plausibility_salient"]].to_numpy()
        scores["confidence_and_plausibility"] = fitted(both, right, clips["speaker"])
    known = {name: values for name, values in scores.items() if np.isfinite(values).all()}
    speakers = clips["speaker"].to_numpy(str)
    told = {
        name: values for name, values in known.items() if regions is not REST or name != REST[0]
    }
    for name, values in told.items():
        yield name, "auroc", auroc(values, right, speakers, resampling)
        for measure, function in (("average_precision", precision), ("aurc", risk_coverage)):
            yield name, measure, resampled(function, values, right, speakers, resampling)
    compared = [
        ("confidence_and_plausibility", "gain", "confidence_and_plausibility", "confidence")
    ]
    compared += [(name, "ahead", partner, name) for name, partner in PARTNERS.items()]
    for score, measure, first, second in compared:
        if {first, second} <= set(known):
            pair = np.stack([known[first], known[second]], axis=1)
            yield score, measure, resampled(_gain, pair, right, speakers, resampling)


def auroc(values, right, speakers, resampling: Resampling) -> Estimate:
    """Area under the ROC curve with its interval: (1 + Cliff's δ of correct over misclassified) / 2."""
    delta = permutation.cliffs_delta(values, right, speakers, resampling)
    value, low, high = ((1 + number) / 2 for number in delta[:3])
    return delta._replace(value=value, low=low, high=high)


def precision(values: np.ndarray, right: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Average precision per draw of finding misclassified clips by a low score.

    Parameters
    ----------
    values, right : arrays, shape (n_clips,)
        Scores, and whether the prediction is right.
    times : array, shape (n_draws, n_clips)
        How often each draw contains each clip.

    Returns
    -------
    numpy.ndarray, shape (n_draws,)
        As from `sklearn.metrics.average_precision_score`, which takes one draw at a time.
    """
    seen, wrong = _cumulated(values, right, times)
    share = np.divide(wrong, seen, out=np.zeros(seen.shape), where=seen > 0)
    return (np.diff(wrong, axis=1, prepend=0) * share).sum(axis=1) / wrong[:, -1]


def risk_coverage(values: np.ndarray, right: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Area under the risk–coverage curve per draw; tied clips share their mean rank.

    Geifman, Uziel & El-Yaniv 2019 (arXiv 1805.08206). Parameters and result as in `precision`.
    """
    seen, wrong = _cumulated(-values, right, times)
    size, errors = (np.diff(numbers, axis=1, prepend=0) for numbers in (seen, wrong))
    rate = np.divide(errors, size, out=np.zeros(seen.shape), where=size > 0)
    # a tie of m clips after c clips with e errors adds the sum of (e + rate i) / (c + i), i = 1 … m
    harmonic = np.append(0, np.cumsum(1 / np.arange(1, seen[:, -1].max(initial=0) + 1)))
    steps = harmonic[seen] - harmonic[seen - size]
    area = errors + (wrong - errors - rate * (seen - size)) * steps
    return area.sum(axis=1) / seen[:, -1]


def _cumulated(values: np.ndarray, right: np.ndarray, times: np.ndarray):
    """Clips and errors up to each distinct value, from the lowest: two (n_draws, n_values) arrays."""
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.diff(values[order], append=np.inf))
    return (
        np.cumsum(times[:, order] * counted[order], axis=1)[:, ends]
        for counted in (np.ones(len(values), dtype=int), (~right).astype(int))
    )


def _gain(pair: np.ndarray, right: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Area under the ROC curve of the first score minus that of the second, per draw."""
    good, bad = times[:, right].astype(float), times[:, ~right].astype(float)
    above = [
        ((good @ permutation.dominance(s[right], s[~right])) * bad).sum(axis=1) for s in pair.T
    ]
    return (above[0] - above[1]) / (2 * good.sum(axis=1) * bad.sum(axis=1))


def resampled(
    function: Callable,
    values: np.ndarray,
    right: np.ndarray,
    speakers: np.ndarray,
    resampling: Resampling,
) -> Estimate:
    """Value of a function of scores and outcomes, with an interval from a bootstrap over speakers.

    Parameters
    ----------
    function : callable
        Of values, outcomes and how often each draw contains each clip, shape (n_draws, n_clips);
        returns a number per draw.
    values, right, speakers : arrays, first axis n_clips
        Scores, whether the prediction is right, and the speaker.
    resampling : Resampling
        At most `FEW_DRAWS` draws are taken. Draws with only one outcome are dropped.
    """
    names, codes = np.unique(speakers, return_inverse=True)
    value = function(values, right, np.ones((1, len(values)), dtype=int))[0]
    few = resampling._replace(draws=min(resampling.draws, FEW_DRAWS))
    drawn = bootstrap.resampled_totals(np.eye(len(names)), few)
    times = drawn.astype(int)[:, codes]
    both = times[:, right].any(axis=1) & times[:, ~right].any(axis=1)
    low, high = bootstrap.interval(function(values, right, times[both]), len(names))
    return Estimate(value, low, high, len(values), len(names))


def fitted(features: np.ndarray, right: np.ndarray, speakers: pd.Series) -> np.ndarray:
    """Log-odds of each clip being right, by a logistic regression fitted to other speakers.

    All NaN if there are too few speakers, or if a training fold has only one outcome.
    """
    groups = speakers.to_numpy(str)
    if len(np.unique(groups)) < MIN_SPEAKERS:
        return np.full(len(right), np.nan)
    scores = np.full(len(right), np.nan)
    for train, test in GroupKFold(min(FOLDS, len(np.unique(groups)))).split(
        features, right, groups
    ):
        if right[train].all() or not right[train].any():
            return np.full(len(right), np.nan)
        model = make_pipeline(StandardScaler(), LogisticRegression())
        scores[test] = model.fit(features[train], right[train]).decision_function(features[test])
    return scores


CAPTION = (
    "Does a low score find misclassified clips? AUROC: chance that a correct clip has the higher "
    "score, 50 for a blind one. Average precision: of finding misclassified clips, their share for a "
    "blind score. Risk–coverage: mean share of errors when the surest clips are kept, lower is "
    "better. Gain: AUROC with plausibility minus without. Salient − region: AUROC of the salient segments' "
    "plausibility minus that of the region's, above 0 where saliency finds errors better; for control windows "
    "the matched salient segments stand in, both of the clips with controls alone; other windows: those "
    "not salient, of the clips that have some. All in per cent "
    f"[{INTERVAL}]; † {NO_INTERVAL}."
)
SCORES = {
    "plausibility_salient": "plausibility, salient segments",
    "plausibility_full": "plausibility, full speech",
    "plausibility_rest": "plausibility, other windows",
    "plausibility_random": "plausibility, random segments",
    "plausibility_loudest": "plausibility, loudest segments",
    "plausibility_salient_matched": "plausibility, matched salient segments",
    "plausibility_control": "plausibility, control segments",
    "max_probability": "largest probability",
    "entropy": "entropy",
    "margin": "margin of the two largest",
    "confidence": "these three, regression",
    "confidence_and_plausibility": "these and plausibility, regression",
}
SHOWN = {"auroc": "AUROC", "average_precision": "average precision", "aurc": "risk–coverage"}
SHOWN |= {"gain": "gain", "ahead": "salient − region"}
HEAD = ["corpus", "protocol", "method", "score", *SHOWN.values(), "clips, errors (speakers)"]


def shown(table: pd.DataFrame) -> Table:
    """Page table of `detection`, one row per score, in per cent; see `plausibility.page`."""
    rows = []
    columns = ["corpus", "protocol", "method", "target", "score"]
    for (corpus, protocol, method, target, score), of_score in table.groupby(columns, sort=False):
        by_measure = of_score.set_index("measure")
        cells = [
            render.cell(*(100 * by_measure.loc[measure, ["value", "ci_low", "ci_high"]]), 1)
            if measure in by_measure.index
            else "–"
            for measure in SHOWN
        ]
        first = of_score.iloc[0]
        clips = render.clips(f"{first.n_clips}, {first.n_errors}", first.n_speakers)
        texts = [corpus, protocol, render.method(method, target), SCORES[score]]
        rows.append([*texts, *cells, clips])
    return Table(CAPTION, HEAD, rows, n_texts=4)
