"""The documentation's figures are what its commands print."""

from importlib import util

import pytest

from paths import ROOT

SPEC = util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
refresh = util.module_from_spec(SPEC)
SPEC.loader.exec_module(refresh)

PAGE = """Words with `code` and 12 figures.

`cat a` prints:

<!-- output -->

old
<!-- end -->

```
python b.py
```

<!-- output -->
old
<!-- end -->

```
$ one "
more"
old 1
old 2
$ two
old
```

```yaml
- $ three
```
"""


def test_only_output_changes():
    ran = []

    def run(command):
        ran.append(command)
        return f"new of {command.split()[-1]}\n"

    text = refresh.refreshed(PAGE, run)
    # code blocks first
    assert ran == ['one "\nmore"', "two", "cat a", "python b.py"]
    assert "old" not in text
    for kept in ("Words with `code` and 12 figures.", '$ one "\nmore"\nnew of more"', "- $ three"):
        assert kept in text
    assert text.index("new of a") < text.index("python b.py") < text.index("new of b.py")
    assert refresh.refreshed(text, lambda command: f"new of {command.split()[-1]}") == text


def test_only_some_commands():
    text = refresh.refreshed(PAGE, lambda command: "new", only="two")
    assert text == PAGE.replace("$ two\nold", "$ two\nnew")


def test_a_command_that_fails_stops_it(tmp_path):
    assert refresh.printed("pwd; echo $((1 + 1))", tmp_path).split() == [str(tmp_path), "2"]
    with pytest.raises(SystemExit, match="status 3"):
        refresh.printed("exit 3", tmp_path)


@pytest.mark.parametrize("page", ["reproduction.md", "performance.md"])
def test_pages_hold_output_under_its_command(page):
    found = []
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    # keeping everything, a page stays as it is
    assert refresh.refreshed(text, found.append, only="no such command") == text
    refresh.refreshed(text, lambda command: found.append(command) or "")
    assert len(found) > 5 and not any("\n$ " in command for command in found)
