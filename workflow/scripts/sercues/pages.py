"""Words, tables and pages for readers: Markdown, HTML and LaTeX, with everything escaped."""

import html
import math
import re
from collections.abc import Sequence

import numpy as np


def decimals(values: Sequence) -> int:
    """Decimals that give the largest value three significant digits."""
    values = np.asarray(values, dtype=float)
    largest = np.max(np.abs(values), initial=0, where=np.isfinite(values))
    return 2 if largest == 0 else int(np.clip(2 - math.floor(math.log10(largest)), 0, 6))


def cell(mean: float, low: float, high: float, decimals: int) -> str:
    """``mean [low, high]``, ``mean †`` without an interval, ``–`` without clips."""
    if not math.isfinite(mean):
        return "–"
    if not math.isfinite(low):
        return f"{fixed(mean, decimals)} †"
    return f"{fixed(mean, decimals)} [{fixed(low, decimals)}, {fixed(high, decimals)}]"


def fixed(value: float, decimals: int) -> str:
    """`value` with so many decimals, a true minus sign and no negative zero."""
    return f"{value:z.{decimals}f}".replace("-", "−")


def flat_markdown(caption: str, header: list[str], rows: list[list[str]], n_texts: int) -> str:
    """Caption and one Markdown table; the first `n_texts` columns are words, the others numbers."""
    lines = [bar(header), bar(["---"] * n_texts + ["---:"] * (len(header) - n_texts))]
    lines += [bar([markdown(cell) for cell in row[:n_texts]] + row[n_texts:]) for row in rows]
    return f"{markdown(caption)}\n\n" + "\n".join(lines) + "\n"


def flat_html(title: str, caption: str, header: list[str], rows, n_texts: int) -> str:
    """The same as a page of its own."""
    return page(title, html_table(caption, header, rows, n_texts))


def html_table(caption: str, header: list[str], rows, n_texts: int) -> str:
    """A paragraph and a table, the first `n_texts` columns of words; verdicts have their colour."""
    sides = [" class='text'"] * n_texts + [""] * (len(header) - n_texts)
    heads = "".join(
        f"<th scope='col'{side}>{html.escape(name)}</th>"
        for name, side in zip(header, sides, strict=True)
    )
    body = []
    for row in rows:
        kinds = [f" class='text {cell}'" if cell in COLOURED else None for cell in row]
        cells = "".join(
            f"<td{kind or side}>{html.escape(cell)}</td>"
            for cell, kind, side in zip(row, kinds, sides, strict=True)
        )
        body.append(f"<tr>{cells}</tr>")
    table = f"<thead><tr>{heads}</tr></thead>\n<tbody>" + "\n".join(body) + "</tbody>"
    return f"<p>{html.escape(caption)}</p>\n<table>{table}</table>\n"


COLOURED = ("green", "red", "undecided")  # verdicts, and their classes in `STYLE`
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


def page(title: str, body: str) -> str:
    """A standalone HTML page."""
    return (
        f"<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}"
        f"</title>\n<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def bar(cells: Sequence[str]) -> str:
    """One row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def one_line(text: str) -> str:
    """`text` with line breaks and other control characters as single spaces."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()


def markdown(text: str) -> str:
    """`text` with everything that Markdown or a table of it would take for markup escaped."""
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


def latex(text: str) -> str:
    """`text` with LaTeX's special characters escaped."""
    return "".join(LATEX.get(character, character) for character in one_line(text))
