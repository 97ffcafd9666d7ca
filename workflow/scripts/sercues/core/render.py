"""Tables and pages in Markdown, HTML and LaTeX, with everything escaped.

The module that computes a table decides what its page says; this one decides how it looks.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import numpy as np

# ---- numbers -------------------------------------------------------------------------------------


def decimals(values: Sequence, digits: int = 3) -> int:
    """Decimals that give the largest value `digits` significant digits, from 0 to 6."""
    values = np.asarray(values, dtype=float)
    largest = np.max(np.abs(values), initial=0, where=np.isfinite(values))
    return 2 if largest == 0 else int(np.clip(digits - 1 - math.floor(math.log10(largest)), 0, 6))


def cell(mean: float, low: float, high: float, decimals: int, *, starred: bool = False) -> str:
    """``mean [low, high]``, ``mean †`` without an interval, ``–`` without clips; starred on request."""
    star = "*" if starred else ""
    if not math.isfinite(mean):
        return f"–{star}"
    if not math.isfinite(low):
        return f"{fixed(mean, decimals)} †{star}"
    return f"{fixed(mean, decimals)} [{fixed(low, decimals)}, {fixed(high, decimals)}]{star}"


def fixed(value: float, decimals: int, *, signed: bool = False) -> str:
    """`value` with `decimals`, a true minus sign, no negative zero; a plus sign if `signed`."""
    return f"{value:{'+' if signed else ''}z.{decimals}f}".replace("-", "−")


def number(value: float) -> str:
    """`value` with three significant digits and a true minus sign."""
    return f"{value:.3g}".replace("-", "−")


def percent(share: float) -> str:
    """`share` in per cent with one decimal, ``–`` if missing."""
    return f"{100 * share:.1f}" if math.isfinite(share) else "–"


def probability(value: float) -> str:
    """A p or q with four decimals, ``–`` if missing."""
    return f"{value:.4f}" if math.isfinite(value) else "–"


def clips(n_clips: int | str, n_speakers: int) -> str:
    """``12 (3)``: numbers of clips and of speakers; the clips may be a text."""
    return f"{n_clips} ({n_speakers})"


def method(name: str, target: str) -> str:
    """The method, with a remark if its maps explain the true class, not the predicted one."""
    return name + (" (true class)" if target == "true_label" else "")


# ---- escaping ------------------------------------------------------------------------------------


def one_line(text: str) -> str:
    """`text` with line breaks and other control characters as single spaces."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()


def escape_markdown(text: str) -> str:
    """`text` with everything escaped that Markdown or its tables would take for markup."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]#|~$])", r"\\\1", text)


LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "−": "$-$",
    "–": "--",
    "Δ": r"$\Delta$",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "†": r"$\dagger$",
} | {character: f"\\{character}" for character in "$&#%_"}


def escape_latex(text: str) -> str:
    """`text` with LaTeX's special characters escaped."""
    return "".join(LATEX.get(character, character) for character in one_line(text))


def _bar(cells: Sequence[str]) -> str:
    """One row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


# ---- parts of a page -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """A heading."""

    text: str

    def markdown(self) -> str:
        """As Markdown, without a final newline."""
        return f"## {escape_markdown(self.text)}"

    def html(self) -> str:
        """As HTML, without a final newline."""
        return f"<h2>{escape(self.text)}</h2>"


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str

    def markdown(self) -> str:
        """As Markdown, without a final newline."""
        return escape_markdown(self.text)

    def html(self) -> str:
        """As HTML, without a final newline."""
        return f"<p>{escape(self.text)}</p>"


@dataclass(frozen=True)
class Table:
    """A flat table below its caption.

    Attributes
    ----------
    caption : str
        What it shows.
    head : sequence of str
        Names of the columns, not escaped in Markdown. A column ``verdict`` is coloured.
    rows : sequence of sequence of str
        Cells; each row has as many as `head` has names.
    n_texts : int
        Number of text columns, from the left, which are escaped; the others are numbers.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    n_texts: int

    def markdown(self) -> str:
        """Caption and table as Markdown, without a final newline."""
        return f"{escape_markdown(self.caption)}\n\n{_flat_markdown(self)}"

    def html(self) -> str:
        """Caption and table as HTML, without a final newline."""
        return f"<p>{escape(self.caption)}</p>\n<table>{_flat_html(self)}</table>"


@dataclass(frozen=True)
class Titled:
    """A flat table of text columns below a title and a note.

    Attributes
    ----------
    title, note : str
        The note begins in lower case and has no full stop.
    head, rows
        As in `Table`.
    """

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def n_texts(self) -> int:
        """Number of text columns: all."""
        return len(self.head)

    def markdown(self) -> str:
        """Title, note and table as Markdown, without a final newline."""
        note = escape_markdown(self.note)
        sentence = f"{note[:1].upper()}{note[1:]}."
        return f"### {escape_markdown(self.title)}\n\n{sentence}\n\n{_flat_markdown(self)}"

    def html(self) -> str:
        """Title, note and table as HTML, without a final newline."""
        caption = f"{escape(self.title)} <small>{escape(self.note)}</small>"
        return f"<table><caption>{caption}</caption>{_flat_html(self)}</table>"


VERDICT = "verdict"  # the coloured column
COLOURED = ("green", "red", "undecided", "holds", "does not", "repaired", "repeated")


def _flat_markdown(table: Table | Titled) -> str:
    """Head and rows of a table in Markdown."""
    n_texts = table.n_texts
    lines = [_bar(table.head), _bar(["---"] * n_texts + ["---:"] * (len(table.head) - n_texts))]
    for row in table.rows:
        lines.append(_bar([*map(escape_markdown, row[:n_texts]), *row[n_texts:]]))
    return "\n".join(lines)


def _flat_html(table: Table | Titled) -> str:
    """Head and rows of a table in HTML, with coloured verdicts."""
    classes = ["text"] * table.n_texts + [""] * (len(table.head) - table.n_texts)
    columns = list(zip(table.head, classes, strict=True))
    head = "".join(f"<th scope='col'{_class(names)}>{escape(name)}</th>" for name, names in columns)
    body = []
    for row in table.rows:
        cells = []
        for value, (name, names) in zip(row, columns, strict=True):
            if name == VERDICT and value in COLOURED:
                names = f"text {value.replace(' ', '-')}"
            cells.append(f"<td{_class(names)}>{escape(value)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return f"<thead><tr>{head}</tr></thead>\n<tbody>" + "\n".join(body) + "</tbody>"


def _class(names: str) -> str:
    return f" class='{names}'" if names else ""


# ---- tables in groups ----------------------------------------------------------------------------

CLIPS = "clips (speakers)"  # the second column of every block


class Column(NamedTuple):
    """Head of a column: label, unit, and the paper's name if it differs."""

    label: str
    unit: str
    paper: str


class Panel(NamedTuple):
    """Rows of one quantity: emotion or contrast, clips (speakers), then a cell per column."""

    title: str
    rows: Sequence[Sequence[str]]


class Block(NamedTuple):
    """One table of panels, such as that of a run (corpus, protocol, method)."""

    title: str
    head: Sequence[Column]
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Grouped:
    """Tables of panels, one per block, below one caption.

    Attributes
    ----------
    caption : str
        What the tables show.
    blocks : sequence of Block
        The tables.
    rows_are : str
        Head of the first column.
    """

    caption: str
    blocks: Sequence[Block]
    rows_are: str = "emotion"

    def markdown(self) -> str:
        """Caption and tables as Markdown, without a final newline."""
        return "\n\n".join([escape_markdown(self.caption), *map(self._markdown, self.blocks)])

    def _markdown(self, block: Block) -> str:
        header = [self.rows_are, CLIPS]
        for label, unit, paper in block.head:
            header.append(f"{label} ({unit}; paper: {paper})" if paper else f"{label} ({unit})")
        lines = [
            f"### {escape_markdown(block.title)}\n",
            _bar([escape_markdown(name) for name in header]),
            _bar(["---"] + ["---:"] * (len(header) - 1)),
        ]
        for panel in block.panels:
            lines.append(_bar([f"**{escape_markdown(panel.title)}**", *[""] * (len(header) - 1)]))
            lines += [_bar([escape_markdown(first), *cells]) for first, *cells in panel.rows]
        return "\n".join(lines)

    def html(self) -> str:
        """Caption and tables as HTML, without a final newline."""
        return "\n".join([f"<p>{escape(self.caption)}</p>", *map(self._html, self.blocks)])

    def _html(self, block: Block) -> str:
        heads = [f"<th scope='col'>{name}</th>" for name in (self.rows_are, CLIPS)]
        for label, unit, paper in block.head:
            note = escape(unit) + (f"<br>paper: {escape(paper)}" if paper else "")
            heads.append(f"<th scope='col'>{escape(label)}<small>{note}</small></th>")
        body = []
        for panel in block.panels:
            title = f"<th scope='rowgroup' colspan='{len(heads)}'>{escape(panel.title)}</th>"
            body.append(f"<tbody><tr class='panel'>{title}</tr>")
            for first, *cells in panel.rows:
                row = "".join(f"<td>{escape(value)}</td>" for value in cells)
                body.append(f"<tr><th scope='row'>{escape(first)}</th>{row}</tr>")
            body.append("</tbody>")
        return (
            f"<table><caption>{escape(block.title)}</caption>"
            f"<thead><tr>{''.join(heads)}</tr></thead>\n" + "\n".join(body) + "</table>"
        )

    def latex(self) -> str:
        r"""One ``table*`` per block, without a final newline."""
        return "\n\n".join(map(self._latex, self.blocks))

    def _latex(self, block: Block) -> str:
        heads = [self.rows_are, r"\shortstack{clips\\(speakers)}"]
        for label, unit, paper in block.head:
            name = rf"{escape_latex(label)}\\{escape_latex(unit)}"
            name += rf"\\\textit{{{escape_latex(paper)}}}" if paper else ""
            heads.append(rf"\shortstack{{{name}}}")
        lines = [
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{escape_latex(self.caption)} {escape_latex(block.title)}.}}",
            r"\resizebox{\textwidth}{!}{%",
            rf"\begin{{tabular}}{{lr*{{{len(block.head)}}}{{c}}}}",
            r"\toprule",
            " & ".join(heads) + r" \\",
        ]
        for panel in block.panels:
            title = rf"\textit{{{escape_latex(panel.title)}}}"
            lines.append(rf"\midrule \multicolumn{{{len(heads)}}}{{l}}{{{title}}} \\")
            # braces keep a leading "[" from being read as an argument of the preceding line break
            lines += [
                " & ".join(f"{{{escape_latex(value)}}}" for value in row) + r" \\"
                for row in panel.rows
            ]
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}}", r"\end{table*}"])


# ---- pages ---------------------------------------------------------------------------------------

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #222; background: #fff; }
p { max-width: 60rem; }
table { border-collapse: collapse; margin: 0 0 2rem; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; font-weight: 400; }
thead th { border-top: 2px solid #222; border-bottom: 1px solid #222; font-weight: 600; }
thead th { vertical-align: top; white-space: normal; }
small { display: block; font-weight: 400; color: #555; }
tbody th, .text { text-align: left; }
.text { white-space: normal; }
.panel th { font-style: italic; border-top: 1px solid #999; }
table { border-bottom: 2px solid #222; }
.holds, .repaired, .green { color: #1a6b2d; font-weight: 600; }
.does-not, .repeated, .red { color: #a3221b; font-weight: 600; }
.undecided { color: #555; }
"""


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes
    ----------
    title : str
        Title of the HTML page; Markdown has none.
    parts : sequence
        `Heading`, `Text`, `Table`, `Titled` and `Grouped`, from top to bottom.
    """

    title: str
    parts: Sequence[Heading | Text | Table | Titled | Grouped]

    def markdown(self) -> str:
        """The page as Markdown."""
        return "\n\n".join(part.markdown() for part in self.parts) + "\n"

    def html(self) -> str:
        """The page as standalone HTML."""
        body = "\n".join(part.html() for part in self.parts)
        # pages that end in a flat table end with an empty line
        end = "\n" if isinstance(self.parts[-1], Table) else ""
        return (
            f"<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>"
            f"{escape(self.title)}</title>\n<style>{STYLE}</style></head>\n<body>\n{body}{end}\n"
            "</body></html>\n"
        )

    def latex(self) -> str:
        r"""The page as LaTeX, which needs booktabs and graphicx; only for `Grouped` parts.

        Raises
        ------
        TypeError
            The page has another part.
        """
        if others := [part for part in self.parts if not isinstance(part, Grouped)]:
            raise TypeError(f"a {type(others[0]).__name__} has no LaTeX")
        blocks = [part.latex() for part in self.parts if part.blocks]
        return "\n\n".join([r"% needs \usepackage{booktabs,graphicx}", *blocks]) + "\n"
