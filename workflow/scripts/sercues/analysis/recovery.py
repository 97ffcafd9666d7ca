"""Are the planted cues of the synthetic corpus recovered in the salient segments, with their sign?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sercues.analysis import contrasts
from sercues.core import render, tables
from sercues.core.names import NEUTRAL
from sercues.core.render import Table
from sercues.cues.clips import ClipCues
from sercues.cues.labels import LABELS
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling
from sercues.stats.level import FLIPS, INTERVAL
from sercues.stats.permutation import LARGEST_Q

PLACE = ["corpus", "protocol", "method", "target"]
OUTCOMES = ["recovered", "wrong sign", "missed", "changed", "unchanged"]


def recovery_table(
    cues: ClipCues,
    truth: pd.DataFrame,
    *,
    emotions: Sequence[str],
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `recovery` of one corpus, protocol and method.

    Salient segments of all explained clips of an emotion (true label) against those of neutral clips,
    within speakers. Cues of one utterance are correlated (a flatter spectrum is also louder), so a cue
    that was not planted may truly differ; false discoveries need a corpus without planted cues.

    Parameters
    ----------
    cues : ClipCues
        Of all explained clips.
    truth : pandas.DataFrame
        Table `truth`.
    emotions : sequence of str
        Emotions to compare with neutral.
    resampling : Resampling
        Bootstrap over speakers and sign flips.

    Returns
    -------
    pandas.DataFrame
        One row per explained class, emotion and cue; the family of q is all rows of an explained
        class. `outcome`: `recovered` (q below `LARGEST_Q`, right sign), `wrong sign` or `missed` for
        planted cues, `changed` or `unchanged` for others.
    """
    sizes = truth[truth["cue"] != "none"].groupby(["emotion", "cue"])["size"].mean()
    units = truth.drop_duplicates("cue").set_index("cue")["unit"]
    rows = []
    for target in sorted(cues.clips["target"].unique()):
        of_target = cues.where(cues.clips["target"] == target)
        neutral = of_target.where(of_target.clips["true_emotion"] == NEUTRAL).per_clip()
        for emotion in [name for name in emotions if name != NEUTRAL]:
            emotional = of_target.where(of_target.clips["true_emotion"] == emotion).per_clip()
            for cell in contrasts.cells(emotional, neutral, resampling):
                size = sizes.get((emotion, cell["cue"]))
                planted = {"planted": size, "unit": units.get(cell["cue"]) if size else None}
                rows.append({"target": target, "emotion": emotion} | planted | cell)
    table = permutation.with_q(tables.of_rows(rows, "recovery"), ["target"])
    numbers = table[["planted", "difference", "q"]].astype(float)
    return table.assign(
        planted=numbers["planted"], outcome=[_outcome(*row) for row in numbers.to_numpy()]
    )


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """Number of planted cues each method recovered, and of other cues that differ.

    Parameters
    ----------
    table : pandas.DataFrame
        Table `recovery`.

    Returns
    -------
    pandas.DataFrame
        One row per corpus, protocol, method and explained class, in the order of the table. Counts of
        emotion–cue pairs: `planted`, of which `recovered`, `wrong sign` and `missed`, and `others`,
        of which `changed`, false discoveries in a corpus without planted cues.
    """
    rows = []
    for run, cues in table.groupby(PLACE, sort=False):
        counts = cues["outcome"].value_counts().reindex(OUTCOMES, fill_value=0)
        rows.append(
            dict(zip(PLACE, run, strict=True))
            | counts.to_dict()
            | {"planted": counts[:3].sum(), "others": counts[3:].sum()}
        )
    return pd.DataFrame(rows, columns=[*PLACE, "planted", *OUTCOMES[:3], "others", "changed"])


def _outcome(planted: float, difference: float, q: float) -> str:
    differs = q < LARGEST_Q
    if np.isnan(planted):
        return "changed" if differs else "unchanged"
    if not differs:
        return "missed"
    return "recovered" if np.sign(difference) == np.sign(planted) else "wrong sign"


CAPTION = (
    "Planted cues, measured in the salient segments: clips of the emotion minus neutral clips, within "
    f"speakers [{INTERVAL}]; p: {FLIPS}; "
    "q: false discovery rate over emotions and cues of a method. Recovered: q < "
    f"{LARGEST_Q:g} and the planted sign."
)
HEAD = ["corpus", "protocol", "method", "emotion", "cue", "planted", "measured", "q", "outcome"]
SHARES_CAPTION = (
    "How many of the planted cues each method recovers (goal: at least 90 %). Cues that are not planted "
    f"and differ all the same (q < {LARGEST_Q:g}) are false discoveries in a corpus in which nothing is "
    "planted (goal: at most 5 %); elsewhere they may truly differ, as the cues of one utterance hang "
    "together."
)
SHARES_HEAD = ["corpus", "protocol", "method", "planted cues recovered", "with the wrong sign"]
SHARES_HEAD += ["missed", "not planted, but different"]


def shown(table: pd.DataFrame) -> list[Table]:
    """Page tables of the planted cues of `recovery` and of its `shares`; see `localisation.page`."""
    return [
        Table(CAPTION, HEAD, _rows(table), n_texts=5),
        Table(SHARES_CAPTION, SHARES_HEAD, _share_rows(shares(table)), n_texts=3),
    ]


def _rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells of the planted cues."""
    rows = []
    for row in table[table["planted"].notna()].itertuples():
        numbers = (row.difference, row.ci_low, row.ci_high)
        label = LABELS[row.cue]
        texts = [row.corpus, row.protocol, render.method(row.method, row.target)]
        texts += [row.emotion, label.text]
        planted = f"{render.fixed(row.planted, render.decimals([row.planted]))} {row.unit}"
        measured = f"{render.cell(*numbers, render.decimals(numbers))} {label.unit}"
        rows.append([*texts, planted, measured, render.probability(row.q), row.outcome])
    return rows


def _share_rows(counts: pd.DataFrame) -> list[list[str]]:
    """Cells of the result of `shares`."""
    rows = []
    for row in counts.to_dict("records"):
        texts = [row["corpus"], row["protocol"], render.method(row["method"], row["target"])]
        cells = [_of(row[name], row["planted"]) for name in ("recovered", "wrong sign", "missed")]
        rows.append([*texts, *cells, _of(row["changed"], row["others"])])
    return rows


def _of(count: int, total: int) -> str:
    """``28 of 30 (93.3 %)``, or ``–`` if the total is 0."""
    return f"{count} of {total} ({render.percent(count / total)} %)" if total else "–"
