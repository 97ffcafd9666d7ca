"""Do the cues of a region fit what listeners and acoustics expect of the predicted emotion?

`config/expectations.tsv` says in which direction a cue of an emotion lies from the speaker's neutral
voice, and who found it. Only cells that the literature agrees on (`confirmatory`) enter a score, and of
these the ones with a direction: that a cue does not differ (`none`) is no sign to agree with.
"""

import numpy as np
import pandas as pd

from sercues.core import render, tables
from sercues.core.errors import InputError
from sercues.core.names import KEY, NEUTRAL, REGIONS
from sercues.core.render import Page, Table
from sercues.cues.catalogue import CUES
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import INTERVAL

SIGNS = {"up": 1.0, "down": -1.0}
DIRECTIONS = (*SIGNS, "none")  # none: expected not to differ from neutral
COLUMNS = ["cue", "emotion", "direction", "status", "source"]
STATUS = ("confirmatory", "contested")


def read_expectations(path) -> pd.DataFrame:
    """The table of expectations: cue, emotion, direction (`DIRECTIONS`), status and source.

    Raises
    ------
    InputError
        A column is missing, a word is unknown, or a cell stands twice.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); restore it.") from error
    if missing := [name for name in COLUMNS if name not in table]:
        raise InputError(f"{path} lacks the column '{missing[0]}'; add it.")
    for name, allowed in (("cue", CUES), ("direction", DIRECTIONS), ("status", STATUS)):
        if strange := sorted(set(table[name]) - set(allowed)):
            words = ", ".join(allowed)
            raise InputError(f"{path}: {name} '{strange[0]}' is unknown; use one of {words}.")
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
        From −1, all against, to 1, all as expected; NaN where no cell can be compared.
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

    The reference is the speaker's own neutral voice: the mean of the same region over the
    explained clips of the speaker that are truly neutral, but for the clip itself, so that what a
    region is like in every clip, such as loud, agrees with nothing. Random draws are scored one by
    one and averaged.

    Parameters
    ----------
    cues, explained, manifest : pandas.DataFrame
        The tables of these names.
    expectations : pandas.DataFrame
        From `read_expectations`. Cells of the direction `none` do not enter, whatever their status:
        the score counts sides, and a cue that does not differ from neutral has none.
    sampled : bool
        Whether `cues` are of a sample of the explained clips, with every neutral one of its speakers
        (`sampling.with_neutral`). A class then has the chance it has among all explained clips, so
        that the scores can be set beside those of a method with every clip.

    Returns
    -------
    pandas.DataFrame
        Rows of clips whose predicted class has a direction that is expected and whose speaker has a
        neutral clip.
        `chance` is the mean agreement of the clip's cues with all predicted classes, weighted by how
        often each is predicted; `plausibility` is `agreement` minus `chance`.
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
    own = fits.to_numpy()[np.arange(len(fits)), fits.columns.get_indexer(predicted)]
    found = fits.index.to_frame(index=False)
    found["agreement"] = own
    found["chance"] = fits.to_numpy() @ share.to_numpy()
    found["plausibility"] = found["agreement"] - found["chance"]
    return found[tables.columns("plausibility")]


def _neutral_voice(rows: pd.DataFrame) -> np.ndarray:
    """Cues of the speaker's other neutral clips in the same region, shape (n_rows, n_cues)."""
    names = list(CUES)
    place = ["speaker", "target", "region"]
    clips = rows[rows["true_emotion"] == NEUTRAL].groupby([*place, "clip_id"])[names].mean()
    sums, counts = (
        getattr(clips.groupby(place), name)().reindex(pd.MultiIndex.from_frame(rows[place]))
        for name in ("sum", "count")
    )
    own = clips.reindex(pd.MultiIndex.from_frame(rows[[*place, "clip_id"]]))
    sums = sums.to_numpy() - own.fillna(0.0).to_numpy()
    counts = counts.fillna(0).to_numpy() - own.notna().to_numpy()
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
        Bootstrap over speakers and permutations.

    Returns
    -------
    pandas.DataFrame
        Groups `correct`, `misclassified` and `difference` (correct minus misclassified, with p by
        labels permuted within speakers, and q, whose family are the regions of one explained class).
        A clip counts once, by its average over models.
    """
    rows = []
    place = ["clip_id", "correct", "target", "region"]
    clips = scored.groupby(place, as_index=False)["plausibility"].mean()
    clips["speaker"] = bootstrap.speakers_of(clips["clip_id"], manifest)
    for target, part in clips.groupby("target"):
        for region in [name for name in REGIONS if name in set(part["region"])]:
            own = part[part["region"] == region]
            values, speakers = own[["plausibility"]].to_numpy(), own["speaker"].to_numpy(str)
            right = own["correct"].to_numpy(bool)
            found = {
                "correct": bootstrap.means(values[right], speakers[right], resampling)[0],
                "misclassified": bootstrap.means(values[~right], speakers[~right], resampling)[0],
                "difference": bootstrap.mean_differences(values, right, speakers, resampling)[0],
            }
            p = permutation.label_permutation(values, right, speakers, resampling)[0]
            head = {"target": target, "region": region}
            for group, estimate in found.items():
                rows.append(
                    head
                    | {"group": group, "p": p if group == "difference" else np.nan}
                    | estimate.columns()
                )
    return permutation.with_q(tables.of_rows(rows, "plausibility_summary"), ["target"])


CAPTION = (
    "Plausibility. Agreement of a region's cues with the expectations of the predicted emotion, minus "
    f"chance: mean over clips [{INTERVAL}]; p: labels permuted "
    f"within speakers; † {NO_INTERVAL}. Matched salient: the salient windows that have controls, windows of like level "
    "and voicing (control); only clips with such pairs enter there. "
    "q: false discovery rate (Benjamini–Hochberg) over the regions of a method."
)
GROUPS = ("correct", "misclassified", "difference")
HEAD = ["corpus", "protocol", "method", "region", *GROUPS, "p", "q", "clips (speakers)"]


def page(summary: pd.DataFrame, detection: Table) -> Page:
    """The table `plausibility_summary` for readers, one row per region.

    Parameters
    ----------
    summary : pandas.DataFrame
        From `summary_table`.
    detection : render.Table
        What stands below it, from `detection.shown`.
    """
    rows = []
    place = ["corpus", "protocol", "method", "target", "region"]
    for (corpus, protocol, method, target, region), part in summary.groupby(place, sort=False):
        found = part.set_index("group")
        cells = [
            render.cell(*found.loc[group, ["value", "ci_low", "ci_high"]], 2) for group in GROUPS
        ]
        tested = found.loc["difference"]
        cells += [render.probability(tested[name]) for name in ("p", "q")]
        clips = render.clips(tested["n_clips"], tested["n_speakers"])
        rows.append([corpus, protocol, render.method(method, target), region, *cells, clips])
    table = Table(CAPTION, HEAD, rows, n_texts=4)
    return Page("Plausibility", [table, detection])
