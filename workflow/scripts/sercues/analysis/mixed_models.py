"""Check of Table 2 by a linear mixed model instead of sign flips.

Both regions come from one clip, so their paired difference is modelled: difference ~ emotion, with random
intercepts for speaker and speaker × emotion, by restricted maximum likelihood (statsmodels), and Student's t
with one degree of freedom less than speakers. Unlike the sign flips it pools the variances of emotions and
assumes normal residuals.
"""

import itertools
import logging
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sercues.core import render, tables
from sercues.core.names import WINDOW_BASELINES
from sercues.core.render import Page, Table, Text
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues
from sercues.cues.labels import LABELS
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling
from sercues.stats.level import LEVEL
from sercues.stats.permutation import MIN_SPEAKERS

log = logging.getLogger("sercues")

Q = {"q": "p", "permutation_q": "permutation_p"}
FEWEST_CLIPS = 3  # fewest clips of an emotion in a model


def mixed_table(
    cues: ClipCues,
    *,
    emotions: Sequence[str],
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `mixed` of one corpus, protocol and method.

    Parameters
    ----------
    cues : ClipCues
        Of all explained clips; only correctly classified ones enter.
    emotions : sequence of str
        Emotions of the model.
    resampling : Resampling
        Sign flips of the test that the model is compared with.

    Returns
    -------
    pandas.DataFrame
        Per baseline, emotion and cue: the model's estimate of salient minus other, random or loudest
        windows, or matched salient minus control, with interval and p; the p of
        `cue_tables.cue_table` (sign flips over speakers); whether both agree at the level of the
        intervals; and q of either p over the baselines × emotions × cues of an explained class. No
        rows if there are too few speakers.
    """
    right = cues.where(cues.clips["correct"] & cues.clips["true_emotion"].isin(emotions))
    rows = []
    for target in sorted(right.clips["target"].unique()):
        of_target = right.where(right.clips["target"] == target)
        groups = {
            emotion: of_target.where(of_target.clips["true_emotion"] == emotion).per_clip()
            for emotion in emotions
        }
        if not groups:
            continue
        flips = {emotion: _sign_flips(group, resampling) for emotion, group in groups.items()}
        for baseline, cue in itertools.product(WINDOW_BASELINES, CUES):
            # emotions with few clips with controls do not enter the model of control windows
            enough = {
                emotion: group
                for emotion, group in groups.items()
                if group.differences[baseline][cue].notna().sum() >= FEWEST_CLIPS
            }
            if not enough:
                continue
            fit = fitted(_differences(enough, cue, baseline), f"{cue} against {baseline}")
            if fit is None:
                continue
            for emotion, group in enough.items():
                difference = group.differences[baseline][cue]
                p = flips[emotion][baseline, cue]
                estimate, low, high, model_p = fit.difference(emotion)
                if not np.isfinite(p) or not np.isfinite(model_p):
                    continue
                rows.append(
                    {"target": target, "baseline": baseline}
                    | {"emotion": emotion, "cue": cue}
                    | {"estimate": estimate, "ci_low": low, "ci_high": high, "p": model_p}
                    | {"permutation_estimate": difference.mean(), "permutation_p": p}
                    | {"agree": (model_p < 1 - LEVEL) == (p < 1 - LEVEL)}
                    | {"n_clips": int(difference.notna().sum())}
                )
    table = tables.of_rows(rows, "mixed")
    for q, p in Q.items():
        table = permutation.with_q(table, ["target"], p, q)
    return table


def _sign_flips(group: ClipCues, resampling: Resampling) -> dict[tuple[str, str], float]:
    """p of the differences of a group of clips by baseline and cue, as in Table 2."""
    deltas = pd.concat({name: group.differences[name] for name in WINDOW_BASELINES}, axis=1)
    p = permutation.sign_flip(deltas.to_numpy(), group.clips["speaker"], resampling)
    return dict(zip(deltas.columns, p, strict=True))


def _differences(groups: dict[str, ClipCues], cue: str, baseline: str) -> pd.DataFrame:
    """Data of `fitted`: paired differences of a cue from a baseline."""
    parts = [
        group.clips[["clip_id", "speaker"]].assign(
            emotion=emotion, difference=group.differences[baseline][cue]
        )
        for emotion, group in groups.items()
    ]
    return pd.concat(parts).dropna(subset="difference").sort_values("clip_id", ignore_index=True)


class Fit(NamedTuple):
    """Mean difference of each emotion in a fitted model.

    Attributes
    ----------
    means, errors : pandas.Series
        Estimate and standard error by emotion.
    n_speakers : pandas.Series
        Speakers with clips of the emotion, for the degrees of freedom.
    scale : float
        Factor that converts means and errors to the unit of the cue.
    """

    means: pd.Series
    errors: pd.Series
    n_speakers: pd.Series
    scale: float

    def difference(self, emotion: str) -> tuple[float, float, float, float]:
        """Mean difference of an emotion, its interval and two-sided p by Student's t."""
        if emotion not in self.means.index:
            return (np.nan,) * 4
        value, error, free = self.means[emotion], self.errors[emotion], self.n_speakers[emotion] - 1
        if not error > 0 or free < MIN_SPEAKERS - 1:
            return (np.nan,) * 4
        reach = stats.t.ppf((1 + LEVEL) / 2, free) * error
        p = 2 * stats.t.sf(abs(value) / error, free)
        ends = (self.scale * number for number in (value, value - reach, value + reach))
        return (*ends, float(p))


def fitted(data: pd.DataFrame, what: str) -> Fit | None:
    """Fit the model of one cue; None if there are too few speakers or it does not converge.

    Parameters
    ----------
    data : pandas.DataFrame
        One row per clip, of an index without gaps: speaker, emotion and the paired difference.
    what : str
        Cue and baseline, for the log.
    """
    # imported here because it takes a second and only this table needs it
    import statsmodels.formula.api as formulas

    scale = data["difference"].std()
    if data["speaker"].nunique() < MIN_SPEAKERS or not scale > 0:
        return None
    data = data.assign(difference=data["difference"] / scale, one=1)
    # as variance components, for a random intercept stops the fit where its variance is zero
    parts = {"speaker": "0 + one"}
    if data["emotion"].nunique() > 1:
        parts["speaker and emotion"] = "0 + C(emotion)"
    with warnings.catch_warnings():
        # a variance at its bound of zero does not affect the fixed effects
        warnings.simplefilter("ignore")
        model = formulas.mixedlm(
            "difference ~ 0 + emotion", data, groups="speaker", re_formula="0", vc_formula=parts
        )
        try:
            # methods that follow the gradient stop short of the maximum where a variance is zero
            result = model.fit(reml=True, method="powell")
        except np.linalg.LinAlgError:
            result = None
    if result is None or not result.converged:
        log.warning("the mixed model of %s did not converge", what)
        return None
    means, errors = (
        series[result.fe_params.index].rename(
            lambda name: name.removeprefix("emotion[").removesuffix("]")
        )
        for series in (result.fe_params, result.bse)
    )
    return Fit(means, errors, data.groupby("emotion")["speaker"].nunique(), scale)


CAPTION = (
    "Where a mixed model of the paired differences and the sign flips of Table 2 disagree: salient minus other "
    "segments of correctly classified clips, or matched salient minus control, with the p of both, and q: false "
    "discovery rate (Benjamini–Hochberg) over baselines, emotions and cues of a method. Size, coverage and power "
    "of both are in docs/calibration.md."
)
HEAD = ["corpus", "protocol", "method", "baseline", "emotion", "cue", "mixed model", "p", "q"]
HEAD += ["mean difference", "p of sign flips", "q of sign flips", "clips"]


def page(table: pd.DataFrame) -> Page:
    """Page of how often both tests agree, and of the rows of the table `mixed` where they do not."""
    rows = []
    for row in table[~table["agree"].astype(bool)].itertuples():
        digits = render.decimals([row.estimate, row.ci_low, row.ci_high])
        texts = [row.corpus, row.protocol, render.method(row.method, row.target)]
        texts += [row.baseline, row.emotion, LABELS[row.cue].text]
        cells = [render.cell(row.estimate, row.ci_low, row.ci_high, digits)]
        cells += [render.probability(row.p), render.probability(row.q)]
        cells.append(render.fixed(row.permutation_estimate, digits))
        cells += [render.probability(row.permutation_p), render.probability(row.permutation_q)]
        rows.append([*texts, *cells, str(row.n_clips)])
    contents = [Text(_agreement(table)), Table(CAPTION, HEAD, rows, n_texts=6)]
    return Page("Mixed models", contents)


def _agreement(table: pd.DataFrame) -> str:
    """How often the mixed model and the permutations agree."""
    level = f"{100 * (1 - LEVEL):g} %"
    text = f"{int(table['agree'].sum())} of {len(table)} tests agree at the level of {level}"
    by = table.groupby("baseline", sort=False)["agree"].agg(["sum", "size"])
    each = [f"{int(row['sum'])} of {row['size']} against {name}" for name, row in by.iterrows()]
    return f"{text} ({', '.join(each)})." if each else f"{text}."
