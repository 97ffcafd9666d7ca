"""Are the planted cues of the embedded corpus heard in the salient segments, with the right sign?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sercues import contrasts, evidence, inference, tables

NEUTRAL = "neutral"
PLACE = ["corpus", "protocol", "method", "target_kind"]
OUTCOMES = ["recovered", "wrong sign", "missed", "changed", "unchanged"]


def recovery_table(
    clips: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    corpus: str,
    protocol: str,
    method: str,
    emotions: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Table `recovery` of one corpus, protocol and method.

    Salient segments of all explained clips of an emotion, by the true label, against those of
    neutral clips, within speakers. Cues of one utterance hang together (a flatter spectrum is also
    louder), so a cue that was not planted may truly differ: only a corpus in which nothing is
    planted has false discoveries.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `evidence.clip_cues`.
    truth : pandas.DataFrame
        Table `truth`.
    corpus, protocol, method : str
        Written in every row.
    emotions : sequence of str
        Emotions that are compared with neutral.
    draws, seed : int
        Bootstrap over speakers and permutations.

    Returns
    -------
    pandas.DataFrame
        One row per explained class, emotion and cue. The family of a q are all of them of one
        explained class. `outcome`: of planted cues `recovered` (q below `inference.LARGEST_Q`, right
        sign), `wrong sign` or `missed`; of others `changed` or `unchanged`.
    """
    sizes = truth[truth["cue"] != "none"].groupby(["emotion", "cue"])["size"].mean()
    units = truth.drop_duplicates("cue").set_index("cue")["unit"]
    rows = []
    for target_kind in sorted(clips["target_kind"].unique()):
        part = clips[clips["target_kind"] == target_kind]
        neutral = evidence.per_clip(part[part["true"] == NEUTRAL])
        head = {"corpus": corpus, "protocol": protocol, "method": method}
        head["target_kind"] = target_kind
        family = []
        for emotion in [name for name in emotions if name != NEUTRAL]:
            own = evidence.per_clip(part[part["true"] == emotion])
            for cell in contrasts.cells(own, neutral, draws, seed):
                size = sizes.get((emotion, cell["cue"]))
                planted = {"planted": size, "unit": units.get(cell["cue"]) if size else None}
                family.append(head | {"emotion": emotion} | planted | cell)
        q = inference.false_discovery_rate(np.array([row["p"] for row in family], dtype=float))
        rows += [
            row | {"q": value, "outcome": _outcome(row["planted"], row["difference"], value)}
            for row, value in zip(family, q, strict=True)
        ]
    table = pd.DataFrame(rows, columns=tables.columns("recovery"))
    return table.astype({"planted": float})


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """How many cues of each method were recovered, and how many were found that are not planted.

    Parameters
    ----------
    table : pandas.DataFrame
        Table `recovery`.

    Returns
    -------
    pandas.DataFrame
        One row per corpus, protocol, method and explained class, in the order of the table. Counts of
        pairs of an emotion and a cue: `planted`, of which `recovered`, `wrong sign` and `missed`, and
        `others`, of which `changed`. Where nothing is planted the changed ones are false discoveries.
    """
    rows = []
    for place, part in table.groupby(PLACE, sort=False):
        counts = part["outcome"].value_counts().reindex(OUTCOMES, fill_value=0)
        rows.append(
            dict(zip(PLACE, place, strict=True))
            | counts.to_dict()
            | {"planted": counts[:3].sum(), "others": counts[3:].sum()}
        )
    return pd.DataFrame(rows, columns=[*PLACE, "planted", *OUTCOMES[:3], "others", "changed"])


def _outcome(planted: float | None, difference: float, q: float) -> str:
    found = q < inference.LARGEST_Q
    if planted is None:
        return "changed" if found else "unchanged"
    if not found:
        return "missed"
    return "recovered" if np.sign(difference) == np.sign(planted) else "wrong sign"
