"""The confidence level stands in one place."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml
from scipy.special import ndtri

from paths import ROOT
from sercues.stats import bootstrap, level

ASKED = """
from sercues.analysis import contrasts, cue_tables, failure_checks, ledger, recovery
from sercues.classifiers import accuracy
from sercues.emolime import pages
from sercues.evaluation import error_detection, localisation, methods, plausibility, stability
from sercues.core import tables
from sercues.saliency import surrogate
from sercues.stats import bootstrap

captions = [cue_tables.page(tables.empty("table"), "2", "all", 9).parts[0].caption]
captions += [contrasts.page(tables.empty("contrasts"), "all", 9).parts[0].caption]
captions += [*ledger.SECTIONS.values()][:1]
captions += [localisation.POINTING_CAPTION, pages.FAITHFUL_CAPTION, pages.VARIANCE_CAPTION]
captions += [error_detection.TESTS_CAPTION]
for module in (accuracy, error_detection, failure_checks, localisation, methods, pages):
    captions.append(module.CAPTION)
for module in (plausibility, recovery, stability):
    captions.append(module.CAPTION)
print(surrogate.REACH, *bootstrap.interval(__import__("numpy").arange(1001.0), 10**6))
print(*captions, sep="\\n")
"""


def test_another_level_is_one_edit_that_numbers_and_captions_follow(tmp_path):
    workflow = shutil.copytree(ROOT / "workflow", tmp_path / "workflow")
    own = workflow / "scripts/sercues/stats/level.py"
    text = own.read_text(encoding="utf-8")
    assert text.count("LEVEL = 0.95\n") == 1
    own.write_text(text.replace("LEVEL = 0.95\n", "LEVEL = 0.9\n"), encoding="utf-8")
    command = [sys.executable, "-c", ASKED]
    printed = subprocess.run(
        command, cwd=workflow / "scripts", capture_output=True, text=True, check=True
    ).stdout.splitlines()
    reach, low, high = map(float, printed[0].split())
    assert reach == pytest.approx(ndtri(0.95))
    assert (low, high) == pytest.approx((50, 950), abs=0.1)
    assert len(printed) == 1 + 16
    for caption in printed[1:]:
        assert "90 %" in caption and "95 %" not in caption


def test_descriptions_of_tables_and_texts_of_the_report_name_the_level():
    assert f"{100 * bootstrap.LEVEL:g} %" == level.PERCENT
    definitions = yaml.safe_load((ROOT / "workflow/schemas/tables.yaml").read_text("utf-8"))
    texts = {
        path.name: path.read_text("utf-8") for path in (ROOT / "workflow/report").glob("*.rst")
    }
    texts["tables.yaml"] = str(definitions)
    for name, text in texts.items():
        levels = set(re.findall(r"([\d.]+ %)\s+intervals?", text))
        assert levels <= {level.PERCENT}, name
