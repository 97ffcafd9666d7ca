"""Contrasts of cues between emotions, and of misclassified against correct clips, in every region.

Differences are within speakers (`stats.within`): a mean over speakers of what separates the two groups
in each, with an interval (bootstrap over speakers), a p (sign flips of the speakers' differences), a q
over the family, and in the salient segments Cliff's δ of the clips. A family is one kind of contrast in
one region of one corpus, protocol, method and explained class: all pairs × cues.

A difference between emotions in the salient segments means little if random windows show it, too. So
each contrast is also compared with that of every baseline region, by the difference of each clip's cue
in the salient segments and in the region. The family of these is pairs × cues × baselines.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from sercues.analysis import cue_tables
from sercues.core import tables
from sercues.core.names import BASELINES, REGIONS, WINDOW_BASELINES
from sercues.core.render import Block, Grouped, Page, Panel
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues
from sercues.stats import permutation, within
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import FLIPS, INTERVAL
from sercues.stats.permutation import LARGEST_Q

CLIFFS = ("cliffs_delta", "cliffs_low", "cliffs_high")
# column of the salient contrast minus a baseline's, by the column of a contrast
DID = {
    "difference": "did",
    "ci_low": "did_low",
    "ci_high": "did_high",
    "p": "did_p",
    "n_first": "did_first",
    "n_second": "did_second",
}


def contrast_table(
    cues: ClipCues,
    *,
    emotions: Sequence[str],
    resampling: Resampling,
) -> pd.DataFrame:
    """Table `contrasts` of one corpus, protocol and method.

    Parameters
    ----------
    cues : ClipCues
        Of all explained clips.
    emotions : sequence of str
        Correctly classified clips of the first are compared with those of each other one, and
        misclassified clips of each with its correct ones.
    resampling : Resampling
        Bootstrap over speakers and sign flips.

    Returns
    -------
    pandas.DataFrame
        The contrast per kind, pair, cue and region, and for baseline regions `did`: the contrast of
        the within-clip difference salient minus region (for control: matched salient minus control;
        for drawn regions the mean over draws). It is above zero if the first group exceeds the second
        by more in the salient segments. Clips that lack the cue in one of the two regions do not
        enter. Against full speech it is descriptive, without p and q. Cliff's δ is of the salient segments only.
    """
    rows = []
    for target in sorted(cues.clips["target"].unique()):
        of_target = cues.where(cues.clips["target"] == target)
        for kind, pairs in _pairs(of_target, emotions).items():
            rows += [
                {"target": target, "kind": kind, "first": first, "second": second} | cell
                for (first, second), groups in pairs.items()
                for cell in _region_cells(*groups, resampling)
            ]
    family = ["target", "kind"]
    table = permutation.with_q(tables.of_rows(rows, "contrasts"), [*family, "region"])
    return permutation.with_q(table, family, "did_p", "did_q")


def _pairs(cues: ClipCues, emotions: Sequence[str]) -> dict[str, dict]:
    """Clips of both groups, by kind of contrast and names of the groups."""
    correct, wrong = cues.where(cues.clips["correct"]), cues.where(~cues.clips["correct"])

    def of(group: ClipCues, emotion: str) -> ClipCues:
        return group.where(group.clips["true_emotion"] == emotion).per_clip()

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


def cells(first: ClipCues, second: ClipCues, resampling: Resampling) -> Iterator[dict]:
    """Contrast of two groups of clips in the salient segments, one dictionary per cue.

    Parameters
    ----------
    first, second : ClipCues
        From `ClipCues.per_clip`.
    resampling : Resampling
        Bootstrap over speakers and sign flips.

    Yields
    ------
    dict
        cue, n_first, n_second, n_speakers, difference with ci_low and ci_high, cliffs_delta with
        cliffs_low and cliffs_high, and p, as in the table `contrasts`.
    """
    salient, in_first, speakers = joined(first, second, lambda group: group.values["salient"])
    compared = _compared(salient, in_first, speakers, resampling)
    for cue, cell in zip(CUES, compared, strict=True):
        delta = permutation.cliffs_delta(salient[cue], in_first, speakers, resampling)
        cliffs = dict(zip(CLIFFS, delta[:3], strict=True))
        yield {"cue": cue} | cell | cliffs


def _region_cells(first: ClipCues, second: ClipCues, resampling: Resampling) -> Iterator[dict]:
    """Contrast and, for baselines, did; one dictionary per region and cue."""
    for cell in cells(first, second, resampling):
        yield {"region": "salient"} | cell | dict.fromkeys(DID.values(), np.nan)
    others = [name for name in REGIONS if name != "salient"]
    wide, in_first, speakers = joined(
        first,
        second,
        lambda group: pd.concat(
            {("value", region): group.values[region] for region in others}
            | {("difference", baseline): group.differences[baseline] for baseline in BASELINES},
            axis=1,
        ),
    )
    compared = _compared(wide, in_first, speakers, resampling)
    by_column = dict(zip(wide.columns, compared, strict=True))
    for region in others:
        for cue in CUES:
            cell = {"region": region, "cue": cue} | by_column["value", region, cue]
            cell |= dict.fromkeys(CLIFFS, np.nan)
            did = by_column["difference", region, cue] if region in BASELINES else {}
            did = {name: did.get(key, np.nan) for key, name in DID.items()}
            # a difference from full speech is not zero under a blind choice, so it is not tested
            yield cell | did | ({} if region in WINDOW_BASELINES else {"did_p": np.nan})


def joined(
    first: ClipCues, second: ClipCues, frame: Callable[[ClipCues], pd.DataFrame]
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Two groups of clips below each other, as the functions of `stats.within` take them.

    Parameters
    ----------
    first, second : ClipCues
        From `ClipCues.per_clip`.
    frame : callable
        The values of a group, a row per clip.

    Returns
    -------
    values : pandas.DataFrame
    in_first : array of bool
        Whether each clip is of the first group.
    speakers : array of str
    """
    groups = (first, second)
    speakers = np.concatenate([group.clips["speaker"].to_numpy(str) for group in groups])
    values = pd.concat([frame(group) for group in groups], ignore_index=True)
    return values, np.arange(len(values)) < len(first.clips), speakers


def _compared(
    values: pd.DataFrame, in_first: np.ndarray, speakers: np.ndarray, resampling: Resampling
) -> Iterator[dict]:
    """Counts, mean difference within speakers with its interval, and p of each column."""
    compared = within.compare(values.to_numpy(), in_first, speakers, resampling)
    for number, difference in enumerate(compared.estimates):
        yield {
            "n_first": int(compared.n_first[number]),
            "n_second": int(compared.n_second[number]),
            "n_speakers": difference.n_speakers,
            "difference": difference.value,
            "ci_low": difference.low,
            "ci_high": difference.high,
            "p": compared.p[number],
        }


PANELS = {
    "difference": ("difference", "ci_low", "ci_high", "q"),
    "Cliff's δ": ("cliffs_delta", "cliffs_low", "cliffs_high"),
}
BEYOND = ("did", "did_low", "did_high", "did_q")
KINDS = {
    "emotion": "correct clips of two emotions",
    "correctness": "misclassified against correct clips",
}


def page(table: pd.DataFrame, sample: str, draws: int) -> Page:
    """Page of the table `contrasts`, one block per corpus, protocol, method and kind.

    Parameters
    ----------
    table : pandas.DataFrame
        From `contrast_table`, in the order of the page.
    sample : str
        Description of the explained clips.
    draws : int
        Bootstrap draws.
    """
    caption = (
        "Contrasts. Acoustic cues in the salient segments, one group of clips minus another, and how much "
        "of that is beyond each baseline region: the contrast of the clips' salient minus baseline "
        "difference, for control windows of their matched salient minus control one. "
        f"Clips explained: {sample}. Clips: of the first and of the second group, of the speakers that have "
        "both, and these speakers. Cells: mean over speakers of the difference of their means, weighted by "
        f"n₁n₂ / (n₁ + n₂), or Cliff's δ of the clips [{INTERVAL}, {draws} draws, "
        f"widened for few speakers]; † {NO_INTERVAL}; – no speaker with both; "
        f"* q < {LARGEST_Q:g}, two-sided, {FLIPS}, false discovery rate "
        "(Benjamini–Hochberg) over all differences of a block, those beyond the baselines by themselves. Those "
        "beyond full speech are not tested, as the difference from it is not zero for windows chosen blindly."
    )
    blocks = []
    for (*run, target, kind), contrasts in table.groupby(
        ["corpus", "protocol", "method", "target", "kind"], sort=False
    ):
        cues = list(dict.fromkeys(contrasts["cue"]))
        title = cue_tables.block_title(*run, KINDS[kind], target)
        columns = [cue_tables.column(cue) for cue in cues]
        blocks.append(Block(title, columns, _panels(contrasts, cues)))
    return Page("Contrasts", [Grouped(caption, blocks, "contrast")])


def _panels(contrasts: pd.DataFrame, cues: Sequence[str]) -> list[Panel]:
    """Contrasts of the salient segments, and how much they exceed those of each baseline."""
    contrasts = contrasts.assign(emotion=contrasts["first"] + " − " + contrasts["second"])
    salient = _with_clips(contrasts[contrasts["region"] == "salient"], "n_first", "n_second")
    panels = [
        Panel(name, cue_tables.panel_rows(salient, cues, columns))
        for name, columns in PANELS.items()
    ]
    beyond = pd.concat([contrasts[contrasts["region"] == name] for name in BASELINES])
    beyond = beyond.assign(
        emotion=beyond["emotion"] + ", beyond " + beyond["region"],
        order=beyond["emotion"].map(list(dict.fromkeys(contrasts["emotion"])).index),
    ).sort_values("order", kind="stable")
    # without clips of one group there is no contrast
    beyond = beyond[beyond.groupby("emotion")["did"].transform("count") > 0]
    if len(beyond):
        rows = cue_tables.panel_rows(_with_clips(beyond, "did_first", "did_second"), cues, BEYOND)
        panels.append(Panel("salient minus baseline", rows))
    return panels


def _with_clips(contrasts: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """With `n_clips`, a text of the largest number of clips of each group over the cues."""
    most = contrasts.groupby("emotion")[[first, second]].transform("max").astype(int).astype(str)
    return contrasts.assign(n_clips=most[first] + " + " + most[second])
