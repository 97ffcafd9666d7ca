"""The matrix of claims: from the ledger, from its printed page, and in the README."""

import sys
from importlib import util

import pytest
import yaml

from paths import ROOT

CLAIMS = yaml.safe_load((ROOT / "config" / "claims.yaml").read_text(encoding="utf-8"))


def script(name):
    spec = util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


matrix, refresh = script("matrix"), script("refresh")

PAGE = """## Claims of the paper

### Anger is loud

Published: angry highest.

| corpus | protocol | method | cue | measured | q | verdict |
| --- | --- | --- | --- | --- | --- | --- |
| crema\\_d | corrected | occlusion | loudness | \\|d\\| 0.4 \\[0.3, 0.5\\] | 0.01 | holds |
| crema\\_d | corrected | crp | loudness | 0.5 | 0.01 | holds |
| lab\\_a | corrected | crp | loudness | 0.5 | – | undecided |

### Windows differ

Published: not asked.

| corpus | protocol | method | cue | measured | q | verdict |
| --- | --- | --- | --- | --- | --- | --- |
| crema\\_d | corrected | occlusion | hnr | 0 | 0.9 | undecided |
| crema\\_d | corrected | occlusion | jitter | 1 | 0.01 | holds |
| crema\\_d | corrected | crp | hnr | 0 | 0.9 | does not |
| crema\\_d | corrected | crp | jitter | 1 | 0.01 | holds |

## Defects of its code

### Zeros count

Published: zeros.

| corpus | protocol | method | cue | measured | q | verdict |
| --- | --- | --- | --- | --- | --- | --- |
| crema\\_d | corrected | crp | – | none | – | repaired |
| tess | published | crp | – | all | – | repeated |
"""
PRINTED = """| claim | CREMA-D, corrected | lab_a, corrected |
| --- | --- | --- |
| Angry is loudest in the salient segments | holds | undecided |
| Windows differ † | holds 2, fails 1, undecided 1 | – |"""


def small():
    return matrix.read_page(PAGE, {"angry_highest_loudness": {"statement": "Anger is loud"}})


def test_cells_are_verdicts_or_their_counts():
    assert matrix.matrix(small()) == PRINTED


def test_table_and_page_give_the_same(tmp_path, monkeypatch, capsys):
    small().to_csv(tmp_path / "claims.csv", index=False)
    monkeypatch.setattr(sys, "argv", ["matrix.py", str(tmp_path / "claims.csv")])
    matrix.main()
    assert capsys.readouterr().out == PRINTED + "\n"


@pytest.mark.parametrize("made", [True, False])
def test_a_run_comes_before_the_printed_page(tmp_path, monkeypatch, capsys, made):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["matrix.py"])
    if made:
        (tmp_path / "results").mkdir()
        small().to_csv(tmp_path / "results" / "claims.csv", index=False)
    matrix.main()
    assert (capsys.readouterr().out == PRINTED + "\n") is made


def test_every_claim_has_a_label():
    assert set(matrix.LABELS) == {name for name in CLAIMS if not name.startswith("defect")}


def test_readme_prints_the_matrix_of_the_page():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    ran = []

    def run(command):
        ran.append(command)
        return matrix.matrix(matrix.read(ROOT / command.split()[-1]))

    assert refresh.refreshed(text, run) == text
    assert ran == ["python docs/matrix.py docs/reproduction/claims.md"]
