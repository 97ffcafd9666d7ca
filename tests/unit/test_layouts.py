"""Layouts for readers: whatever the labels, rows and columns stay what they are."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known_cues import EMOTIONS, SETTINGS, cell, study

from sercues import claims, evidence, layouts, pages
from sercues.cues import CUES

CLAIMS = Path(__file__).resolve().parents[2] / "config" / "claims.yaml"
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


@pytest.fixture
def hostile_table():
    table = evidence.cue_table(*study(), **SETTINGS, correct=False)
    return table.replace({"emotion": {"sad": HOSTILE}, "corpus": {"crema_d": HOSTILE}})


def test_html_shows_hostile_labels_as_text(hostile_table):
    reader = Reader()
    reader.feed(layouts.to_html(hostile_table, HOSTILE))
    assert "script" not in reader.tags
    assert HOSTILE in reader.text
    assert reader.tags.count("table") == 2
    assert reader.tags[:2] == ["html", "head"]


def test_markdown_keeps_its_columns_whatever_the_labels(hostile_table):
    text = layouts.to_markdown(hostile_table, HOSTILE)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {len(CUES) + 3}
    assert len(rows) == 2 * (2 + 6 * (1 + len(EMOTIONS)))
    assert "<script" not in text


def test_latex_escapes_labels_and_balances(hostile_table):
    text = layouts.to_latex(hostile_table, HOSTILE)
    body = text.replace(r"\\", " ").split("\n", 1)[1]
    assert not re.search(r"(?<!\\)[%#_]", body.replace("{!}{%", ""))
    plain = re.sub(r"\\[{}]", "", body)
    assert plain.count("{") == plain.count("}")
    rows = [line for line in text.splitlines() if line.startswith("{")]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(CUES) + 1}
    assert len(rows) == 2 * 6 * len(EMOTIONS)
    assert text.isascii() or set(re.findall(r"[^\x00-\x7f]", text)) <= set("’é")


def test_layouts_show_units_papers_names_and_numbers():
    table = evidence.cue_table(*study(), **SETTINGS, correct=True)
    caption = layouts.caption("2", "4 clips per emotion and fold", 500)
    row = cell(table, "sad", "shimmer")
    for text in (layouts.to_markdown(table, caption), layouts.to_html(table, caption)):
        assert "4 clips per emotion and fold" in text
        assert "Amp_var" in text.replace("\\", "")
        assert f"{row['mean']:.2f} [{row.ci_low:.2f}, {row.ci_high:.2f}]" in text
        assert "12 (12)" in text


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
    assert pages.cell(*numbers, decimals) == shown
    assert layouts._tested_cell(*numbers, 0.049, decimals=decimals) == f"{shown}*"
    assert layouts._tested_cell(*numbers, np.nan, decimals=decimals) == shown
    if abs(numbers[0]) > 0.001:
        assert pages.decimals(np.array(numbers)) == decimals


def test_claims_pages_escape():
    statements = claims.read_statements(CLAIMS)
    clips = evidence.clip_cues(*study())
    rows = claims.cue_claims(clips, statements, **SETTINGS | {"corpus": HOSTILE})
    reader = Reader()
    reader.feed(layouts.claims_to_html(rows))
    assert "script" not in reader.tags and HOSTILE in reader.text
    assert reader.text.count("holds") > 8
    text = layouts.claims_to_markdown(rows)
    bars = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", bar)) for bar in bars} == {8}
    assert len(bars) == len(rows) + 2 * rows.claim.nunique() and "<script" not in text


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
    text = layouts.summary_to_markdown(summary)
    first, second = text.splitlines()[-2:]
    assert "50.0 [40.0, 60.0] | 51.0 ± 2.0 (49.0–53.0) | 3 | 90 (9) | 63.0 | 40.9 |" in first
    assert "UAR | 50.0 † | 50.0 | 1 | 90 (9) | – | – |" in second
    page = layouts.summary_to_html(summary)
    assert "c|d" in page and page.count("<tr>") == 3


def test_verdicts_have_their_colour_and_columns_of_words_stand_left():
    text = pages.html_table("Signs", ["sign", "verdict", "value"], [["<a>", "red", "0.7"]], 2)
    assert "<th scope='col' class='text'>verdict</th><th scope='col'>value</th>" in text
    assert "<td class='text'>&lt;a&gt;</td><td class='text red'>red</td><td>0.7</td>" in text
    assert ".red {" in pages.STYLE
