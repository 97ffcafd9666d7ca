"""Do the cues of a region fit what the literature expects of the predicted emotion?

`config/expectations.tsv` gives the direction of a cue of an emotion relative to the speaker's neutral
voice, with its source. Only cells that the literature agrees on (`confirmatory`) and that have a
direction (not `none`) enter a score.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sercues.core import render, tables
from sercues.core.errors import InputError
from sercues.core.names import KEY, NEUTRAL, REGIONS
from sercues.core.render import Page, Table
from sercues.cues.catalogue import CUES
from sercues.stats import bootstrap, permutation, within
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import FLIPS, INTERVAL

SIGNS = {"up": 1.0, "down": -1.0}
DIRECTIONS = (*SIGNS, "none")  # none: no difference from neutral is expected
COLUMNS = ["cue", "emotion", "direction", "status", "source"]
STATUS = ("confirmatory", "contested")


def read_expectations(path) -> pd.DataFrame:
    """The table of expectations: cue, emotion, direction (`DIRECTIONS`), status and source.

    Raises
    ------
    InputError
        A column is missing, a word is unknown, or a cell is duplicated.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); restore it.") from error
    if missing := [name for name in COLUMNS if name not in table]:
        raise InputError(f"{path} lacks the column '{missing[0]}'; add it.")
    for name, allowed in (("cue", CUES), ("direction", DIRECTIONS), ("status", STATUS)):
        if strange := sorted(set(table[name]) - set(allowed)):
            choices = ", ".join(allowed)
            raise InputError(f"{path}: {name} '{strange[0]}' is unknown; use one of {choices}.")
    if (twice := table[table.duplicated(["cue", "emotion"])]).size:
        first = twice.iloc[0]
        raise InputError(f"{path} has {first.cue} of {first.emotion} twice; remove one line.")
    return table


def agreement(signs: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Mean agreement of cues with the expectations of every class.

    Parameters
    ----------
    signs : array, shape (n_rows, n_cues)
        Sign of the cue's distance from neutral: −1, 0, 1, or NaN where the cue is missing.
    expected : array, shape (n_classes, n_cues)
        −1, 1, or 0 where nothing is expected.

    Returns
    -------
    array, shape (n_rows, n_classes)
        From −1, all opposite, to 1, all as expected; NaN if no cell can be compared.
    """
    present = np.isfinite(signs).astype(float)
    agreeing = np.nan_to_num(signs) @ expected.T
    cells = present @ np.abs(expected).T
    return np.divide(agreeing, cells, out=np.full(agreeing.shape, np.nan), where=cells > 0)


def score_clips(
    cues: pd.DataFrame,
    explained: pd.DataFrame,
    manifest: pd.DataFrame,
    expectations: pd.DataFrame,
    *,
    sampled: bool = False,
) -> pd.DataFrame:
    """Plausibility of the predicted class of every explained clip (table `plausibility`).

    The reference is the speaker's neutral voice: the mean of the same region over the speaker's
    other explained clips that are truly neutral, so that a property of the region in every clip,
    such as being loud, does not count. Random draws are scored one by one and averaged.

    Parameters
    ----------
    cues, explained, manifest : pandas.DataFrame
        The tables of these names.
    expectations : pandas.DataFrame
        From `read_expectations`. Cells of the direction `none` do not enter.
    sampled : bool
        Whether `cues` cover a sample of the explained clips, with every neutral clip of its speakers
        (`sampling.with_neutral`). Chance is then that among all explained clips, so that the scores
        are comparable with those of a method with every clip.

    Returns
    -------
    pandas.DataFrame
        Rows of clips whose predicted class has an expected direction and whose speaker has a neutral
        clip. `chance` is the mean agreement of the clip's cues with all predicted classes, weighted
        by how often each is predicted; `plausibility` is `agreement` minus `chance`.
    """
    names = list(CUES)
    confirmed = expectations[
        (expectations["status"] == "confirmatory") & expectations["direction"].isin(SIGNS)
    ]
    directions = confirmed["direction"].map(SIGNS)
    expected = confirmed.assign(direction=directions).pivot(
        index="emotion", columns="cue", values="direction"
    )
    expected = expected.reindex(columns=names).fillna(0.0).sort_index()
    rows = cues[cues["region"].isin(REGIONS)].sort_values([*KEY, "region", "draw"])
    rows = rows.merge(explained[[*KEY, "true_emotion", "predicted_emotion", "correct"]], on=KEY)
    rows = rows.merge(manifest[["clip_id", "speaker"]], on="clip_id")
    signs = np.sign(rows[names].to_numpy() - _neutral_voice(rows))
    fits = pd.DataFrame(agreement(signs, expected.to_numpy()), columns=expected.index)
    fits = pd.concat(
        [rows[[*KEY, "region", "predicted_emotion", "correct"]].reset_index(drop=True), fits],
        axis=1,
    )
    fits = fits.groupby([*KEY, "region", "predicted_emotion", "correct"])[
        list(expected.index)
    ].mean()
    fits = fits[fits.index.get_level_values("predicted_emotion").isin(expected.index)].dropna(
        how="any"
    )
    if fits.empty:
        return tables.empty("plausibility")
    predicted = fits.index.get_level_values("predicted_emotion")
    classes = explained["predicted_emotion"] if sampled else pd.Series(predicted)
    share = classes[classes.isin(fits.columns)].value_counts(normalize=True)
    share = share.reindex(fits.columns).fillna(0.0)
    agreements = fits.to_numpy()[np.arange(len(fits)), fits.columns.get_indexer(predicted)]
    scores = fits.index.to_frame(index=False)
    scores["agreement"] = agreements
    scores["chance"] = fits.to_numpy() @ share.to_numpy()
    scores["plausibility"] = scores["agreement"] - scores["chance"]
    return scores[tables.columns("plausibility")]


def _neutral_voice(rows: pd.DataFrame) -> np.ndarray:
    """Cues of the speaker's other neutral clips in the same region, shape (n_rows, n_cues)."""
    names = list(CUES)
    key = ["speaker", "target", "region"]
    clips = rows[rows["true_emotion"] == NEUTRAL].groupby([*key, "clip_id"])[names].mean()
    sums, counts = (
        getattr(clips.groupby(key), name)().reindex(pd.MultiIndex.from_frame(rows[key]))
        for name in ("sum", "count")
    )
    of_clip = clips.reindex(pd.MultiIndex.from_frame(rows[[*key, "clip_id"]]))
    sums = sums.to_numpy() - of_clip.fillna(0.0).to_numpy()
    counts = counts.fillna(0).to_numpy() - of_clip.notna().to_numpy()
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def summary_table(
    scored: pd.DataFrame,
    manifest: pd.DataFrame,
    resampling: Resampling,
) -> pd.DataFrame:
    """Mean plausibility of correct and misclassified clips by region (table `plausibility_summary`).

    Parameters
    ----------
    scored, manifest : pandas.DataFrame
        Tables `plausibility` and `manifest`.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.

    Returns
    -------
    pandas.DataFrame
        Groups `correct`, `misclassified` and `difference`: correct minus misclassified clips of the
        same speaker and predicted emotion (`stats.within`), so that neither an emotion that is both
        plausible and often predicted rightly nor a voice makes a difference; with p from sign flips of
        the speakers' differences, and q over the regions of an explained class. A clip enters once for
        each emotion predicted of it, as its mean over models.
    """
    rows = []
    key = ["clip_id", "predicted_emotion", "correct", "target", "region"]
    clips = scored.groupby(key, as_index=False)["plausibility"].mean()
    clips["speaker"] = bootstrap.speakers_of(clips["clip_id"], manifest)
    for target, of_target in clips.groupby("target"):
        for region in [name for name in REGIONS if name in set(of_target["region"])]:
            of_region = of_target[of_target["region"] == region]
            values, speakers = (
                of_region[["plausibility"]].to_numpy(),
                of_region["speaker"].to_numpy(str),
            )
            right = of_region["correct"].to_numpy(bool)
            estimates = {
                "correct": bootstrap.means(values[right], speakers[right], resampling)[0],
                "misclassified": bootstrap.means(values[~right], speakers[~right], resampling)[0],
            }
            predicted = of_region["predicted_emotion"]
            compared = within.compare(values, right, speakers, resampling, strata=predicted)
            estimates["difference"], p = compared.estimates[0], compared.p[0]
            named = {"target": target, "region": region}
            for group, estimate in estimates.items():
                rows.append(
                    named
                    | {"group": group, "p": p if group == "difference" else np.nan}
                    | estimate.columns()
                )
    return permutation.with_q(tables.of_rows(rows, "plausibility_summary"), ["target"])


CAPTION = (
    "Plausibility. Agreement of a region's cues with the expectations of the predicted emotion, minus "
    f"chance: mean over clips [{INTERVAL}]. Difference: correct minus misclassified clips of the same "
    f"speaker and predicted emotion; p: {FLIPS}; † {NO_INTERVAL}. Matched salient: the salient windows that have controls, windows of like level "
    "and voicing (control); only clips with such pairs enter there. Rest: the windows that are not salient. "
    "q: false discovery rate (Benjamini–Hochberg) over the regions of a method."
)
GROUPS = ("correct", "misclassified", "difference")
HEAD = ["corpus", "protocol", "method", "region", *GROUPS, "p", "q", "compared clips (speakers)"]


def page(summary: pd.DataFrame, detection: Sequence[Table]) -> Page:
    """Page of the table `plausibility_summary`, one row per region.

    Parameters
    ----------
    summary : pandas.DataFrame
        From `summary_table`.
    detection : sequence of render.Table
        Tables below it, from `error_detection.shown`.
    """
    rows = []
    columns = ["corpus", "protocol", "method", "target", "region"]
    for (corpus, protocol, method, target, region), of_region in summary.groupby(
        columns, sort=False
    ):
        by_group = of_region.set_index("group")
        cells = [
            render.cell(*by_group.loc[group, ["value", "ci_low", "ci_high"]], 2) for group in GROUPS
        ]
        tested = by_group.loc["difference"]
        cells += [render.probability(tested[name]) for name in ("p", "q")]
        clips = render.clips(tested["n_clips"], tested["n_speakers"])
        rows.append([corpus, protocol, render.method(method, target), region, *cells, clips])
    table = Table(CAPTION, HEAD, rows, n_texts=4)
    return Page("Plausibility", [table, *detection])
