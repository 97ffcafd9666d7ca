"""Size, coverage and power of the tests of plausibility as a detector of errors.

Truths are those of `simulated_errors.simulated`: a relation to nothing, to the predicted class, to
confidence, to a trait of the speaker that goes with being recognised, and to whether a clip is right.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

import simulate
from sercues.evaluation import areas, error_detection
from sercues.stats import within
from sercues.stats.bootstrap import Resampling
from simulated_errors import CONDITIONS, rounded, simulated

SPEAKERS = (10, 20, 40)
EFFECT = 0.4  # of the condition clip, in standard deviations
AREA = "AUROC of plausibility, one class and speaker"
BEYOND = "AUROC of plausibility beyond confidence"
AHEAD = "AUROC of one region minus that of another"
AHEAD_OF_BLIND = "AUROC of a region minus that of a blind one"
DIFFERENCE = "plausibility of correct minus misclassified clips"
GAIN = "gain of a regression, fits as given"  # the workflow gives it neither interval nor p
WORDS = {
    "unrelated": "plausibility depends on nothing",
    "class": "plausibility depends on the predicted class",
    "confidence": "plausibility depends on confidence",
    "speaker": "plausibility is a trait of the speaker",
    "clip": f"plausibility is {EFFECT} SD higher in correct clips",
}


def area() -> float:
    """AUROC of the condition clip, minus 1/2: of rounded values whose means differ by `EFFECT`."""
    edges = np.arange(-10, 10, 0.5) - 0.25
    right, wrong = (np.diff(norm.cdf(edges - mean)) for mean in (EFFECT, 0))
    return right @ (np.cumsum(wrong) - wrong / 2) - 0.5


# true effects; None where it is not zero and not known in closed form
TRUTHS = {
    AREA: {"confidence": None, "clip": area()},
    BEYOND: {"clip": None},
    AHEAD: {},  # regions are alike in every condition
    AHEAD_OF_BLIND: {"confidence": None, "clip": area()},
    DIFFERENCE: {"confidence": None, "clip": EFFECT},
    GAIN: {"clip": None},
}


def tested(condition: str, n_speakers: int, seed) -> dict[str, tuple[float, float, float]]:
    """Lower and upper end of the effect's interval, and p, of every test of one simulated study."""
    data = simulated(condition, n_speakers=n_speakers, seed=seed, effect=EFFECT)
    clips = data.predictions
    confidence = error_detection.confidences(clips).to_numpy()
    regions = data.plausibility.pivot_table(
        index="clip_id", columns="region", values="plausibility"
    ).reindex(clips["clip_id"])
    salient, other = (regions[name].to_numpy() for name in ("salient", "random"))
    right, predicted = clips["correct"].to_numpy(bool), clips["predicted_emotion"].to_numpy(str)
    speakers = data.manifest["speaker"].to_numpy(str)
    blind = rounded(np.random.default_rng([*seed, 1]).normal(size=len(salient)))
    both = error_detection.regressions(confidence, salient, right, predicted, speakers)
    scores = [salient, other, blind, *both.values()]
    ranks = areas.ranks(np.column_stack(scores), predicted, speakers).T
    columns = {
        AREA: ranks[0],
        BEYOND: areas.unexplained(ranks[:1].T, confidence, predicted, speakers)[:, 0],
        AHEAD: ranks[0] - ranks[1],
        AHEAD_OF_BLIND: ranks[0] - ranks[2],
        GAIN: ranks[4] - ranks[3],
    }
    drawn = (right, predicted, speakers, Resampling(499, 1))
    compared = areas.within_speakers(np.column_stack(list(columns.values())), *drawn)
    found = {
        name: (*estimate[1:3], p)
        for name, estimate, p in zip(columns, compared.estimates, compared.p, strict=True)
    }
    means = within.compare(salient[:, None], right, speakers, drawn[-1], strata=predicted)
    return found | {DIFFERENCE: (*means.estimates[0][1:3], means.p[0])}


def rows(n_simulations: int, seed: int, speakers=SPEAKERS, conditions=CONDITIONS) -> pd.DataFrame:
    """Size and coverage where the effect is known, power where there is one; `simulate.COLUMNS`.

    Parameters
    ----------
    n_simulations : int
        Studies of each number of speakers and condition.
    seed : int
    speakers : sequence of int
    conditions : sequence of str
        From `CONDITIONS`.
    """
    found = []
    for n_speakers in speakers:
        for condition in conditions:
            number = CONDITIONS.index(condition)
            studies = [
                tested(condition, n_speakers, (seed, n_speakers, number, study))
                for study in range(n_simulations)
            ]
            for name, truths in TRUTHS.items():
                *ends, p = np.array([study[name] for study in studies]).T
                truth = truths.get(condition, 0.0)
                told = "not zero" if truth is None else f"{truth:.3g}"
                if name == GAIN and condition not in ("unrelated", "clip"):
                    continue
                where = (told, n_speakers, "not claimed" if name == GAIN else WORDS[condition])
                measure = "size" if truth == 0 else "power"
                rejected = simulate.rejects(p)
                found.append(simulate.share(f"sign flips: {name}", *where, measure, rejected))
                if truth is not None:
                    covered = simulate.covers(
                        [(truth, *pair) for pair in zip(*ends, strict=True)], truth
                    )
                    found.append(simulate.share(f"interval: {name}", *where, "coverage", covered))
    return simulate.frame(found)
