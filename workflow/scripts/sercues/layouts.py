"""Every table for readers: Markdown and HTML, and LaTeX for Tables 2 and 3."""

import html
import math
from typing import NamedTuple

import pandas as pd

from sercues import pages
from sercues.comparison import MEASURES, ORDER
from sercues.cues import CUES
from sercues.evidence import BASELINES, TABLES
from sercues.inference import LARGEST_Q
from sercues.statistics import NO_INTERVAL


class Panel(NamedTuple):
    """Rows of one quantity: emotion or contrast, clips (speakers), one cell per cue."""

    title: str
    rows: list[list[str]]


class Block(NamedTuple):
    """One corpus, protocol and method: a header (label, unit, paper's name) and its panels."""

    title: str
    header: list[tuple[str, str, str]]
    panels: list[Panel]
    rows_are: str = "emotion"


def _delta(baseline: str) -> tuple[str, ...]:
    """Columns of the difference from one baseline."""
    return tuple(f"delta_{baseline}{ending}" for ending in ("", "_low", "_high", "_q"))


PANELS = {
    "Salient segments": ("mean", "ci_low", "ci_high"),
    "Salient segments, within speaker (z)": ("z", "z_low", "z_high"),
    "Δf: salient − full speech": _delta("full"),
    "Δf: salient − random segments": _delta("random"),
    "Δf: paired − matched segments": _delta("matched"),
    "Δf: salient − loudest segments": _delta("energy"),
}
COUNTS = ("n_clips", "n_speakers")
# only clips with mates enter
OTHER_COUNTS = {"Δf: paired − matched segments": ("matched_clips", "matched_speakers")}
PLACE = ["corpus", "protocol", "method", "target_kind", "grouped_by"]


def caption(number: str, sample: str, draws: int) -> str:
    """What Table `number` shows, which clips it rests on and what its intervals are.

    Parameters
    ----------
    number : {"2", "3"}
        Table of the paper.
    sample : str
        Which clips were explained, in words.
    draws : int
        Bootstrap draws.
    """
    which = "correctly classified" if TABLES[number] else "misclassified"
    return (
        f"Table {number}. Acoustic cues in the salient segments of {which} clips. "
        f"Clips explained: {sample}. "
        "Cells: mean over clips [95 % interval, percentile bootstrap over speakers, "
        f"{draws} draws, widened for few speakers]; † {NO_INTERVAL}; – no clip. "
        "Within speaker: in standard deviations of the speaker's full speech from its mean. "
        "Δf: cue of the salient segments minus that of all speech, of the loudest windows, or minus "
        "its mean over the draws of random windows, clip by clip. Paired: salient windows for which "
        "the clip has mates, other windows of like voicing and level, one no louder and one no "
        "softer; matched: these, drawn to be as loud on average. Clips without mates do not enter, and Δf of "
        f"loudness and voiced fraction checks the matching there. * q < {LARGEST_Q:g}, two-sided, sign flips "
        "over speakers, false discovery rate (Benjamini–Hochberg) over all Δf of a block."
    )


def layout(table: pd.DataFrame) -> list[Block]:
    """Blocks of formatted cells from rows of the table `table`, in the order of these rows."""
    blocks = []
    for (corpus, protocol, method, target_kind, grouped_by), part in table.groupby(
        PLACE, sort=False
    ):
        title = f"{corpus} · {protocol} · {method} · by {grouped_by} emotion"
        if target_kind == "true":
            title += " · maps of the true class"
        cues = list(dict.fromkeys(part["cue"]))
        header = [_names(cue) for cue in cues]
        panels = [
            Panel(name, _rows(part, cues, columns, OTHER_COUNTS.get(name, COUNTS)))
            for name, columns in PANELS.items()
        ]
        blocks.append(Block(title, header, panels))
    return blocks


def _names(cue: str) -> tuple[str, str, str]:
    """Label, unit and the paper's name of a cue, empty where it is the label."""
    label, unit, paper = CUES[cue].label, CUES[cue].unit, CUES[cue].paper_name or ""
    return label, unit, "" if paper.casefold() == label.casefold() else paper


def _rows(
    part: pd.DataFrame,
    cues: list[str],
    columns: tuple[str, ...],
    counts: tuple[str, str] = COUNTS,
) -> list[list[str]]:
    """Formatted rows of one panel; `columns` name its mean, interval and, for a Δf, q."""
    found = {(row["emotion"], row["cue"]): row for row in part.to_dict("records")}
    emotions = list(dict.fromkeys(part["emotion"]))
    numbers = {place: [row[name] for name in columns] for place, row in found.items()}
    decimals = {
        cue: pages.decimals([numbers[emotion, cue][:3] for emotion in emotions]) for cue in cues
    }
    rows = []
    for emotion in emotions:
        cells = [_tested_cell(*numbers[emotion, cue], decimals=decimals[cue]) for cue in cues]
        rows.append([str(emotion), _clips([found[emotion, cue] for cue in cues], counts), *cells])
    return rows


def _tested_cell(mean: float, low: float, high: float, q: float = 1.0, *, decimals: int) -> str:
    """`_cell`, with a star where q is small."""
    return pages.cell(mean, low, high, decimals) + ("*" if q < LARGEST_Q else "")


def _clips(cells: list[dict], counts: tuple[str, str]) -> str:
    """``clips (speakers)``; a range where some clips lack a cue."""
    n_clips, n_speakers = counts
    low, high = (end(cell[n_clips] for cell in cells) for end in (min, max))
    clips = f"{high}" if low == high else f"{low}–{high}"
    return f"{clips} ({max(cell[n_speakers] for cell in cells)})"


def to_markdown(table: pd.DataFrame, caption: str) -> str:
    """Table 2 or 3 as Markdown, one table per block."""
    return _blocks_to_markdown(layout(table), caption)


def _blocks_to_markdown(blocks: list[Block], caption: str) -> str:
    parts = [pages.markdown(caption)]
    for block in blocks:
        header = [block.rows_are, "clips (speakers)"]
        for label, unit, paper in block.header:
            header.append(f"{label} ({unit}; paper: {paper})" if paper else f"{label} ({unit})")
        lines = [
            pages.bar([pages.markdown(name) for name in header]),
            pages.bar(["---"] + ["---:"] * (len(header) - 1)),
        ]
        for panel in block.panels:
            lines.append(
                pages.bar([f"**{pages.markdown(panel.title)}**", *[""] * (len(header) - 1)])
            )
            lines += [
                pages.bar([pages.markdown(emotion), *cells]) for emotion, *cells in panel.rows
            ]
        parts += [f"### {pages.markdown(block.title)}", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def to_html(table: pd.DataFrame, caption: str) -> str:
    """Table 2 or 3 as a page of its own, one table per block."""
    return _blocks_to_html(layout(table), caption)


def _blocks_to_html(blocks: list[Block], caption: str) -> str:
    parts = [f"<p>{html.escape(caption)}</p>"]
    for block in blocks:
        heads = [f"<th scope='col'>{block.rows_are}</th><th scope='col'>clips (speakers)</th>"]
        for label, unit, paper in block.header:
            notes = [html.escape(unit)] + ([f"paper: {html.escape(paper)}"] if paper else [])
            note = "<br>".join(notes)
            heads.append(f"<th scope='col'>{html.escape(label)}<small>{note}</small></th>")
        body = []
        for panel in block.panels:
            title = html.escape(panel.title)
            body.append(
                f"<tbody><tr class='panel'><th scope='rowgroup' colspan='{len(block.header) + 2}'>"
                f"{title}</th></tr>"
            )
            for emotion, *cells in panel.rows:
                row = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
                body.append(f"<tr><th scope='row'>{html.escape(emotion)}</th>{row}</tr>")
            body.append("</tbody>")
        parts.append(
            f"<table><caption>{html.escape(block.title)}</caption>"
            f"<thead><tr>{''.join(heads)}</tr></thead>\n" + "\n".join(body) + "</table>"
        )
    return pages.page(caption.split(". ")[0], "\n".join(parts))


def to_latex(table: pd.DataFrame, caption: str) -> str:
    r"""Table 2 or 3 as LaTeX, one ``table*`` per block; needs booktabs and graphicx."""
    parts = [r"% needs \usepackage{booktabs,graphicx}"]
    for block in layout(table):
        heads = ["emotion", r"\shortstack{clips\\(speakers)}"]
        for label, unit, paper in block.header:
            name = rf"{pages.latex(label)}\\{pages.latex(unit)}"
            name += rf"\\\textit{{{pages.latex(paper)}}}" if paper else ""
            heads.append(rf"\shortstack{{{name}}}")
        lines = [
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{pages.latex(caption)} {pages.latex(block.title)}.}}",
            r"\resizebox{\textwidth}{!}{%",
            rf"\begin{{tabular}}{{lr*{{{len(block.header)}}}{{c}}}}",
            r"\toprule",
            " & ".join(heads) + r" \\",
        ]
        for panel in block.panels:
            title = rf"\textit{{{pages.latex(panel.title)}}}"
            lines.append(rf"\midrule \multicolumn{{{len(heads)}}}{{l}}{{{title}}} \\")
            # braces keep a leading "[" from becoming an argument of the line break before it
            lines += [
                " & ".join(f"{{{pages.latex(cell)}}}" for cell in row) + r" \\"
                for row in panel.rows
            ]
        parts.append("\n".join([*lines, r"\bottomrule", r"\end{tabular}}", r"\end{table*}"]))
    return "\n\n".join(parts) + "\n"


CONTRASTS = {
    "difference": ("difference", "ci_low", "ci_high", "q"),
    "Cliff's δ": ("cliffs_delta", "cliffs_low", "cliffs_high"),
}
EXCESS = ("excess", "excess_low", "excess_high", "excess_q")
BEYOND = ", beyond "
KINDS = {
    "emotion": "correct clips of two emotions",
    "correctness": "misclassified against correct clips",
}


def contrasts_caption(sample: str, draws: int) -> str:
    """What the contrasts show; `sample` and `draws` as in `caption`."""
    return (
        "Contrasts. Acoustic cues in the salient segments, one group of clips minus another, and how much "
        "of that is beyond each baseline region: the contrast of the clips' salient minus baseline "
        "difference, for matched windows of their paired minus matched one. "
        f"Clips explained: {sample}. Clips: of the first and of the second group, and speakers of "
        f"either. Cells: difference of the means, or Cliff's δ [95 % interval, percentile bootstrap "
        f"over speakers, {draws} draws, widened for few speakers]; † {NO_INTERVAL}; – no clip; "
        f"* q < {LARGEST_Q:g}, two-sided, labels permuted within speakers, false discovery rate "
        "(Benjamini–Hochberg) over all differences of a block, those beyond the baselines by themselves."
    )


def contrasts_to_markdown(table: pd.DataFrame, caption: str) -> str:
    """The table `contrasts` as Markdown, one table per block."""
    return _blocks_to_markdown(_contrast_blocks(table), caption)


def contrasts_to_html(table: pd.DataFrame, caption: str) -> str:
    """The table `contrasts` as a page of its own, one table per block."""
    return _blocks_to_html(_contrast_blocks(table), caption)


def _contrast_blocks(table: pd.DataFrame) -> list[Block]:
    """Blocks of formatted cells from rows of the table `contrasts`, in the order of these rows."""
    blocks = []
    place = ["corpus", "protocol", "method", "target_kind", "kind"]
    for (corpus, protocol, method, target_kind, kind), part in table.groupby(place, sort=False):
        title = f"{corpus} · {protocol} · {method} · {KINDS[kind]}"
        if target_kind == "true":
            title += " · maps of the true class"
        cues = list(dict.fromkeys(part["cue"]))
        names = part["first"] + " − " + part["second"]
        part = part.assign(emotion=names)
        salient = _with_clips(part[part["region"] == "salient"], "n_first", "n_second")
        panels = [Panel(name, _rows(salient, cues, columns)) for name, columns in CONTRASTS.items()]
        beyond = pd.concat([part[part["region"] == name] for name in BASELINES])
        beyond = beyond.assign(
            emotion=beyond["emotion"] + BEYOND + beyond["region"],
            order=beyond["emotion"].map(list(dict.fromkeys(names)).index),
        ).sort_values("order", kind="stable")
        # without clips of one group there is nothing to tell
        beyond = beyond[beyond.groupby("emotion")["excess"].transform("count") > 0]
        if len(beyond):
            beyond = _with_clips(beyond, "excess_first", "excess_second")
            panels.append(Panel("salient minus baseline", _rows(beyond, cues, EXCESS)))
        blocks.append(Block(title, [_names(cue) for cue in cues], panels, "contrast"))
    return blocks


def _with_clips(part: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """With the most clips of either group of each line in words, as `n_clips`."""
    most = part.groupby("emotion")[[first, second]].transform("max").astype(int).astype(str)
    return part.assign(n_clips=most[first] + " + " + most[second])


def _summary_rows(summary: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `summary`, in per cent."""
    names = ["corpus", "protocol", "measure", "all clips", "mean ± sd (range)", "trainings"]
    rows = []
    for row in summary.itertuples():
        spread = _percent(row.mean)
        if math.isfinite(row.sd):
            ends = f"{_percent(row.lowest)}–{_percent(row.highest)}"
            spread += f" ± {_percent(row.sd)} ({ends})"
        rows.append(
            [
                row.corpus,
                row.protocol,
                "UAR" if row.measure == "uar" else row.measure,
                pages.cell(100 * row.value, 100 * row.ci_low, 100 * row.ci_high, 1),
                spread,
                str(row.n_trainings),
                f"{row.n_clips} ({row.n_speakers})",
                _percent(row.published),
                _percent(row.listeners),
            ]
        )
    return [*names, "clips (speakers)", "paper", "listeners"], rows


def _percent(share: float) -> str:
    """`share` in per cent with one decimal, ``–`` where there is none."""
    return f"{100 * share:.1f}" if math.isfinite(share) else "–"


SUMMARY_CAPTION = (
    "Accuracy and unweighted average recall (UAR) of held-out clips, per cent. All clips: over the "
    "clips of all folds and seeds [95 % interval, percentile bootstrap over speakers]; "
    f"† {NO_INTERVAL}. Mean, standard deviation and range: over trainings, one per fold and seed."
)


def summary_to_markdown(summary: pd.DataFrame) -> str:
    """The accuracies as one Markdown table."""
    return pages.flat_markdown(SUMMARY_CAPTION, *_summary_rows(summary), n_texts=3)


def summary_to_html(summary: pd.DataFrame) -> str:
    """The accuracies as a page of its own."""
    return pages.flat_html("Accuracy", SUMMARY_CAPTION, *_summary_rows(summary), n_texts=3)


LOCALISATION_CAPTION = (
    "Share of the segments' time that lies in the interval where the embedded (synthetic) corpus "
    "carries its emotion, per cent: mean over clips [95 % interval, percentile bootstrap over "
    f"speakers]; † {NO_INTERVAL}. Regions: salient, what the method points at; energy, the loudest "
    "windows; random, windows drawn blindly; paired, salient windows with mates in the clip, others of "
    "like level and voicing, and matched, these mates; full, all speech."
)


RECOVERY_CAPTION = (
    "Planted cues, measured in the salient segments: clips of the emotion minus neutral clips, within "
    "speakers [95 % interval, percentile bootstrap over speakers]; p: labels permuted within speakers; "
    "q: false discovery rate over emotions and cues of a method. Recovered: q < "
    f"{LARGEST_Q:g} and the planted sign."
)
SHARES_CAPTION = (
    "How many of the planted cues each method recovers (goal: at least 90 %). Cues that are not planted "
    f"and differ all the same (q < {LARGEST_Q:g}) are false discoveries in a corpus in which nothing is "
    "planted (goal: at most 5 %); elsewhere they may truly differ, as the cues of one utterance hang "
    "together."
)


def localisation_to_markdown(
    table: pd.DataFrame, pointing: pd.DataFrame, recovery: pd.DataFrame, shares: pd.DataFrame
) -> str:
    """The tables `localisation`, `pointing` and, for planted cues, `recovery` in Markdown.

    And how many of these are recovered, from `recovery.shares`.
    """
    parts = [
        pages.flat_markdown(LOCALISATION_CAPTION, *_localisation_rows(table), n_texts=4),
        pages.flat_markdown(POINTING_CAPTION, *_pointing_rows(pointing), n_texts=4),
        pages.flat_markdown(RECOVERY_CAPTION, *_recovery_rows(recovery), n_texts=5),
        pages.flat_markdown(SHARES_CAPTION, *_share_rows(shares), n_texts=3),
    ]
    return "\n".join(parts)


def localisation_to_html(
    table: pd.DataFrame, pointing: pd.DataFrame, recovery: pd.DataFrame, shares: pd.DataFrame
) -> str:
    """The same as a page of its own."""
    return pages.page(
        "Localisation",
        pages.html_table(LOCALISATION_CAPTION, *_localisation_rows(table), n_texts=4)
        + pages.html_table(POINTING_CAPTION, *_pointing_rows(pointing), n_texts=4)
        + pages.html_table(RECOVERY_CAPTION, *_recovery_rows(recovery), n_texts=5)
        + pages.html_table(SHARES_CAPTION, *_share_rows(shares), n_texts=3),
    )


POINTING_CAPTION = (
    "All windows, scored by the method: chance that one on the planted interval scores higher than "
    "another (area under the ROC curve), and share of clips whose best window is on it (pointing "
    "game), per cent: mean over clips [95 % interval, percentile bootstrap over speakers]; "
    f"† {NO_INTERVAL}; p: difference from chance, sign flips over speakers; q: false discovery rate "
    "over methods and measures."
)


def _pointing_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `pointing`, in per cent."""
    header = ["corpus", "protocol", "method", "measure", "value", "chance", "p", "q"]
    header.append("clips (speakers)")
    rows = []
    for row in table.itertuples():
        measure = "area under ROC" if row.measure == "auc" else "pointing game"
        value = pages.cell(100 * row.value, 100 * row.ci_low, 100 * row.ci_high, 1)
        clips = f"{row.n_clips} ({row.n_speakers})"
        place = [row.corpus, row.protocol, _method(row.method, row.target_kind), measure]
        tested = [_probability(row.p), _probability(row.q)]
        rows.append([*place, value, _percent(row.chance), *tested, clips])
    return header, rows


def _recovery_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the planted cues of the table `recovery`."""
    header = [
        "corpus",
        "protocol",
        "method",
        "emotion",
        "cue",
        "planted",
        "measured",
        "q",
        "outcome",
    ]
    rows = []
    for row in table[table["planted"].notna()].itertuples():
        numbers = (row.difference, row.ci_low, row.ci_high)
        place = _cue_place(row)
        planted = f"{pages.fixed(row.planted, pages.decimals([row.planted]))} {row.unit}"
        measured = f"{pages.cell(*numbers, pages.decimals(numbers))} {CUES[row.cue].unit}"
        rows.append([*place, planted, measured, _probability(row.q), row.outcome])
    return header, rows


def _share_rows(shares: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of what `recovery.shares` gives."""
    header = ["corpus", "protocol", "method", "planted cues recovered", "with the wrong sign"]
    header += ["missed", "not planted, but different"]
    rows = []
    for row in shares.to_dict("records"):
        place = [row["corpus"], row["protocol"], _method(row["method"], row["target_kind"])]
        cells = [_of(row[name], row["planted"]) for name in ("recovered", "wrong sign", "missed")]
        rows.append([*place, *cells, _of(row["changed"], row["others"])])
    return header, rows


def _of(count: int, total: int) -> str:
    """``28 of 30 (93.3 %)``, ``–`` of nothing."""
    return f"{count} of {total} ({_percent(count / total)} %)" if total else "–"


def _probability(value: float) -> str:
    """A p or q with four decimals, ``–`` where there is none."""
    return f"{value:.4f}" if math.isfinite(value) else "–"


def _localisation_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `localisation`, in per cent."""
    header = ["corpus", "protocol", "method", "region", "on the planted interval"]
    header += ["minus random", "clips (speakers)"]
    rows = []
    for row in table.itertuples():
        share = (row.value, row.ci_low, row.ci_high)
        delta = (row.delta_random, row.delta_random_low, row.delta_random_high)
        cells = [pages.cell(*(100 * value for value in values), 1) for values in (share, delta)]
        place = [row.corpus, row.protocol, _method(row.method, row.target_kind), row.region]
        rows.append([*place, *cells, f"{row.n_clips} ({row.n_speakers})"])
    return header, rows


METHODS_CAPTION = (
    "Methods. Do the windows a method chose matter to the network? Mean over clips [95 % interval, "
    f"percentile bootstrap over speakers]; † {NO_INTERVAL}; * q < {LARGEST_Q:g} against chance, "
    "two-sided, sign flips over speakers. Chance: 50 % of sets and of random orders, 5 % of clips. "
    "Rank correlations: of a method's windows, explained again; energy and random know nothing of the "
    "network, and the greedy order has no map, so they have none. Seconds per clip: results/tables/costs.md."
)
COSTS_CAPTION = (
    "Costs. Wall-clock seconds of the jobs of each stage, summed, and the largest memory of one, as measured in "
    "this run; unlike every other table they differ from run to run. Clips: once per network and explained "
    "class. Seconds hold the start of each job, some seconds, so only many clips tell what a clip takes. "
    "union and intersection are made from the maps of occlusion and crp, whose seconds they do not hold. "
    "– not measured."
)


def methods_to_markdown(table: pd.DataFrame) -> str:
    """The table `methods` as one Markdown table."""
    return pages.flat_markdown(METHODS_CAPTION, *_method_rows(table), n_texts=3)


def methods_to_html(table: pd.DataFrame) -> str:
    """The table `methods` as a page of its own."""
    return pages.flat_html("Methods", METHODS_CAPTION, *_method_rows(table), n_texts=3)


def _method_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `methods`: one row per method, one column per measure."""
    # nothing is planted in a real corpus
    found = table[table["value"].notna()]["measure"].unique()
    measures = {name: measure for name, measure in MEASURES.items() if name in found}
    labels = [measure.label for measure in measures.values()]
    header = ["corpus", "protocol", "method", "clips (speakers)", *labels]
    rows = []
    place = ["corpus", "protocol", "method", "target_kind"]
    ordered = table.sort_values(
        "method", key=lambda names: names.map(ORDER.index), kind="stable"
    ).sort_values(["corpus", "protocol"], kind="stable")
    for (corpus, protocol, method, target_kind), part in ordered.groupby(place, sort=False):
        found = part.set_index("measure")
        cells = []
        for name, measure in measures.items():
            row, scale = found.loc[name], 100 if measure.percent else 1
            numbers = [scale * row[column] for column in ("value", "ci_low", "ci_high")]
            cells.append(_tested_cell(*numbers, row["q"], decimals=1 if measure.percent else 3))
        clips = f"{found['n_clips'].max()} ({found['n_speakers'].max()})"
        rows.append([corpus, protocol, _method(method, target_kind), clips, *cells])
    return header, rows


def costs_to_markdown(table: pd.DataFrame) -> str:
    """The table `costs` as one Markdown table."""
    return pages.flat_markdown(COSTS_CAPTION, *_cost_rows(table), n_texts=4)


def costs_to_html(table: pd.DataFrame) -> str:
    """The table `costs` as a page of its own."""
    return pages.flat_html("Costs", COSTS_CAPTION, *_cost_rows(table), n_texts=4)


def _cost_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `costs`: one row per stage."""
    header = ["corpus", "protocol", "method", "rule", "jobs", "clips", "seconds"]
    header += ["seconds per clip", "memory (MB)"]
    rows = []
    for row in table.itertuples():
        numbers = ((row.seconds, 1), (row.seconds_per_clip, 4), (row.memory_mb, 0))
        cells = [pages.fixed(*pair) if math.isfinite(pair[0]) else "–" for pair in numbers]
        place = [row.corpus, row.protocol, row.method, row.rule, str(row.jobs), str(row.clips)]
        rows.append([*place, *cells])
    return header, rows


STABILITY_CAPTION = (
    "What changes the explanations. Correct clips explained again after each change: mean over clips "
    "[95 % interval, percentile bootstrap over speakers]. The first should change a map: new weights "
    "from the output down to the layer that is named, and shuffled labels; the others should not. "
    "Another seed: where one seed is configured, one more network for the clips of the first fold. Of union "
    "and intersection both parts are explained again, with the fill they have. "
    f"† {NO_INTERVAL}."
)


def stability_to_markdown(table: pd.DataFrame) -> str:
    """The table `stability` as one Markdown table."""
    return pages.flat_markdown(STABILITY_CAPTION, *_stability_rows(table), n_texts=4)


def stability_to_html(table: pd.DataFrame) -> str:
    """The table `stability` as a page of its own."""
    return pages.flat_html("Stability", STABILITY_CAPTION, *_stability_rows(table), n_texts=4)


def _stability_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `stability`: one row per change."""
    header = ["corpus", "protocol", "method", "change", "rank correlation of the windows"]
    header += ["overlap (%)", "above chance (%)", "clips (speakers)"]
    rows = []
    place = ["corpus", "protocol", "method", "target_kind", "kind", "change"]
    for (corpus, protocol, method, target_kind, kind, change), part in table.groupby(
        place, sort=False
    ):
        found = part.set_index("measure")
        cells = []
        for measure, scale, decimals in (("windows", 1, 2), ("overlap", 100, 1), ("gain", 100, 1)):
            row = found.loc[measure, ["value", "ci_low", "ci_high"]].astype(float)
            cells.append(pages.cell(*(scale * row), decimals))
        clips = f"{found['n_clips'].max()} ({found['n_speakers'].max()})"
        words = f"new weights down to {change}" if kind == "weights" else change
        rows.append([corpus, protocol, _method(method, target_kind), words, *cells, clips])
    return header, rows


PLAUSIBILITY_CAPTION = (
    "Plausibility. Agreement of a region's cues with the expectations of the predicted emotion, minus "
    "chance: mean over clips [95 % interval, percentile bootstrap over speakers]; p: labels permuted "
    f"within speakers; † {NO_INTERVAL}. Paired: the salient windows that have mates, windows of like level "
    "and voicing (matched); only clips with such pairs enter there."
)
DETECTION_CAPTION = (
    "Does a low score find misclassified clips? AUROC: chance that a correct clip has the higher "
    "score, 50 for a blind one. Average precision: of finding misclassified clips, their share for a "
    "blind score. Risk–coverage: mean share of errors when the surest clips are kept, lower is "
    "better. Gain: AUROC with plausibility minus without. Salient − region: AUROC of the salient segments' "
    "plausibility minus that of the region's, above 0 where saliency finds errors better; for matched windows "
    "the paired segments stand in, both of the clips with mates alone. All in per cent [95 % interval, "
    f"percentile bootstrap over speakers]; † {NO_INTERVAL}."
)
PLAUSIBILITY_FAMILY = "q: false discovery rate (Benjamini–Hochberg) over the regions of a method."
SCORES = {
    "plausibility_salient": "plausibility, salient segments",
    "plausibility_full": "plausibility, full speech",
    "plausibility_random": "plausibility, random segments",
    "plausibility_energy": "plausibility, loudest segments",
    "plausibility_paired": "plausibility, paired segments",
    "plausibility_matched": "plausibility, matched segments",
    "max_probability": "largest probability",
    "entropy": "entropy",
    "margin": "margin of the two largest",
    "doubt": "these three, regression",
    "doubt_and_plausibility": "these and plausibility, regression",
}


def plausibility_to_markdown(summary: pd.DataFrame, detection: pd.DataFrame) -> str:
    """The tables `plausibility_summary` and `detection` as two Markdown tables."""
    words = f"{PLAUSIBILITY_CAPTION} {PLAUSIBILITY_FAMILY}"
    first = pages.flat_markdown(words, *_plausibility_rows(summary), n_texts=4)
    return (
        first
        + "\n"
        + pages.flat_markdown(DETECTION_CAPTION, *_detection_rows(detection), n_texts=4)
    )


def plausibility_to_html(summary: pd.DataFrame, detection: pd.DataFrame) -> str:
    """The same as a page of its own."""
    words = f"{PLAUSIBILITY_CAPTION} {PLAUSIBILITY_FAMILY}"
    return pages.page(
        "Plausibility",
        pages.html_table(words, *_plausibility_rows(summary), n_texts=4)
        + pages.html_table(DETECTION_CAPTION, *_detection_rows(detection), n_texts=4),
    )


def _plausibility_rows(summary: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `plausibility_summary`, one row per region."""
    header = ["corpus", "protocol", "method", "region", "correct", "misclassified"]
    header += ["difference", "p", "q", "clips (speakers)"]
    rows = []
    place = ["corpus", "protocol", "method", "target_kind", "region"]
    for (corpus, protocol, method, target_kind, region), part in summary.groupby(place, sort=False):
        found = part.set_index("group")
        cells = [
            pages.cell(*found.loc[group, ["value", "ci_low", "ci_high"]], 2)
            for group in ("correct", "misclassified", "difference")
        ]
        cells += [_probability(found.loc["difference", name]) for name in ("p", "q")]
        clips = f"{found.loc['difference', 'n_clips']} ({found.loc['difference', 'n_speakers']})"
        rows.append([corpus, protocol, _method(method, target_kind), region, *cells, clips])
    return header, rows


def _detection_rows(detection: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `detection`, one row per score, in per cent."""
    measures = {"auroc": "AUROC", "average_precision": "average precision"}
    measures |= {"aurc": "risk–coverage", "gain": "gain", "ahead": "salient − region"}
    header = [
        "corpus",
        "protocol",
        "method",
        "score",
        *measures.values(),
        "clips, errors (speakers)",
    ]
    rows = []
    place = ["corpus", "protocol", "method", "target_kind", "score"]
    for (corpus, protocol, method, target_kind, score), part in detection.groupby(
        place, sort=False
    ):
        found = part.set_index("measure")
        cells = [
            pages.cell(*(100 * found.loc[measure, ["value", "ci_low", "ci_high"]]), 1)
            if measure in found.index
            else "–"
            for measure in measures
        ]
        first = part.iloc[0]
        clips = f"{first.n_clips}, {first.n_errors} ({first.n_speakers})"
        rows.append([corpus, protocol, _method(method, target_kind), SCORES[score], *cells, clips])
    return header, rows


def _cue_place(row) -> list[str]:
    """Corpus, protocol, method, emotion and cue of a row, for readers."""
    method = _method(row.method, row.target_kind)
    return [row.corpus, row.protocol, method, row.emotion, CUES[row.cue].label]


def _method(method: str, target_kind: str) -> str:
    """The method, with a remark where its maps are of the true class and not the predicted one."""
    return method + (" (true class)" if target_kind == "true" else "")


MIXED_CAPTION = (
    "Where a mixed model and the sign flips of Table 2 disagree: salient minus random or the loudest (energy) "
    "segments of correctly classified clips, or paired minus matched ones, with the p of both, and q: false "
    "discovery rate (Benjamini–Hochberg) over baselines, emotions and cues of a method."
)


def mixed_to_markdown(table: pd.DataFrame) -> str:
    """How often both agree, and the rows of the table `mixed` where they do not, in Markdown."""
    return f"{_mixed_words(table)}\n\n" + pages.flat_markdown(
        MIXED_CAPTION, *_mixed_rows(table), n_texts=6
    )


def mixed_to_html(table: pd.DataFrame) -> str:
    """The same as a page of its own."""
    words = f"<p>{html.escape(_mixed_words(table))}</p>\n"
    return pages.page(
        "Mixed models", words + pages.html_table(MIXED_CAPTION, *_mixed_rows(table), n_texts=6)
    )


def _mixed_words(table: pd.DataFrame) -> str:
    """How often the mixed model and the permutations say the same."""
    words = f"{int(table['agree'].sum())} of {len(table)} tests agree at the level of 5 %"
    by = table.groupby("baseline", sort=False)["agree"].agg(["sum", "size"])
    each = [f"{int(row['sum'])} of {row['size']} against {name}" for name, row in by.iterrows()]
    return f"{words} ({', '.join(each)})." if each else f"{words}."


def _mixed_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the disagreements of the table `mixed`."""
    header = ["corpus", "protocol", "method", "baseline", "emotion", "cue", "mixed model", "p", "q"]
    header += ["mean difference", "p of sign flips", "q of sign flips", "clips"]
    rows = []
    for row in table[~table["agree"].astype(bool)].itertuples():
        decimals = pages.decimals([row.estimate, row.ci_low, row.ci_high])
        place = _cue_place(row)
        place.insert(3, row.baseline)
        cells = [pages.cell(row.estimate, row.ci_low, row.ci_high, decimals)]
        cells += [_probability(row.p), _probability(row.q)]
        cells.append(pages.fixed(row.permutation_estimate, decimals))
        cells += [_probability(row.permutation_p), _probability(row.permutation_q)]
        rows.append([*place, *cells, str(row.n_clips)])
    return header, rows


SIGNATURE_CAPTION = (
    "Signs of a failing explanation. Red: the sign is there; green: it is not; undecided: the 95 % "
    "interval holds the threshold, or it cannot be measured."
)


def signatures_to_markdown(table: pd.DataFrame) -> str:
    """The table `signatures` as one Markdown table."""
    return pages.flat_markdown(SIGNATURE_CAPTION, *_signature_rows(table), n_texts=6)


def signatures_to_html(table: pd.DataFrame) -> str:
    """The table `signatures` as a page of its own."""
    return pages.flat_html("Signatures", SIGNATURE_CAPTION, *_signature_rows(table), n_texts=6)


def _signature_rows(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Header and formatted rows of the table `signatures`."""
    header = ["sign", "corpus", "protocol", "method", "measured", "verdict"]
    header += ["value", "threshold", "clips (speakers)"]
    rows = []
    for row in table.itertuples():
        numbers = pages.cell(row.value, row.ci_low, row.ci_high, 3).replace(" †", "")
        threshold = f"{row.threshold:g}" if math.isfinite(row.threshold) else "–"
        place = [row.statement, row.corpus, row.protocol, row.method, row.measured, row.verdict]
        rows.append([*place, numbers, threshold, f"{row.n_clips} ({row.n_speakers})"])
    return header, rows


CLAIMS = ["corpus", "protocol", "method", "cue", "measured", "q", "verdict"]
LEDGER = {
    "Claims of the paper": "What it says, what was measured, and whether it holds. Intervals: 95 %, "
    "bootstrap over speakers. q: the false discovery rate among the claims of one corpus, protocol "
    "and method. Saliency adds nothing where salient segments are like random, matched or the loudest "
    "windows, within the bound that a row states; a difference that was not seen leaves it undecided.",
    "Defects of its code": "What its code does, and how much of that is in these results: repeated by "
    "the protocol, or repaired.",
}


def _ledger(claims: pd.DataFrame):
    """The parts of the ledger: title, what it is, and per claim its first row and its cells."""
    defect = claims["claim"].str.startswith("defect_")
    for (title, text), rows in zip(LEDGER.items(), (claims[~defect], claims[defect]), strict=True):
        entries = []
        for _, part in rows.groupby("claim", sort=False):
            q = part["q"].map(lambda value: "–" if pd.isna(value) else f"{value:.3g}")
            entries.append((part.iloc[0], part.assign(q=q)[CLAIMS].astype(str)))
        yield title, text, entries


def claims_to_markdown(claims: pd.DataFrame) -> str:
    """The claims ledger as Markdown, one table per claim and per defect."""
    parts = []
    for title, text, entries in _ledger(claims):
        parts += [f"## {title}", text]
        for first, cells in entries:
            lines = [pages.bar(CLAIMS), pages.bar(["---"] * len(CLAIMS))]
            for row in cells.itertuples(index=False):
                lines.append(pages.bar([pages.markdown(value) for value in row]))
            heading = f"### {pages.markdown(first.statement)}"
            parts += [heading, f"Published: {pages.markdown(first.published)}.", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def claims_to_html(claims: pd.DataFrame) -> str:
    """The claims ledger as a page of its own."""
    heads = "".join(f"<th scope='col' class='text'>{name}</th>" for name in CLAIMS)
    parts = []
    for title, text, entries in _ledger(claims):
        parts.append(f"<h2>{title}</h2>\n<p>{html.escape(text)}</p>")
        for first, table in entries:
            rows = []
            for row in table.itertuples(index=False):
                *cells, verdict = (html.escape(value) for value in row)
                texts = "".join(f"<td class='text'>{cell}</td>" for cell in cells)
                kind = verdict.replace(" ", "-")
                rows.append(f"<tr>{texts}<td class='text {kind}'>{verdict}</td></tr>")
            parts.append(
                f"<table><caption>{html.escape(first.statement)} "
                f"<small>published: {html.escape(first.published)}</small></caption>"
                f"<thead><tr>{heads}</tr></thead>\n<tbody>" + "\n".join(rows) + "</tbody></table>"
            )
    return pages.page("Claims", "\n".join(parts))
