"""The report: its captions, categories and landing page."""

import re
from pathlib import Path

import pytest
import yaml
from docutils.core import publish_parts
from jinja2 import Environment

from drawn_tables import WORKFLOW


@pytest.mark.parametrize("protocol", ["corrected", "published", "mine_"])
@pytest.mark.parametrize(
    "caption", sorted((WORKFLOW / "report").glob("*.rst")), ids=lambda p: p.stem
)
def test_captions_are_sound_restructured_text(caption, protocol, capsys, job_of):
    config = yaml.safe_load((WORKFLOW.parent / "config" / "config.yaml").read_text("utf-8"))
    # an underscore at the end of a name is a reference in reStructuredText
    config["corpora"].append({"name": "lab_", "layout": "synthetic"})
    config["protocols"].append(protocol)
    snakemake = job_of(
        caption.stem,
        config=config,
        wildcards={"corpus": "lab_", "protocol": protocol, "method": "crp"},
        params={"keep_offset": False, "draws": 10000, "seed": 1, "sample": "every one"},
    )
    template = Environment(trim_blocks=True, lstrip_blocks=True).from_string(
        caption.read_text(encoding="utf-8")
    )
    rendered = template.render(snakemake=snakemake, categories={}, files=[])
    page = publish_parts(rendered, writer="html")["html_body"]
    assert "system-message" not in page
    assert capsys.readouterr().err == ""
    if caption.stem in ("confusion", "examples", "deltas", "workflow"):
        assert "synthetic" in page.lower()


def test_every_caption_that_a_rule_names_exists():
    named = set()
    for rules in (WORKFLOW / "rules").glob("*.smk"):
        for line in rules.read_text(encoding="utf-8").splitlines():
            if "caption=" in line:
                name = Path(line.split('"')[1]).name
                named |= {name.replace("{number}", n) for n in "23"}
    assert {name for name in named if not (WORKFLOW / "report" / name).exists()} == set()


def test_the_report_shows_the_ledger_first():
    """Snakemake's report puts its categories in the order of the alphabet."""
    items = {}
    for rules in (WORKFLOW / "rules").glob("*.smk"):
        for text in rules.read_text(encoding="utf-8").split("report(")[1:]:
            category = text.split('category="')[1].split('"')[0]
            items.setdefault(category, []).append(text.split("caption=")[1].split('"')[1])
    assert items[min(items)] == ["../report/claims.rst"]
    landing = (WORKFLOW / "report" / "workflow.rst").read_text(encoding="utf-8")
    assert all(f"* **{category}**" in landing for category in items)


def test_the_report_says_which_corpora_are_for_the_study_of_bands_only(job_of):
    text = (WORKFLOW / "report" / "workflow.rst").read_text(encoding="utf-8")
    config = yaml.safe_load((WORKFLOW.parent / "config/config.yaml").read_text(encoding="utf-8"))
    config["corpora"] = [{"name": "crema_d"}, {"name": "emodb", "analyses": ["emolime"]}]
    template = Environment(trim_blocks=True, lstrip_blocks=True)
    shown = template.from_string(text).render(snakemake=job_of("report", config=config))
    first, second = re.findall(r"\* - ``.*\n.*- .*\n.*- (.*)\n.*- (.*)\n", shown)
    assert first == ("``corrected``, ``published``", "occlusion, crp")
    assert second == ("``emolime``", "bands only")
