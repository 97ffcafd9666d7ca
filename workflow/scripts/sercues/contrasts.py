"""Contrasts of the salient segments' cues: between emotions, and misclassified against correct.

Differences come with an interval (bootstrap over speakers), a p (labels permuted within speakers), a
q over the family, and Cliff's δ. A family is one kind of contrast of one corpus, protocol, method and
explained class: all its pairs × cues.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sercues import evidence, inference, statistics, tables
from sercues.cues import CUES


def contrast_table(
    clips: pd.DataFrame,
    *,
    corpus: str,
    protocol: str,
    method: str,
    emotions: Sequence[str],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Table `contrasts` of one corpus, protocol and method.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `evidence.clip_cues`.
    corpus, protocol, method : str
        Written in every row.
    emotions : sequence of str
        Correctly classified clips of the first are set against those of each other one, and
        misclassified clips of each against the correct ones.
    draws, seed : int
        Bootstrap over speakers and permutations.
    """
    rows = []
    for target_kind in sorted(clips["target_kind"].unique()):
        part = clips[clips["target_kind"] == target_kind]
        head = {"corpus": corpus, "protocol": protocol, "method": method}
        head["target_kind"] = target_kind
        for kind, pairs in _pairs(part, emotions).items():
            family = [
                head | {"kind": kind, "first": first, "second": second} | cell
                for (first, second), groups in pairs.items()
                for cell in cells(*groups, draws, seed)
            ]
            q = inference.false_discovery_rate(np.array([row["p"] for row in family], dtype=float))
            rows += [row | {"q": value} for row, value in zip(family, q, strict=True)]
    return pd.DataFrame(rows, columns=tables.columns("contrasts"))


def _pairs(clips: pd.DataFrame, emotions: Sequence[str]) -> dict[str, dict]:
    """By kind and by the names of both groups: the clips of the groups."""
    correct, wrong = clips[clips["correct"]], clips[~clips["correct"]]

    def of(part: pd.DataFrame, emotion: str) -> pd.DataFrame:
        return evidence.per_clip(part[part["true"] == emotion])

    between = {
        (emotions[0], emotion): (of(correct, emotions[0]), of(correct, emotion))
        for emotion in emotions[1:]
    }
    within = {
        (f"{emotion}, misclassified", f"{emotion}, correct"): (
            of(wrong, emotion),
            of(correct, emotion),
        )
        for emotion in emotions
    }
    return {"emotion": between, "correctness": within}


def cells(first: pd.DataFrame, second: pd.DataFrame, draws: int, seed: int) -> Iterator[dict]:
    """Contrast of two groups of clips, one dictionary per cue.

    Parameters
    ----------
    first, second : pandas.DataFrame
        From `evidence.per_clip`.
    draws, seed : int
        Bootstrap over speakers and permutations.

    Yields
    ------
    dict
        cue, n_first, n_second, n_speakers, difference with ci_low and ci_high, cliffs_delta with
        cliffs_low and cliffs_high, and p, as in the table `contrasts`.
    """
    names = list(CUES)
    both = pd.concat([first, second], ignore_index=True)
    in_first = np.arange(len(both)) < len(first)
    p = inference.label_permutation(both[names].to_numpy(), in_first, both["speaker"], draws, seed)
    data = [
        part for group in (first, second) for part in (group[names].to_numpy(), group["speaker"])
    ]
    differences = statistics.mean_differences(*data, draws, seed)
    for cue, difference, value in zip(names, differences, p, strict=True):
        groups = [part for group in (first, second) for part in (group[cue], group["speaker"])]
        delta = inference.cliffs_delta(*groups, draws, seed)
        yield {
            "cue": cue,
            "n_first": int(first[cue].notna().sum()),
            "n_second": int(second[cue].notna().sum()),
            "n_speakers": difference.n_speakers,
            "difference": difference.value,
            "ci_low": difference.low,
            "ci_high": difference.high,
            "cliffs_delta": delta.value,
            "cliffs_low": delta.low,
            "cliffs_high": delta.high,
            "p": value,
        }
