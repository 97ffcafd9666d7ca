"""The paper's Tables 2 and 3 over our clips (`cue_table`), and their pages (`page`)."""

from collections.abc import Iterator, Sequence

import pandas as pd

from sercues.core import render, tables
from sercues.core.names import BASELINES, WINDOW_BASELINES
from sercues.core.render import Block, Column, Grouped, Page, Panel
from sercues.cues.catalogue import CUES
from sercues.cues.clips import ClipCues
from sercues.cues.labels import LABELS
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import NO_INTERVAL, Resampling
from sercues.stats.level import FLIPS, INTERVAL
from sercues.stats.permutation import LARGEST_Q

TABLES = {"2": True, "3": False}  # number in the paper: whether its clips are correctly classified


# ---- tables over clips ---------------------------------------------------------------------------


def cue_table(
    cues: ClipCues,
    *,
    emotions: Sequence[str],
    correct: bool,
    resampling: Resampling,
) -> pd.DataFrame:
    """Table 2 (`correct`) or Table 3 (not `correct`) of one corpus, protocol and method.

    Parameters
    ----------
    cues : ClipCues
        Of all explained clips.
    emotions : sequence of str
        Rows of the table, in this order; an emotion without clips has rows with `n_clips` 0.
    correct : bool
        Correctly classified clips, grouped by their emotion; or misclassified clips, grouped by
        the true and again by the predicted emotion.
    resampling : Resampling
        Bootstrap over speakers, and sign flips.

    Returns
    -------
    pandas.DataFrame
        Rows of the table `table`. Each clip counts once, as its mean over seeds. `n_clips` and
        `n_speakers` are those of the mean in the salient segments and of every Δf except control,
        which clips without controls lack, and rest, which clips lack whose windows are all salient. Δf against full speech is descriptive: it has no p, as it
        is not zero under a blind choice. The family of q is all other Δf of the same corpus, protocol,
        method, explained class and grouping: emotions × cues × baselines.
    """
    kinds = sorted(cues.clips["target"].unique()) or ["predicted_label"]
    cues = cues.where(cues.clips["correct"] == correct)
    clips = cues.clips
    rows = []
    for target in kinds:
        for grouped_by in ["true_emotion"] if correct else ["true_emotion", "predicted_emotion"]:
            for emotion in emotions:
                chosen = (clips["target"] == target) & (clips[grouped_by] == emotion)
                key = {"target": target, "emotion": emotion, "grouped_by": grouped_by}
                group = cues.where(chosen).per_clip()
                rows += [key | cell for cell in _cells_of(group, resampling)]
    p, q = ([f"delta_{name}_{end}" for name in WINDOW_BASELINES] for end in "pq")
    return permutation.with_q(tables.of_rows(rows, "table"), ["target", "grouped_by"], p, q)


def _cells_of(group: ClipCues, resampling: Resampling) -> Iterator[dict]:
    """Counts, mean and differences with their p, one dictionary per cue."""
    frames = {"salient": group.values["salient"], "z": group.z} | group.differences
    columns = [(name, cue) for cue in CUES for name in frames]
    values, speakers = pd.concat(frames, axis=1)[columns].to_numpy(), group.clips["speaker"]
    estimates = dict(zip(columns, bootstrap.means(values, speakers, resampling), strict=True))
    p = dict(zip(columns, permutation.sign_flip(values, speakers, resampling), strict=True))
    for cue in CUES:
        salient, z = estimates["salient", cue], estimates["z", cue]
        cell = {
            "cue": cue,
            "n_clips": salient.n_clips,
            "n_speakers": salient.n_speakers,
            "mean": salient.value,
            "ci_low": salient.low,
            "ci_high": salient.high,
            "z": z.value,
            "z_low": z.low,
            "z_high": z.high,
        }
        for baseline in BASELINES:
            difference = estimates[baseline, cue]
            cell[f"delta_{baseline}"] = difference.value
            cell[f"delta_{baseline}_low"] = difference.low
            cell[f"delta_{baseline}_high"] = difference.high
            if baseline in WINDOW_BASELINES:
                cell[f"delta_{baseline}_p"] = p[baseline, cue]
        for baseline in ("rest", "control"):
            n_clips, n_speakers = (f"{baseline}_clips", f"{baseline}_speakers")
            difference = estimates[baseline, cue]
            cell |= {n_clips: difference.n_clips, n_speakers: difference.n_speakers}
        yield cell


# ---- pages ---------------------------------------------------------------------------------------


def _delta(baseline: str) -> tuple[str, ...]:
    """Columns of the difference from one baseline, with q if it is tested."""
    endings = ("", "_low", "_high", *(["_q"] if baseline in WINDOW_BASELINES else []))
    return tuple(f"delta_{baseline}{ending}" for ending in endings)


PANELS = {
    "Salient segments": ("mean", "ci_low", "ci_high"),
    "Salient segments, within speaker (z)": ("z", "z_low", "z_high"),
    "Δf: salient − full speech": _delta("full"),
    "Δf: salient − other windows": _delta("rest"),
    "Δf: salient − random segments": _delta("random"),
    "Δf: matched salient − control segments": _delta("control"),
    "Δf: salient − loudest segments": _delta("loudest"),
}
COUNTS = ("n_clips", "n_speakers")
# only clips with controls, or with windows that are not salient, enter
OTHER_COUNTS = {
    "Δf: salient − other windows": ("rest_clips", "rest_speakers"),
    "Δf: matched salient − control segments": ("control_clips", "control_speakers"),
}


def page(table: pd.DataFrame, number: str, sample: str, draws: int) -> Page:
    """Page of Table 2 or 3, one block per corpus, protocol, method and kind of label.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of the table `table`, in the order of the page.
    number : {"2", "3"}
        Table of the paper.
    sample : str
        Description of the explained clips.
    draws : int
        Bootstrap draws.
    """
    which = "correctly classified" if TABLES[number] else "misclassified"
    caption = (
        f"Table {number}. Acoustic cues in the salient segments of {which} clips. "
        f"Clips explained: {sample}. "
        f"Cells: mean over clips [{INTERVAL}, {draws} draws, widened for few speakers]; "
        f"† {NO_INTERVAL}; – no clip. "
        "Within speaker: in standard deviations of the speaker's full speech from its mean. "
        "Δf: cue of the salient segments minus that of all speech, of the other windows of the clip (those not "
        "salient), of the loudest windows, or minus its mean over the draws of random windows, clip by clip. "
        "Random windows can be salient ones, so Δf against them is smaller than against the other windows: by "
        "the share of the clip's windows that are salient. Pitch variability grows with the number of frames, and the "
        "other windows are mostly more, so its Δf against them is below zero for a blind choice, too. Matched salient: salient windows for which "
        "the clip has controls, other windows of like voicing and level, one no louder and one no "
        "softer; control: these, drawn to be as loud on average. Clips without controls do not enter, and Δf of "
        f"loudness and voiced fraction checks the matching there. * q < {LARGEST_Q:g}, two-sided, {FLIPS}, "
        "false discovery rate (Benjamini–Hochberg) over all Δf of a block but those from full speech: these are "
        "not tested, as they are not zero for windows chosen blindly (pitch varies less in a part than in the whole)."
    )
    blocks = []
    for (*run, target, grouped_by), rows in table.groupby(
        ["corpus", "protocol", "method", "target", "grouped_by"], sort=False
    ):
        cues = list(dict.fromkeys(rows["cue"]))
        panels = [
            Panel(name, panel_rows(rows, cues, columns, OTHER_COUNTS.get(name, COUNTS)))
            for name, columns in PANELS.items()
        ]
        title = block_title(*run, f"by {grouped_by.replace('_', ' ')}", target)
        blocks.append(Block(title, [column(cue) for cue in cues], panels))
    return Page(f"Table {number}", [Grouped(caption, blocks)])


def block_title(corpus: str, protocol: str, method: str, shown: str, target: str) -> str:
    """Title of a block: corpus, protocol, method and what is shown."""
    title = f"{corpus} · {protocol} · {method} · {shown}"
    return title + (" · maps of the true class" if target == "true_label" else "")


def column(cue: str) -> Column:
    """Label, unit and the paper's name of a cue, empty if it equals the label."""
    label, unit, paper = LABELS[cue]
    paper = paper or ""
    return Column(label, unit, "" if paper.casefold() == label.casefold() else paper)


def panel_rows(
    table: pd.DataFrame,
    cues: Sequence[str],
    columns: Sequence[str],
    counts: tuple[str, str] = COUNTS,
) -> list[list[str]]:
    """Cells of one panel: emotion, clips (speakers), and one per cue.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per emotion and cue: emotion, cue, `columns` and `counts`.
    cues : sequence of str
        Columns of the panel.
    columns : sequence of str
        Columns of mean and ends of the interval, in the unit of the cue, and, if tested, of q.
    counts : (str, str)
        Columns of clips and speakers.
    """
    by_cell = {(row["emotion"], row["cue"]): row for row in table.to_dict("records")}
    emotions = list(dict.fromkeys(table["emotion"]))
    numbers = {cell: [row[name] for name in columns] for cell, row in by_cell.items()}
    digits = {
        cue: render.decimals([numbers[emotion, cue][:3] for emotion in emotions]) for cue in cues
    }
    rows = []
    for emotion in emotions:
        cells = []
        for cue in cues:
            *estimate, q = (*numbers[emotion, cue], 1.0)[:4]
            starred = q < LARGEST_Q
            cells.append(render.cell(*estimate, digits[cue], starred=starred))
        clips = _counted([by_cell[emotion, cue] for cue in cues], counts)
        rows.append([str(emotion), clips, *cells])
    return rows


def _counted(cells: list[dict], counts: tuple[str, str]) -> str:
    """``clips (speakers)``; a range of clips if some lack a cue."""
    n_clips, n_speakers = counts
    low, high = (end(cell[n_clips] for cell in cells) for end in (min, max))
    clips = f"{high}" if low == high else f"{low}–{high}"
    return render.clips(clips, max(cell[n_speakers] for cell in cells))
