"""Size, coverage and power of the tests of plausibility as a detector of errors.

Truths are those of `simulated_errors.simulated`: a relation to nothing, to the predicted class, to
confidence, to a trait of the speaker that goes with being recognised, and to whether a clip is right.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from sercues.evaluation import areas, error_detection
from sercues.stats import within
from sercues.stats.bootstrap import Resampling
from simulated_errors import CONDITIONS, rounded, simulated

SPEAKERS = (10, 20, 40)
EFFECT = 0.4  # of the condition clip, in standard deviations
LEVEL = 0.05
AREA, BEYOND, AHEAD, DIFFERENCE = (
    "auroc_within_speaker",
    "auroc_beyond_confidence",
    "ahead",
    "difference",
)
AHEAD_OF_BLIND = "ahead of a blind region"
GAIN = "gain"  # with the interval and p that the workflow does not report, as it takes the fits as given


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
COLUMNS = ["test", "truth", "n_speakers", "condition", "measure", "value", "se", "n_simulations"]


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


def rows(draws: int, seed: int, speakers=SPEAKERS, conditions=CONDITIONS) -> pd.DataFrame:
    """Size and coverage where the effect is known, and power where there is one.

    Parameters
    ----------
    draws : int
        Simulated studies of each number of speakers and condition.
    seed : int
    speakers : sequence of int
    conditions : sequence of str
        From `CONDITIONS`.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; `truth` is the effect, NaN where it is not zero and not known; `se` is the
        Monte-Carlo standard error.
    """
    table = []
    for n_speakers in speakers:
        for number, condition in enumerate(CONDITIONS):
            if condition not in conditions:
                continue
            studies = [
                tested(condition, n_speakers, (seed, n_speakers, number, study))
                for study in range(draws)
            ]
            for name in TRUTHS:
                low, high, p = np.array([study[name] for study in studies]).T
                truth = TRUTHS[name].get(condition, 0.0)
                shares = {"size" if truth == 0 else "power": p <= LEVEL}
                if truth is not None:
                    shares["coverage"] = (low <= truth) & (truth <= high)
                for measure, hits in shares.items():
                    share = hits.mean()
                    error = np.sqrt(share * (1 - share) / draws)
                    truth_of = np.nan if truth is None else truth
                    of_study = [name, truth_of, n_speakers, condition, measure]
                    table.append([*of_study, share, error, draws])
    return pd.DataFrame(table, columns=COLUMNS)
