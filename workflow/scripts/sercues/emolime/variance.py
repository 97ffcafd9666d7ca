"""How much of the variance of band weights do classifiers, corpora, speakers and clips account for?

Crossed random effects, estimated by quadratic forms: MINQUE with prior weights (Rao 1971, Journal of
Multivariate Analysis 1, 257-275), which on balanced data are the estimates of the analysis of variance
(Searle, Casella & McCulloch 1992, chapters 4 and 11). Restricted maximum likelihood (statsmodels) gives
the same on balanced data, but takes minutes for a thousand weights, and stops where a variance is zero.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sercues.core import tables
from sercues.emolime.study import Study
from sercues.stats import bootstrap
from sercues.stats.bootstrap import Estimate, Resampling

# factors whose combinations are the levels of each component, in the order of the table
COMPONENTS = {
    "classifier": ["classifier"],
    "corpus": ["corpus"],
    "emotion": ["emotion"],
    "classifier × corpus": ["classifier", "corpus"],
    "classifier × emotion": ["classifier", "emotion"],
    "corpus × emotion": ["corpus", "emotion"],
    "classifier × corpus × emotion": ["classifier", "corpus", "emotion"],
    "speaker": ["speaker"],
    "classifier × speaker": ["classifier", "speaker"],
    "clip": ["clip"],
    "residual": ["classifier", "clip"],
}
# of two components that the data cannot tell apart, the earlier one here is kept
PRECEDENCE = [
    "residual",
    "clip",
    *(name for name in COMPONENTS if name not in ("residual", "clip")),
]
NESTED = {"clip": {"speaker", "corpus", "emotion"}, "speaker": {"corpus"}}  # what a level implies
ALIKE = 1e-9  # share of a component's information that others leave, below which it is left out
MAX_DRAWS = 1000  # of the bootstrap: enough for two digits of a share


def _factors(names: list[str]) -> frozenset[str]:
    """`names` without those that others imply."""
    return frozenset(names) - set().union(*(NESTED.get(name, ()) for name in names))


# factors whose levels are those of two components together
JOINT = {
    (one, two): _factors(COMPONENTS[one] + COMPONENTS[two])
    for one in COMPONENTS
    for two in COMPONENTS
}


def variances(weights: np.ndarray, factors: dict[str, np.ndarray]) -> pd.Series:
    """Variance components of weights, summed over bands.

    Every band has a mean of its own, so the profile that all explanations have in common is no part
    of the variance. The sum over bands is the trace of each component's covariance matrix.

    Parameters
    ----------
    weights : numpy.ndarray, shape (n, n_parts)
        Without missing values.
    factors : dict of numpy.ndarray of int, shape (n,)
        classifier, corpus, emotion, speaker (unique over corpora) and clip, each counted from 0.

    Returns
    -------
    pandas.Series
        By component; unbiased, so perhaps below zero. Components that cannot be told from others are
        missing: those count as part of the first of `PRECEDENCE` among them.
    """
    levels = _Levels(factors)
    # speakers count alike, whatever their numbers of clips; a corpus of two does not rule the result
    prior = 1 / np.bincount(factors["speaker"])[factors["speaker"]]
    prior /= prior.sum()
    centred = prior[:, None] * (weights - prior @ weights)
    codes = [levels.of(JOINT[name, name])[0] for name in PRECEDENCE]
    totals = [np.bincount(code, prior) for code in codes]
    sizes = [total @ total for total in totals]
    squares = np.zeros(len(codes))
    information = np.zeros((len(codes), len(codes)))
    for i, one in enumerate(PRECEDENCE):
        sums = np.concatenate([np.bincount(codes[i], column) for column in centred.T])
        squares[i] = sums @ sums
        for j, two in enumerate(PRECEDENCE[: i + 1]):
            # squared norm of the table of both, less the product of its margins
            both, rows = levels.of(JOINT[one, two])
            table = np.bincount(both, prior)
            product = totals[i][codes[i][rows]] * totals[j][codes[j][rows]]
            norm = table @ table - 2 * (table @ product) + sizes[i] * sizes[j]
            information[i, j] = information[j, i] = norm
    kept = _told_apart(information)
    solved = np.linalg.solve(information[np.ix_(kept, kept)], squares[kept])
    found = dict(zip([PRECEDENCE[i] for i in kept], solved, strict=True))
    return pd.Series({name: found[name] for name in COMPONENTS if name in found}, dtype=float)


class _Levels:
    """Levels of factors and of their combinations."""

    def __init__(self, factors: dict[str, np.ndarray]):
        self.factors = factors
        self.known: dict[frozenset, tuple[np.ndarray, np.ndarray]] = {}

    def of(self, names: frozenset[str]) -> tuple[np.ndarray, np.ndarray]:
        """Level of each row, from 0, and a row of each level."""
        if names not in self.known:
            level = np.zeros(len(self.factors["clip"]), dtype=np.int64)
            for name in sorted(names):
                level = level * (self.factors[name].max() + 1) + self.factors[name]
            _, rows, codes = np.unique(level, return_index=True, return_inverse=True)
            self.known[names] = codes, rows
        return self.known[names]


def _told_apart(information: np.ndarray) -> list[int]:
    """Rows of a Gram matrix that are not combinations of earlier ones."""
    kept, left = [], information.copy()
    for i, own in enumerate(np.diag(information)):
        if left[i, i] > ALIKE * own > 0:
            kept.append(i)
            left -= np.outer(left[:, i], left[i]) / left[i, i]
    return kept


def ratios(components: pd.Series) -> pd.Series:
    """Components relative to the sum of those above zero.

    Below zero where the estimate is, which is chance: such a component counts as zero, so that shares
    are these ratios or zero, and sum to one.
    """
    return components / components.clip(lower=0).sum()


def component_rows(study: Study, resampling: Resampling) -> Iterator[dict]:
    """Rows of the table `variance_components`, without their source.

    Intervals are from a bootstrap over the speakers of each corpus, corrected for its bias as those of
    profiles are. Classifiers, corpora and emotions stay as they are in every draw.
    """
    present = ~np.isnan(study.weights).any(axis=2)
    clip, classifier = np.nonzero(present)
    values = study.weights[clip, classifier]
    labels = study.clips.iloc[clip][["corpus", "emotion", "speaker"]]
    factors = {name: np.unique(labels[name], return_inverse=True)[1] for name in labels}
    factors |= {"clip": np.unique(clip, return_inverse=True)[1], "classifier": classifier}
    components = variances(values, factors)
    if not (components > 0).any():
        return
    n_clips, n_speakers = (int(factors[name].max()) + 1 for name in ("clip", "speaker"))
    drawn = pd.DataFrame(columns=components.index, dtype=float)
    if n_speakers >= bootstrap.MIN_SPEAKERS:
        drawn = pd.DataFrame(
            [ratios(variances(*one)) for one in redrawn(values, factors, resampling)]
        ).reindex(columns=components.index)
    widened = _widened(factors) / bootstrap.small_sample_factor(max(2, n_speakers))
    for name, ratio in ratios(components).items():
        draws = drawn[name].dropna().to_numpy(float)
        if len(draws):
            # a draw with the same speaker twice differs less between speakers
            draws = np.clip(ratio + widened * (draws - draws.mean()), 0, 1)
        ends = bootstrap.interval(draws, n_speakers)
        estimate = Estimate(max(ratio, 0.0), *ends, n_clips, n_speakers)
        levels = len(_Levels(factors).of(JOINT[name, name])[1])
        yield {
            "component": name,
            "levels": levels,
            "variance": components[name],
            **estimate.columns(),
        }


def _widened(factors: dict[str, np.ndarray]) -> float:
    """Factor by which draws within corpora spread too little, mean over speakers (root mean square)."""
    _, rows = np.unique(factors["speaker"], return_index=True)
    corpus = factors["corpus"][rows]
    of_corpus = np.maximum(2, np.bincount(corpus))
    return np.sqrt(np.mean(bootstrap.small_sample_factor(of_corpus)[corpus] ** 2))


def redrawn(
    values: np.ndarray, factors: dict[str, np.ndarray], resampling: Resampling
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """`values` and `factors` of speakers drawn with replacement within their corpus.

    A speaker drawn twice counts as two speakers with clips of their own.
    """
    draws, seed = resampling
    rng = np.random.default_rng(seed)
    n_speakers, n_clips = (factors[name].max() + 1 for name in ("speaker", "clip"))
    rows = [np.flatnonzero(factors["speaker"] == speaker) for speaker in range(n_speakers)]
    corpus = np.array([factors["corpus"][own[0]] for own in rows])
    of_corpus = [np.flatnonzero(corpus == number) for number in range(corpus.max() + 1)]
    for _ in range(min(draws, MAX_DRAWS)):
        picked = np.concatenate([rng.choice(speakers, len(speakers)) for speakers in of_corpus])
        line = np.concatenate([rows[speaker] for speaker in picked])
        copy = np.repeat(np.arange(len(picked)), [len(rows[speaker]) for speaker in picked])
        again = {name: codes[line] for name, codes in factors.items()}
        yield values[line], again | {"speaker": copy, "clip": again["clip"] + n_clips * copy}


def variance_table(studies: dict[str, Study], resampling: Resampling) -> pd.DataFrame:
    """Table `variance_components`.

    Parameters
    ----------
    studies : dict
        By source, as in `agreement_table`.
    resampling : Resampling
        Bootstrap of the intervals; at most `MAX_DRAWS` draws are used.
    """
    rows = [
        {"source": source} | row
        for source, study in studies.items()
        for row in component_rows(study, resampling)
    ]
    return tables.of_rows(rows, "variance_components").reindex(
        columns=tables.columns("variance_components")
    )
