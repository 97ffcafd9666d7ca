"""Every rule has the name of its script and its code, by digest, among its parameters."""

import re

import pytest

from paths import ROOT, SCRIPTS


def rules():
    """(rule, its text, its script) of every rule with a script."""
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for text in re.split(r"^(?=rule |use rule )", file.read_text(encoding="utf-8"), flags=re.M):
            script = re.search(r'"\.\./scripts/(\w+)\.py"', text)
            if script:
                yield text.split()[1].rstrip(":"), text, script[1]


RULES = list(rules())


def test_there_are_rules():
    assert len(RULES) > 15


@pytest.mark.parametrize("rule, text, script", RULES, ids=[rule[0] for rule in RULES])
def test_a_rule_has_the_name_of_its_script_and_its_code_as_parameters(rule, text, script):
    assert rule == script
    assert "log:" in text and "conda:" in text and f'"logs/{rule}' in text
    assert "benchmark:" in text or rule == "export_config"
    listed = re.findall(r'\*\*library\("(\w+)"\)', text)
    # an edit of the library is no reason to download again
    assert listed == ([] if rule == "download_corpus" else [script])


def test_rules_made_of_others_have_the_code_of_their_script():
    text = "\n".join(file.read_text() for file in (ROOT / "workflow/rules").glob("*.smk"))
    for base, changes in re.findall(
        r"^use rule (\w+) as \w+ with:\n((?:.*\n)*?)(?:\n\n|\Z)", text, re.M
    ):
        assert "params:" not in changes or f'**library("{base}")' in changes, base


def test_every_script_has_its_rule():
    assert {path.stem for path in SCRIPTS.glob("*.py")} == {script for _, _, script in RULES}
