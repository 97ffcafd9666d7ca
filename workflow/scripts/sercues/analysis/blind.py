"""What the ledger would say of windows chosen blindly, on the same clips.

If the choice is blind, the salient and the baseline windows of a speaker are exchangeable. So the signs of
all differences of a speaker are flipped at random, which keeps how cues and baselines go together, and
the verdicts are asked again.
"""

import numpy as np
import pandas as pd

from sercues.analysis.cue_claims import asked_of
from sercues.core import render, tables
from sercues.core.names import WINDOW_BASELINES
from sercues.core.render import Table
from sercues.cues.clips import ClipCues
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling, speaker_totals
from sercues.stats.permutation import LARGEST_Q

CHOICES = 200  # blind choices


def blind_table(cues: ClipCues, resampling: Resampling) -> pd.DataFrame:
    """Table `blind_verdicts` of one corpus, protocol and method: one row.

    Parameters
    ----------
    cues : ClipCues
        Of all explained clips; only maps of the predicted class enter.
    resampling : Resampling
        Sign flips of every test; the seed also of the blind choices.

    Returns
    -------
    pandas.DataFrame
        `tested` differences have a p, of which `holds` have q < `LARGEST_Q`; a blind choice gets
        `blind_mean` of these on average, and at least one in a share `blind_any` of the choices. Missing
        with too few speakers.
    """
    clips = cues.where(cues.clips["target"] == "predicted_label").per_clip()
    differences = pd.concat(
        [clips.differences[baseline][asked_of(baseline)] for baseline in WINDOW_BASELINES], axis=1
    ).to_numpy()
    speakers = clips.clips["speaker"].to_numpy(str)
    names = np.unique(speakers)
    sums, counts = np.hsplit(speaker_totals(differences, speakers, names), 2)
    n_speakers = (counts > 0).sum(axis=0)
    p = permutation.flipped_signs(sums, n_speakers, resampling)
    tested = np.isfinite(p)
    row = {"tested": int(tested.sum()), "holds": _holds(p), "choices": CHOICES}
    found = []
    if tested.any():
        rng = np.random.default_rng(resampling.seed)
        for _ in range(CHOICES):
            signs = rng.choice([-1.0, 1.0], len(names))
            blind = permutation.flipped_signs(signs[:, None] * sums, n_speakers, resampling)
            found.append(_holds(blind))
    mean, some = (np.mean(found), np.mean(np.array(found) > 0)) if found else (np.nan, np.nan)
    row |= {"blind_mean": float(mean), "blind_any": float(some)}
    return tables.of_rows([row | {"n_speakers": len(names)}], "blind_verdicts")


def _holds(p: np.ndarray) -> int:
    return int((permutation.false_discovery_rate(p) < LARGEST_Q).sum())


CAPTION = (
    "How many differences between salient and other windows a blind choice would pass off as real: "
    f"q < {LARGEST_Q:g} among all differences, for the method and for {CHOICES} blind choices, for which the "
    "signs of a speaker's differences are flipped at random. Goal: at least one in no more than 5 % of the "
    "choices."
)
HEAD = ["corpus", "protocol", "method", "differences tested", "hold"]
HEAD += ["hold by a blind choice, mean", "blind choices with at least one", "speakers"]


def shown(table: pd.DataFrame) -> Table:
    """Page table of `blind_verdicts`."""
    rows = []
    for row in table.itertuples():
        mean, some = (
            ("–", "–")
            if np.isnan(row.blind_mean)
            else (render.fixed(row.blind_mean, 2), f"{render.percent(row.blind_any)} %")
        )
        texts = [row.corpus, row.protocol, row.method]
        rows.append([*texts, str(row.tested), str(row.holds), mean, some, str(row.n_speakers)])
    return Table(CAPTION, HEAD, rows, n_texts=3)
