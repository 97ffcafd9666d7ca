"""The ledger: claims before defects, whatever the labels."""

import re

import numpy as np
import pandas as pd

from hostile_pages import HOSTILE, Reader
from known_cues import SETTINGS, heard, study
from paths import CLAIMS
from runs import of_run
from sercues.analysis import blind, claims, cue_claims, ledger
from sercues.core import render, tables
from sercues.core.statements import read


def test_the_ledger_escapes():
    statements = read(CLAIMS, claims.CLAIMS)
    rows = cue_claims.cue_claims(heard(*study()), statements, reach={}, **SETTINGS)
    rows = of_run(rows, "claims", corpus=HOSTILE)
    choices = of_run(blind.blind_table(heard(*study()), SETTINGS["resampling"]), "blind_verdicts")
    page = ledger.page(rows, choices)
    reader = Reader()
    reader.feed(page.html())
    assert "script" not in reader.tags and HOSTILE in reader.text
    text = page.markdown()
    bars = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", bar)) for bar in bars} == {9}
    # a head, a rule and a row of the blind choice, too
    assert len(bars) == len(rows) + 2 * rows.claim.nunique() + 3 and "<script" not in text


def test_the_ledger_has_claims_before_defects_with_every_verdict():
    row = {"corpus": "c", "protocol": "corrected", "method": "crp", "cue": "–", "measured": "m",
           "q": 0.01234, "q_against": np.nan}  # fmt: skip
    claim = {"statement": "loud", "published": "63 %", "verdict": "does not", "claim": "angry"}
    defect = {"statement": "bug", "published": "code", "verdict": "repaired", "claim": "defect_x"}
    rows = pd.DataFrame([row | defect, row | claim, row | claim | {"q": np.nan}])
    page = ledger.page(rows, tables.empty("blind_verdicts"))
    kinds = [render.Heading, render.Text, render.Titled]
    blindly = [render.Heading, render.Table]
    assert [type(part) for part in page.parts] == [*kinds, *blindly, *kinds]
    first, second = page.parts[2], page.parts[7]
    assert (first.title, second.title) == ("loud", "bug")
    assert [cells[-3:] for cells in first.rows] == [
        ["0.0123", "–", "does not"],
        ["–", "–", "does not"],
    ]
    assert "### loud\n\nPublished: 63 %.\n\n| corpus |" in page.markdown()
    text = page.html()
    assert "<caption>loud <small>published: 63 %</small></caption>" in text
    assert text.count("<td class='text does-not'>does not</td>") == 2
    assert text.count("<td class='text repaired'>repaired</td>") == 1
