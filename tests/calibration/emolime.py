"""EmoLIME's intervals and p in simulated studies: for given classifiers and corpora, and for random ones.

In every study the speakers are new. Under a fixed null, classifiers and corpora stay the same and matter
as much as each other: what a classifier adds on a corpus is what the classifier of that corpus's number
adds on the corpus of its number. Under a random null they are new in every study, and vary alike.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

import simulate
from sercues.emolime import agreement, variance
from sercues.emolime.study import Study
from sercues.stats.bootstrap import Resampling

N, EMOTIONS, PARTS = 3, ("angry", "sad"), 7  # of classifiers, and of corpora
SPEAKERS = (8, 16)  # of each corpus
SHARE_DRAWS = 200  # bootstrap draws of shares
RESAMPLING = 299  # permutations and bootstrap draws of a study
OWN, FIT = 0.5, 0.4  # standard deviations: of a speaker, and of a fit on a clip
EFFECT = 0.6  # of a classifier, a corpus, or their combination
TESTS = {
    ("clip", agreement.ACROSS): "classifiers less corpora, clips: sign flips",
    ("clip", agreement.BEYOND): "corpora's share less classifiers', clips: sign flips",
    ("profile", agreement.ACROSS): "classifiers less corpora, profiles: permutation",
}
FIXED = "these classifiers and corpora, which matter alike"
NEITHER = "neither classifiers nor corpora matter"
RANDOM = "classifiers and corpora at random, which vary alike"
CORPORA = "corpora matter, classifiers do not"


def effects(truth: str, rng) -> np.ndarray:
    """What classifiers add on corpora, shape (classifier, corpus, emotion, part)."""
    classifier, corpus, both = (
        EFFECT * rng.standard_normal((*shape, len(EMOTIONS), PARTS))
        for shape in ((N, 1), (1, N), (N, N))
    )
    if truth == FIXED:
        return (both + both.swapaxes(0, 1)) / np.sqrt(2)
    return {NEITHER: 0 * both, RANDOM: classifier + corpus, CORPORA: 0 * both + corpus}[truth]


def study(added: np.ndarray, common: np.ndarray, speakers: int, rng, shared: float = 0) -> Study:
    """A study of new speakers, each with a clip per emotion.

    Explanations of a clip have in common what its emotion, classifier and corpus give them; the rest,
    partly equal in all clips of a speaker, is new for each classifier and fit. So the similarities of
    refits, classifiers, clips and corpora are the same unless `added` makes them differ, or `shared`,
    the standard deviation of a speaker, and of a clip, that all classifiers have in common.
    """
    rows, weights, fits = [], [], []
    for corpus in range(N):
        for speaker in range(speakers):
            own = OWN * rng.standard_normal((N, 3, PARTS)) + shared * rng.standard_normal(PARTS)
            for e, emotion in enumerate(EMOTIONS):
                rows.append(
                    (f"c{corpus}", f"{corpus}-{speaker}-{e}", emotion, f"{corpus} {speaker}")
                )
                given = (common[e] + added[:, corpus, e])[:, None] + own
                given = given + shared * rng.standard_normal(PARTS)
                weights.append(given + FIT * rng.standard_normal((N, 3, PARTS)))
                fits.append([3 * corpus + fit for fit in range(3) if fit != speaker % 3])
    clips = pd.DataFrame(rows, columns=["corpus", "clip_id", "emotion", "speaker"])
    arrays = np.array(weights)
    return Study(
        clips, [f"m{m}" for m in range(N)], arrays[:, :, 0], arrays[:, :, 1:], np.array(fits)
    )


def tested(truth: str, speakers: int, draws: int, seed: int) -> pd.DataFrame:
    """Rows of `agreement` on Pearson's correlation with a p, of `draws` studies."""
    rng = np.random.default_rng([seed, speakers, [FIXED, NEITHER, RANDOM, CORPORA].index(truth)])
    common = rng.standard_normal((len(EMOTIONS), PARTS))
    added = effects(truth, rng)
    found = []
    for number in range(draws):
        if truth in (RANDOM, CORPORA):
            added = effects(truth, rng)
        one = study(added, common, speakers, rng)
        resampling = Resampling(RESAMPLING, number)
        given = [*agreement.clip_rows(one, resampling), *profile_differences(one, resampling)]
        found += [row for row in given if row["measure"] == "pearson" and np.isfinite(row["p"])]
    return pd.DataFrame(found)


def profile_differences(one: Study, resampling: Resampling) -> Iterator[dict]:
    """The difference of profiles and its p, without the interval, which takes seconds."""
    cells = agreement.profiles(one, one.weights, np.ones((1, len(one.clips))))
    value = agreement.compare_profiles(cells)[agreement.ACROSS][0, 0]
    p = agreement.permuted(cells[0], resampling)[0]
    key = {"level": "profile", "comparison": agreement.ACROSS, "measure": "pearson"}
    yield key | {"value": value, "p": p, "ci_low": np.nan, "ci_high": np.nan}


def share_rows(draws: int, seed: int, speakers: int) -> Iterator[dict]:
    """Coverage of the intervals of `variance_components`, with classifiers and corpora that stay the same.

    The truth is the share in the mean of the estimated variances, which are unbiased.
    """
    rng = np.random.default_rng([seed, speakers])
    common = rng.standard_normal((len(EMOTIONS), PARTS))
    added = effects(RANDOM, rng)
    found = pd.concat(
        [
            pd.DataFrame(
                variance.component_rows(
                    study(added, common, speakers, rng, shared=OWN), Resampling(SHARE_DRAWS, number)
                )
            )
            for number in range(draws)
        ]
    )
    means = found.groupby("component", sort=False)["variance"].mean()
    truths = variance.ratios(means).clip(lower=0)
    for component, of_component in found.groupby("component", sort=False):
        truth = truths[component]
        inside = (of_component["ci_low"] <= truth) & (truth <= of_component["ci_high"])
        yield simulate.share(
            f"share of {component}", FIXED, speakers, "claimed", "coverage", inside
        )


def rows(
    draws: int, seed: int, speakers: tuple[int, ...] = SPEAKERS, shares: bool = True
) -> pd.DataFrame:
    """Size, power and coverage of the p and intervals of `agreement`, and of `variance_components`.

    Parameters
    ----------
    draws : int
        Simulated studies per truth and number of speakers.
    seed : int
    speakers : tuple of int
        Speakers of each of the three corpora.
    shares : bool
        With `share_rows`, which take a second per study.

    Returns
    -------
    pandas.DataFrame
        `simulate.COLUMNS`; n_speakers are of each corpus, and the condition is what the p claims there:
        'claimed' or 'not claimed'.
    """
    table = []
    for number in speakers:
        for truth in (NEITHER, FIXED, RANDOM, CORPORA):
            found = tested(truth, number, draws, seed)
            for (level, comparison), of_test in found.groupby(["level", "comparison"], sort=False):
                measures = {"power" if truth == CORPORA else "size": of_test["p"] < 0.05}
                if truth != CORPORA and of_test["ci_low"].notna().all():
                    measures["coverage"] = (of_test["ci_low"] <= 0) & (of_test["ci_high"] >= 0)
                for measure, hits in measures.items():
                    place = (TESTS[level, comparison], truth, number, condition(level, truth))
                    table.append(simulate.share(*place, measure, hits))
        if shares:
            table += share_rows(draws, seed, number)
    return simulate.frame(table)


def condition(level: str, truth: str) -> str:
    """Whether the captions claim a p for this truth: clips, of given classifiers and corpora; profiles, of none that matter."""
    claimed = (NEITHER, FIXED, CORPORA) if level == "clip" else (NEITHER, CORPORA)
    return "claimed" if truth in claimed else "not claimed"
