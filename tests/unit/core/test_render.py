"""Pages for readers: whatever the labels, rows and columns stay what they are."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from known_cues import EMOTIONS, SETTINGS, cell, study
from paths import ROOT
from sercues.analysis import claims, cue_tables, ledger
from sercues.classifiers import accuracy
from sercues.core import render
from sercues.cues.catalogue import CUES
from sercues.cues.clips import clip_cues

CLAIMS = ROOT / "config" / "claims.yaml"
HOSTILE = r"<script>alert('x')</script> | 100 % & $a_b^2$ {c} \d #e ~f [g]" + "\nnext"


class Reader(HTMLParser):
    """Collects tags and text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def hostile_page():
    """Table 3 with labels and a caption of markup."""
    table = cue_tables.cue_table(*study(), **SETTINGS, correct=False)
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
    assert len(rows) == 2 * (2 + 6 * (1 + len(EMOTIONS)))
    assert "<script" not in text


def test_latex_escapes_labels_and_balances():
    text = hostile_page().latex()
    body = text.replace(r"\\", " ").split("\n", 1)[1]
    assert not re.search(r"(?<!\\)[%#_]", body.replace("{!}{%", ""))
    plain = re.sub(r"\\[{}]", "", body)
    assert plain.count("{") == plain.count("}")
    rows = [line for line in text.splitlines() if line.startswith("{")]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(CUES) + 1}
    assert len(rows) == 2 * 6 * len(EMOTIONS)
    assert text.isascii() or set(re.findall(r"[^\x00-\x7f]", text)) <= set("’é")


def test_latex_is_of_grouped_tables_alone():
    page = render.Page("Title", [render.Text("words")])
    with pytest.raises(TypeError, match="Text"):
        page.latex()


def test_blocks_have_units_papers_names_and_numbers():
    table = cue_tables.cue_table(*study(), **SETTINGS, correct=True)
    page = cue_tables.page(table, "2", "4 clips per emotion and fold", 500)
    (grouped,) = page.parts
    (block,) = grouped.blocks
    assert page.title == "Table 2" and "4 clips per emotion and fold" in grouped.caption
    place = list(CUES).index("shimmer")
    assert "Amp_var" in block.head[place].paper and block.head[place].unit == CUES["shimmer"].unit
    row = cell(table, "sad", "shimmer")
    (shown,) = [cells for cells in block.panels[0].rows if cells[0] == "sad"]
    assert shown[1] == "12 (12)"
    assert shown[2 + place] == f"{row['mean']:.2f} [{row.ci_low:.2f}, {row.ci_high:.2f}]"
    for text in (page.markdown(), page.html(), page.latex()):
        assert "Amp_var" in text.replace("\\", "") and grouped.caption.split(" [")[0] in text


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
        (render.method("crp", "true"), "crp (true class)"),
        (render.method("crp", "predicted"), "crp"),
        (render.decimals([0, np.nan]), 2),
        (render.decimals([1e-9]), 6),
        (render.decimals([12345]), 0),
    ],
)
def test_numbers_have_one_form(made, shown):
    assert made == shown


def test_the_ledger_escapes():
    statements = claims.read_statements(CLAIMS)
    clips = clip_cues(*study())
    rows = claims.cue_claims(clips, statements, **SETTINGS | {"corpus": HOSTILE})
    page = ledger.page(rows)
    reader = Reader()
    reader.feed(page.html())
    assert "script" not in reader.tags and HOSTILE in reader.text
    text = page.markdown()
    bars = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", bar)) for bar in bars} == {8}
    assert len(bars) == len(rows) + 2 * rows.claim.nunique() and "<script" not in text


def test_the_ledger_has_claims_before_defects_with_every_verdict():
    row = {"corpus": "c", "protocol": "corrected", "method": "crp", "cue": "–", "measured": "m",
           "q": 0.01234}  # fmt: skip
    claim = {"statement": "loud", "published": "63 %", "verdict": "does not", "claim": "angry"}
    defect = {"statement": "bug", "published": "code", "verdict": "repaired", "claim": "defect_x"}
    rows = pd.DataFrame([row | defect, row | claim, row | claim | {"q": np.nan}])
    page = ledger.page(rows)
    kinds = [render.Heading, render.Text, render.Titled] * 2
    assert [type(part) for part in page.parts] == kinds
    first, second = page.parts[2], page.parts[5]
    assert (first.title, second.title) == ("loud", "bug")
    assert [cells[-2:] for cells in first.rows] == [["0.0123", "does not"], ["–", "does not"]]
    assert "### loud\n\nPublished: 63 %.\n\n| corpus |" in page.markdown()
    text = page.html()
    assert "<caption>loud <small>published: 63 %</small></caption>" in text
    assert text.count("<td class='text does-not'>does not</td>") == 2
    assert text.count("<td class='text repaired'>repaired</td>") == 1


def test_accuracies_show_spread_interval_and_what_is_not_known():
    row = {"corpus": "c|d", "protocol": "corrected", "value": 0.5, "n_clips": 90, "n_speakers": 9}
    summary = pd.DataFrame(
        [
            row
            | {"measure": "accuracy", "ci_low": 0.4, "ci_high": 0.6, "n_trainings": 3}
            | {"mean": 0.51, "sd": 0.02, "lowest": 0.49, "highest": 0.53}
            | {"published": 0.63, "listeners": 0.409},
            row
            | {"measure": "uar", "ci_low": np.nan, "ci_high": np.nan, "n_trainings": 1}
            | {"mean": 0.5, "sd": np.nan, "lowest": 0.5, "highest": 0.5}
            | {"published": np.nan, "listeners": np.nan},
        ]
    )
    page = accuracy.page(summary)
    first, second = page.parts[0].rows
    known = ["50.0 [40.0, 60.0]", "51.0 ± 2.0 (49.0–53.0)", "3", "90 (9)", "63.0", "40.9"]
    assert first == ["c|d", "corrected", "accuracy", *known]
    assert second[2:] == ["UAR", "50.0 †", "50.0", "1", "90 (9)", "–", "–"]
    assert "| c\\|d |" in page.markdown() and page.html().count("<tr>") == 3


def test_verdicts_have_their_colour_and_columns_of_words_stand_left():
    table = render.Table("Signs", ["sign", "verdict", "value"], [["<red>", "red", "red"]], 2)
    text = table.html()
    assert "<th scope='col' class='text'>verdict</th><th scope='col'>value</th>" in text
    assert "<td class='text'>&lt;red&gt;</td><td class='text red'>red</td><td>red</td>" in text
    for verdict in render.COLOURED:
        assert re.search(rf"\.{verdict.replace(' ', '-')}[ ,]", render.STYLE)
