"""Files and rules that the documentation names exist."""

import re

import pytest

from paths import ROOT, SCRIPTS

PAGES = sorted(
    [
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        ROOT / "config/README.md",
        ROOT / "results/README.md",
    ]
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    absent = [link for link in links if not (page.parent / link).exists()]
    # made by a run
    assert not [link for link in absent if not link.startswith(("results/", "../results/"))]


def test_architecture_names_files_and_rules_that_exist():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+(?:\.py|\.yaml|\.tsv|/))`", text)
    assert len(named) > 40
    folders = (SCRIPTS / "sercues", ROOT)
    assert not [name for name in named if not any((folder / name).exists() for folder in folders)]
    rules = "\n".join(
        file.read_text(encoding="utf-8") for file in (ROOT / "workflow/rules").glob("*.smk")
    )
    for rule in re.findall(r"^\| [^|]+→[^|]+\| `(\w+)`", text, re.MULTILINE):
        assert f"rule {rule}:" in rules, rule
