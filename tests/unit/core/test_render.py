"""Pages for readers: whatever the labels, rows and columns stay what they are."""

import re

import numpy as np
import pytest

from hostile_pages import HOSTILE, Reader
from known_cues import EMOTIONS, SETTINGS, heard, study
from runs import of_run
from sercues.analysis import cue_tables
from sercues.core import render
from sercues.cues.catalogue import CUES


def hostile_page():
    """Table 3 with labels and a caption of markup."""
    table = of_run(cue_tables.cue_table(heard(*study()), **SETTINGS, correct=False), "table")
    table = table.replace({"emotion": {"sad": HOSTILE}, "corpus": {"crema_d": HOSTILE}})
    return cue_tables.page(table, "3", HOSTILE, 500)


def test_html_shows_hostile_labels_as_text():
    reader = Reader()
    reader.feed(hostile_page().html())
    assert "script" not in reader.tags
    assert HOSTILE in reader.text
    assert reader.tags.count("table") == 2
    assert reader.tags[:2] == ["html", "head"]


def test_markdown_keeps_its_columns_whatever_the_labels():
    text = hostile_page().markdown()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {len(CUES) + 3}
    assert len(rows) == 2 * (2 + 7 * (1 + len(EMOTIONS)))
    assert "<script" not in text


def test_latex_escapes_labels_and_balances():
    text = hostile_page().latex()
    body = text.replace(r"\\", " ").split("\n", 1)[1]
    assert not re.search(r"(?<!\\)[%#_]", body.replace("{!}{%", ""))
    plain = re.sub(r"\\[{}]", "", body)
    assert plain.count("{") == plain.count("}")
    rows = [line for line in text.splitlines() if line.startswith("{")]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(CUES) + 1}
    assert len(rows) == 2 * 7 * len(EMOTIONS)
    assert text.isascii() or set(re.findall(r"[^\x00-\x7f]", text)) <= set("’é")


def test_latex_is_of_grouped_tables_alone():
    page = render.Page("Title", [render.Text("words")])
    with pytest.raises(TypeError, match="Text"):
        page.latex()


@pytest.mark.parametrize(
    ("numbers", "decimals", "shown"),
    [
        ((-0.0130, -0.0204, -0.0051), 4, "−0.0130 [−0.0204, −0.0051]"),
        ((23.367, 20.1, 26.5), 1, "23.4 [20.1, 26.5]"),
        ((-0.0001, np.nan, np.nan), 2, "0.00 †"),
        ((np.nan, np.nan, np.nan), 2, "–"),
    ],
)
def test_cells(numbers, decimals, shown):
    assert render.cell(*numbers, decimals) == shown
    assert render.cell(*numbers, decimals, starred=True) == f"{shown}*"
    if abs(numbers[0]) > 0.001:
        assert render.decimals(np.array(numbers)) == decimals
        assert render.decimals(np.array(numbers), 2) == max(decimals - 1, 0)


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (render.fixed(-0.001, 2), "0.00"),
        (render.fixed(-1.5, 1, signed=True), "−1.5"),
        (render.fixed(1.5, 1, signed=True), "+1.5"),
        (render.number(-0.012345), "−0.0123"),
        (render.percent(0.6123), "61.2"),
        (render.percent(np.nan), "–"),
        (render.probability(0.04), "0.0400"),
        (render.probability(np.nan), "–"),
        (render.clips(12, 3), "12 (3)"),
        (render.method("crp", "true_label"), "crp (true class)"),
        (render.method("crp", "predicted_label"), "crp"),
        (render.decimals([0, np.nan]), 2),
        (render.decimals([1e-9]), 6),
        (render.decimals([12345]), 0),
    ],
)
def test_numbers_have_one_form(made, shown):
    assert made == shown


def test_verdicts_have_their_colour_and_columns_of_words_stand_left():
    table = render.Table("Signs", ["sign", "verdict", "value"], [["<red>", "red", "red"]], 2)
    text = table.html()
    assert "<th scope='col' class='text'>verdict</th><th scope='col'>value</th>" in text
    assert "<td class='text'>&lt;red&gt;</td><td class='text red'>red</td><td>red</td>" in text
    for verdict in render.COLOURED:
        assert re.search(rf"\.{verdict.replace(' ', '-')}[ ,]", render.STYLE)
