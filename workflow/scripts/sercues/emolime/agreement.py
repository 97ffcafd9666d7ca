"""Are explanations more alike across classifiers than across corpora?

This is the claim of EmoLIME (arXiv 2504.05368), which shows mean weights per emotion, classifier and
corpus but no numbers. Here these profiles are compared, and single clips, relative to the change from
another fit of the same classifier, on speakers of its own, and from another clip of the same corpus.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from sercues.core import tables
from sercues.emolime.study import Study
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import Estimate, Resampling

MEASURES = ("pearson", "spearman", "cosine", "top2")
TOP = 2  # parts with the largest weights
BLOCK = 500  # draws of the bootstrap at once
ACROSS = "classifiers less corpora"  # the difference the claim is about
BEYOND = "corpora's share less classifiers'"
# what else differs between two fits that share no training speaker
OF_REFITS = {name: f"refits and {name}" for name in ("classifiers", "clips", "corpora")}


def similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Similarity of two explanations.

    Parameters
    ----------
    first, second : arrays, shapes that broadcast to (..., n_parts)

    Returns
    -------
    numpy.ndarray, shape (..., 4)
        `MEASURES`: Pearson's and Spearman's correlation, cosine, and the share of common parts
        among the two largest. NaN if one is constant or missing.
    """
    missing = np.isnan(first).any(axis=-1) | np.isnan(second).any(axis=-1)
    ranks = [stats.rankdata(values, axis=-1) for values in (first, second)]
    chosen = [np.argsort(-values, axis=-1, kind="stable")[..., :TOP] for values in (first, second)]
    shared = (chosen[0][..., :, None] == chosen[1][..., None, :]).any(axis=-1).mean(axis=-1)
    measures = np.stack(
        [
            _cosine(*(values - values.mean(axis=-1, keepdims=True) for values in (first, second))),
            _cosine(*(rank - rank.mean(axis=-1, keepdims=True) for rank in ranks)),
            _cosine(first, second),
            np.where(missing, np.nan, shared),
        ],
        axis=-1,
    )
    measures[missing] = np.nan
    return measures


def _cosine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    size = np.sqrt((first**2).sum(axis=-1) * (second**2).sum(axis=-1))
    inner = (first * second).sum(axis=-1)
    return np.divide(inner, size, out=np.full_like(inner, np.nan), where=size > 0)


# --- profiles: mean weights per classifier, corpus and emotion -----------------------------------


def profiles(study: Study, weights: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Mean weights of the clips of each corpus and emotion.

    Parameters
    ----------
    study : Study
    weights : numpy.ndarray, shape (n_clips, n_classifiers, n_parts)
    times : numpy.ndarray, shape (draws, n_clips)
        How often each clip counts.

    Returns
    -------
    numpy.ndarray, shape (draws, n_classifiers, n_corpora, n_emotions, n_parts)
        NaN for a cell without clips.
    """
    corpora, emotions = _axes(study)
    shape = (len(times), weights.shape[1], len(corpora), len(emotions), weights.shape[2])
    means = np.full(shape, np.nan)
    for c, corpus in enumerate(corpora):
        for e, emotion in enumerate(emotions):
            members = (
                (study.clips["corpus"] == corpus) & (study.clips["emotion"] == emotion)
            ).to_numpy()
            present = ~np.isnan(weights[members]).any(axis=2)
            total = np.einsum("dn,nmp->dmp", times[:, members], np.nan_to_num(weights[members]))
            count = (times[:, members] @ present)[..., None]
            np.divide(total, count, out=means[:, :, c, e], where=count > 0)
    return means


def _axes(study: Study) -> tuple[list[str], list[str]]:
    return sorted(study.clips["corpus"].unique()), sorted(study.clips["emotion"].unique())


def compare_profiles(cells: np.ndarray) -> dict[str, np.ndarray]:
    """Similarity of profiles across classifiers and across corpora, emotion by emotion.

    Parameters
    ----------
    cells : numpy.ndarray, shape (draws, n_classifiers, n_corpora, n_emotions, n_parts)

    Returns
    -------
    dict
        `classifiers`, `corpora` and their difference `ACROSS`, each of shape (draws, 4).
    """
    similarities = {}
    for name, axis in (("classifiers", 1), ("corpora", 2)):
        pairs = list(combinations(range(cells.shape[axis]), 2))
        alike = [similarity(*(cells.take(i, axis) for i in pair)) for pair in pairs]
        if alike:
            similarities[name] = _mean(np.stack(alike), (0, 2, 3))
        else:
            similarities[name] = np.full((len(cells), len(MEASURES)), np.nan)
    return similarities | {ACROSS: similarities["classifiers"] - similarities["corpora"]}


def permuted(cells: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Two-sided p of `ACROSS` if neither classifier nor corpus mattered.

    Profiles are permuted among the cells of each emotion.

    Parameters
    ----------
    cells : numpy.ndarray, shape (n_classifiers, n_corpora, n_emotions, n_parts)
    resampling : Resampling

    Returns
    -------
    numpy.ndarray, shape (4,)
        One per measure; NaN with a single classifier or corpus.
    """
    n_classifiers, n_corpora, n_emotions, n_parts = cells.shape
    if n_classifiers < 2 or n_corpora < 2:
        return np.full(len(MEASURES), np.nan)
    flat = cells.reshape(n_classifiers * n_corpora, n_emotions, n_parts)
    alike = similarity(flat[:, None], flat[None])  # cell × cell × emotion × measure
    classifier, corpus = np.divmod(np.arange(len(flat)), n_corpora)
    kinds = []
    for same, other in ((corpus, classifier), (classifier, corpus)):
        first, second = np.nonzero((same[:, None] == same) & (other[:, None] < other))
        kinds.append((first, second))
    draws, seed = resampling
    rng = np.random.default_rng(seed)
    orders = np.tile(np.arange(len(flat)), (draws + 1, n_emotions, 1))
    orders[1:] = rng.permuted(orders[1:], axis=2)
    emotion = np.arange(n_emotions)[:, None]
    means = []
    for first, second in kinds:
        dealt = alike[orders[..., first], orders[..., second], emotion]
        means.append(_mean(dealt, (1, 2)))
    reached = np.abs(means[0] - means[1])
    return ((reached[1:] >= reached[0] - 1e-12).sum(axis=0) + 1) / (draws + 1)


def drawn_clips(clips: pd.DataFrame, resampling: Resampling) -> np.ndarray:
    """How often each clip counts in every draw of the hierarchical bootstrap.

    In each corpus speakers are drawn with replacement, then clips of each drawn speaker.

    Returns
    -------
    numpy.ndarray of float, shape (draws, n_clips)
    """
    draws, seed = resampling
    rng = np.random.default_rng(seed)
    times = np.zeros((draws, len(clips)))
    for _, corpus in clips.groupby("corpus"):
        members = [list(rows.index) for _, rows in corpus.groupby("speaker")]
        picked = rng.integers(len(members), size=(draws, len(members)))
        for draw, speakers in enumerate(picked):
            for speaker in speakers:
                clips_of = members[speaker]
                np.add.at(times[draw], rng.choice(clips_of, len(clips_of)), 1)
    return times


def profile_rows(study: Study, resampling: Resampling) -> Iterator[dict]:
    """Rows of the table `emolime` for profiles, with hierarchical intervals.

    Clips drawn twice make profiles noisier, so less alike, than those of the study. Draws are
    corrected for this bias (Efron & Tibshirani 1993, chapter 10).
    """
    once = np.ones((1, len(study.clips)))
    cells = profiles(study, study.weights, once)
    similarities = compare_profiles(cells)
    similarities["refits"] = _refit(study, once)
    draws = {name: [] for name in similarities}
    times = drawn_clips(study.clips, resampling)
    for start in range(0, len(times), BLOCK):
        block = times[start : start + BLOCK]
        for name, values in compare_profiles(profiles(study, study.weights, block)).items():
            draws[name].append(values)
        draws["refits"].append(_refit(study, block))
    n_speakers = study.clips["speaker"].nunique()
    p = {ACROSS: permuted(cells[0], resampling)}
    for name, values in similarities.items():
        drawn = np.concatenate(draws[name])
        drawn += values[0] - _mean(drawn, 0)
        # a similarity is at most 1, a difference of two at most 2
        drawn = np.clip(drawn, *((-2, 2) if name == ACROSS else (-1, 1)))
        for m, measure in enumerate(MEASURES):
            estimate = Estimate(
                values[0, m],
                *bootstrap.interval(drawn[:, m], n_speakers),
                len(study.clips),
                n_speakers,
            )
            tested = float(p[name][m]) if name in p else np.nan
            yield _row("profile", name, measure, estimate, tested)


def _refit(study: Study, times: np.ndarray) -> np.ndarray:
    """Similarity of the profiles of two fits of a classifier on the same clips, shape (draws, 4).

    Clips with the same two fits have profiles of their own, for these two to be compared.
    """
    alike = []
    for fits in np.unique(study.fits[study.fits[:, 0] >= 0], axis=0):
        own = (study.fits == fits).all(axis=1)
        refits = np.where(own[:, None, None, None], study.refits, np.nan)
        alike.append(similarity(*(profiles(study, refits[:, :, fit], times) for fit in (0, 1))))
    if not alike:
        return np.full((len(times), len(MEASURES)), np.nan)
    return _mean(np.stack(alike), (0, 2, 3, 4))


def _mean(values: np.ndarray, axis) -> np.ndarray:
    """Mean of the values that are not NaN; NaN if there are none."""
    present = ~np.isnan(values)
    total, count = np.nansum(values, axis=axis), present.sum(axis=axis)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


# --- clip by clip --------------------------------------------------------------------------------


def per_clip(study: Study) -> dict[str, np.ndarray]:
    """Each clip's contribution to the mean similarities, shape (n_clips, 4) each.

    Returns
    -------
    dict
        Means over clips are the similarity of an explanation to that of `classifiers`: another
        classifier, same clip; `clips`: same classifier, corpus and emotion, another speaker's clip;
        `corpora`: same classifier and emotion, another corpus; `emotions`: same classifier and
        corpus, another speaker's clip of another emotion. `refits`: another fit of the classifier,
        same clip; `OF_REFITS`: another fit and another classifier, clip or corpus.
    """
    weights, clips = study.weights, study.clips
    pairs = list(combinations(range(weights.shape[1]), 2))
    one, two = study.refits[:, :, 0], study.refits[:, :, 1]
    nothing = np.full((1, len(clips), len(MEASURES)), np.nan)  # without a second classifier
    across = [similarity(weights[:, m], weights[:, n]) for m, n in pairs]
    across_refits = [
        similarity(*fits)
        for m, n in pairs
        for fits in ((one[:, m], two[:, n]), (two[:, m], one[:, n]))
    ]
    similarities = {
        "refits": _mean(similarity(one, two), 1),
        "classifiers": _mean(np.stack(across or nothing), 0),
        OF_REFITS["classifiers"]: _mean(np.stack(across_refits or nothing), 0),
    }
    same = {
        name: clips[name].to_numpy()[:, None] == clips[name].to_numpy()
        for name in ("corpus", "emotion", "speaker")
    }
    others = {
        "clips": same["corpus"] & same["emotion"] & ~same["speaker"],
        "corpora": ~same["corpus"] & same["emotion"],
        "emotions": same["corpus"] & ~same["emotion"] & ~same["speaker"],
    }
    # one classifier at a time, to save memory
    alike = [similarity(weights[:, None, m], weights[None, :, m]) for m in range(weights.shape[1])]
    similarities |= {name: _of_pairs(alike, chosen) for name, chosen in others.items()}
    alike = [_between(study, m) for m in range(weights.shape[1])]
    return similarities | {
        OF_REFITS[name]: _of_pairs(alike, others[name]) for name in ("clips", "corpora")
    }


def _between(study: Study, classifier: int) -> np.ndarray:
    """Similarity of every clip to every clip, mean over their different fits, shape (n, n, 4)."""
    refits, fits = study.refits[:, classifier], study.fits
    alike = {
        pair: np.where(
            (fits[:, None, pair[0]] == fits[None, :, pair[1]])[..., None],
            np.nan,
            similarity(refits[:, None, pair[0]], refits[None, :, pair[1]]),
        )
        for pair in ((0, 0), (0, 1), (1, 1))
    }
    return _mean(np.stack([*alike.values(), alike[0, 1].swapaxes(0, 1)]), 0)


def _of_pairs(alike: list[np.ndarray], chosen: np.ndarray) -> np.ndarray:
    """Each clip's contribution to the mean similarity of pairs of clips.

    A clip is compared with others, and others with it. So its contribution is its mean similarity to
    them plus its effect on theirs: the influence function of the mean over pairs (Efron & Tibshirani
    1993, chapter 21). The effects sum to zero, so the mean is unchanged; without them, intervals
    between corpora cover 75 % instead of 95 %.

    Parameters
    ----------
    alike : list of numpy.ndarray, shape (n_clips, n_clips, 4)
        Similarity by classifier.
    chosen : numpy.ndarray of bool, shape (n_clips, n_clips)
        Pairs to compare, symmetric.

    Returns
    -------
    numpy.ndarray, shape (n_clips, 4)
    """
    pairs = [np.where(chosen[..., None], values, np.nan) for values in alike]
    means = np.stack([_mean(values, 1) for values in pairs])
    n_classifiers = (~np.isnan(means)).sum(axis=0)
    lifted = np.zeros(means.shape[1:])
    for values, mean in zip(pairs, means, strict=True):
        share = (~np.isnan(values)).sum(axis=1) * n_classifiers
        lifted += np.nansum((values - mean[:, None]) / np.maximum(share, 1)[:, None], axis=0)
    return _mean(means, 0) + lifted


def _within_corpora(values: np.ndarray, clips: pd.DataFrame) -> np.ndarray:
    """`values` without the differences between corpora, with the same mean.

    Only speakers are a sample, corpora are not: a bootstrap of these values over all speakers spreads
    like one over the speakers of each corpus.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_clips, n_columns)
    clips : pandas.DataFrame
        Columns corpus and speaker.
    """
    centred = np.array(values)
    everyone = max(2, clips["speaker"].nunique())
    for _, rows in clips.groupby("corpus"):
        speakers = max(2, rows["speaker"].nunique())
        # few speakers spread too little about their mean
        widened = bootstrap.small_sample_factor(speakers) / bootstrap.small_sample_factor(everyone)
        centred[rows.index] = (values[rows.index] - _mean(values[rows.index], 0)) * widened
    return centred + _mean(values, 0)


def clip_rows(study: Study, resampling: Resampling) -> Iterator[dict]:
    """Rows of the table `emolime` for clips: means, and the two differences of the claim.

    `ACROSS` is the claim itself. `BEYOND` corrects it: the loss of similarity from another clip of the
    same corpus to another corpus, minus the loss from another fit to another classifier. All of its
    four similarities are between fits that share no training speaker, so that none is higher only
    because two fits heard the same speakers.

    Intervals are from a bootstrap over speakers with all their clips. Clips are not resampled within a
    speaker, because speakers already vary by their clips (Davison & Hinkley 1997, §3.8).
    """
    similarities = per_clip(study)
    similarities[ACROSS] = similarities["classifiers"] - similarities["corpora"]
    similarities[BEYOND] = (
        similarities[OF_REFITS["clips"]] - similarities[OF_REFITS["corpora"]]
    ) - (similarities["refits"] - similarities[OF_REFITS["classifiers"]])
    speakers = study.clips["speaker"].to_numpy(str)
    for name, values in similarities.items():
        values = _within_corpora(values, study.clips)
        p = np.full(len(MEASURES), np.nan)
        if name in (ACROSS, BEYOND):
            p = permutation.sign_flip(values, speakers, resampling)
        for measure, estimate, tested in zip(
            MEASURES, bootstrap.means(values, speakers, resampling), p, strict=True
        ):
            yield _row("clip", name, measure, estimate, tested)


def _row(level: str, comparison: str, measure: str, estimate: Estimate, p: float) -> dict:
    key = {"level": level, "comparison": comparison, "measure": measure, "p": p}
    return key | estimate.columns()


# --- tables --------------------------------------------------------------------------------------


def agreement_table(
    studies: dict[str, Study], published: pd.DataFrame, resampling: Resampling
) -> pd.DataFrame:
    """Table `emolime`.

    Parameters
    ----------
    studies : dict
        By source: 'this study', and 'as published' with weights from the published algorithm.
    published : pandas.DataFrame
        Values read off the published figure: corpus, classifier, emotion, part and weight.
    resampling : Resampling
        Bootstraps and permutations.
    """
    rows = []
    for source, study in studies.items():
        both = (profile_rows(study, resampling), clip_rows(study, resampling))
        rows += [{"source": source} | row for of_level in both for row in of_level]
    cells = published_cells(published)
    p = permuted(cells, resampling)
    for name, values in compare_profiles(cells[None]).items():
        for m, measure in enumerate(MEASURES):
            estimate = Estimate(values[0, m], np.nan, np.nan, 0, 0)
            tested = float(p[m]) if name == ACROSS else np.nan
            rows.append(
                {"source": "published figure"} | _row("profile", name, measure, estimate, tested)
            )
    table = pd.DataFrame(rows, columns=tables.columns("agreement"))
    return table[table["value"].notna()]


def published_cells(published: pd.DataFrame) -> np.ndarray:
    """The published profiles, shape (n_classifiers, n_corpora, n_emotions, n_parts)."""
    ordered = published.sort_values(["classifier", "corpus", "emotion", "part"])
    shape = [ordered[name].nunique() for name in ("classifier", "corpus", "emotion", "part")]
    return ordered["weight"].to_numpy(float).reshape(shape)
