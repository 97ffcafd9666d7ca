"""Verdicts of the ledger where nothing is there: blind saliency, emotions that sound alike.

Every speaker expresses every emotion in a way of their own, but nothing is common to speakers, and the
salient windows are as good as any. Only a verdict of 'alike' is right then.
"""

import numpy as np
import pandas as pd

import simulate
from paths import CLAIMS
from sercues.analysis import claims, cue_claims, verdicts
from sercues.core import paper
from sercues.core.names import BASELINES, COUNTERPARTS, REGIONS
from sercues.core.statements import read
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues

EACH = 3  # clips of a speaker and emotion
EXPRESSION = 0.7  # standard deviation over speakers of what an emotion adds
CORRELATION = 0.5  # of the cues of a clip
SHARE = 0.4  # of windows that are salient, so part of the random ones
DIFFERS = ("direction", "difference", verdicts.CONJUNCTION)


def rows(n_simulations: int, seed: int, speakers=simulate.SPEAKERS) -> pd.DataFrame:
    """Share of ledgers with a false 'holds', and of those with any false verdict."""
    rng = np.random.default_rng(seed)
    statements = read(CLAIMS, claims.CLAIMS)
    found = []
    for shape in simulate.SHAPES:
        for n_speakers in speakers:
            holds, fails = [], []
            for _ in range(n_simulations):
                judged = ledger(blind_corpus(n_speakers, shape, rng), statements)
                differs = judged["kind"].isin(DIFFERS)
                holds.append((differs & (judged["verdict"] == verdicts.HOLDS)).any())
                # a direction that is not there does not hold, and its opposite neither
                wrong = (judged["kind"] == "direction") & (judged["verdict"] == verdicts.DOES_NOT)
                fails.append(wrong.any())
            where = (n_speakers, f"{shape}, blind saliency")
            found.append(simulate.share("ledger with a false 'holds'", 0, *where, "size", holds))
            found.append(simulate.share("ledger with a false 'does not'", 0, *where, "size", fails))
    return simulate.frame(found)


def ledger(cues: ClipCues, statements: dict) -> pd.DataFrame:
    """Judged claims about cues."""
    rows = cue_claims.cue_claims(
        cues,
        statements,
        emotions=paper.EMOTIONS,
        reach={"random": 1 - SHARE, "loudest": 1 - SHARE},
        resampling=simulate.RESAMPLING,
    )
    judged = verdicts.judged(rows)
    return pd.concat([judged, cue_claims.additions(judged, statements)], ignore_index=True)


def blind_corpus(n_speakers: int, shape: str, rng: np.random.Generator) -> ClipCues:
    """Clips of which half are correct; every region is the clip and noise of its own."""
    emotions = np.array(paper.EMOTIONS)
    speaker, emotion, _ = (
        index.ravel() for index in np.indices((n_speakers, len(emotions), 2 * EACH))
    )
    n, width = len(speaker), len(CUES)

    def noise(*size) -> np.ndarray:
        common = rng.standard_normal((*size, 1))
        own = rng.standard_normal((*size, width))
        return np.sqrt(CORRELATION) * common + np.sqrt(1 - CORRELATION) * own

    voice = 3 * noise(n_speakers)
    expression = simulate.effects(shape, EXPRESSION, (n_speakers, len(emotions), width), rng)
    clip = voice[speaker] + expression[speaker, emotion] + noise(n)
    # the bias of a window is skewed, too, and the same in all clips of a speaker
    bias = {
        region: simulate.effects(shape, 0.3, (n_speakers, width), rng)[speaker] + noise(n)
        for region in REGIONS
    }
    values = {region: pd.DataFrame(clip + bias[region], columns=list(CUES)) for region in REGIONS}
    # in expectation random windows hold the salient ones, too
    values["random"] = SHARE * values["salient"] + (1 - SHARE) * values["rest"]
    differences = {
        baseline: values[COUNTERPARTS.get(baseline, "salient")] - values[baseline]
        for baseline in BASELINES
    }
    correct = np.arange(n) % 2 == 0
    clips = pd.DataFrame(
        {
            "fold": 0,
            "seed": 1,
            "clip_id": [f"c{number:05d}" for number in range(n)],
            "target": "predicted_label",
            "true_emotion": emotions[emotion],
            "predicted_emotion": np.where(
                correct, emotions[emotion], emotions[(emotion + 1) % len(emotions)]
            ),
            "correct": correct,
            "speaker": [f"s{number:03d}" for number in speaker],
            "matched_share": 0.5,
        }
    )
    return ClipCues(clips, values, differences, values["salient"])
