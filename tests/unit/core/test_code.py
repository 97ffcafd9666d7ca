"""What a script rests on: digests that follow its imports, blind to comments and layout."""

import ast

import pytest

from paths import SCRIPTS
from sercues.core import code


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library of three modules and a script, in a folder of its own; writes files there."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".py").write_text(text, encoding="utf-8")
        code._tree.cache_clear()
        code.digest.cache_clear()
        code.imported.cache_clear()

    monkeypatch.setattr(code, "SCRIPTS", tmp_path)
    write(
        run="from sercues import a\nfrom sercues.pack.b import name\n",
        sercues__a="def f():\n    from sercues.pack import c\n    return 1\n",
        sercues__pack__b="import os\nname = 1\n",
        sercues__pack__c="from sercues import a\nvalue = 2\n",
        sercues__unused="",
        sercues__core__tables="from sercues.pack import b\n",
    )
    (tmp_path / "sercues/__init__.py").touch()
    for package in ("pack", "core"):
        (tmp_path / "sercues" / package / "__init__.py").touch()
    yield write
    write()


def test_digests_follow_imports_at_any_depth_and_in_circles(library):
    names = ["run.py", "__init__.py", "a.py", "pack/__init__.py", "pack/b.py", "pack/c.py"]
    assert list(code.digests("run")) == names
    assert list(code.module_digests(["pack.c"])) == [*names[1:4], "pack/c.py"]


def test_digests_are_blind_to_comments_docstrings_and_layout(library):
    before = code.digests("run")
    library(
        sercues__a='"""Words."""\ndef f( ):  # why\n    "More."\n    from sercues.pack import c\n    return (1)\n'
    )
    assert code.digests("run") == before
    library(sercues__a="def f():\n    from sercues.pack import c\n    return 2\n")
    after = code.digests("run")
    assert [name for name in after if after[name] != before[name]] == ["a.py"]
    library(sercues__a="def f():\n    return 2\n")
    assert "pack/c.py" not in code.digests("run")


def test_what_no_number_rests_on_is_not_counted_but_what_it_imports_is(library):
    library(run="from sercues.core import tables\n")
    packages = ["core/__init__.py", "pack/__init__.py"]
    assert list(code.digests("run")) == ["run.py", "__init__.py", *packages, "pack/b.py"]


@pytest.mark.parametrize("names", [["pack.absent"], ["absent"]])
def test_a_module_that_is_not_there(library, names):
    with pytest.raises(FileNotFoundError):
        code.module_digests(names)


def test_modules_that_are_not_counted_exist_and_their_digest_is_no_reason():
    for name in code.UNCOUNTED:
        assert (SCRIPTS / "sercues").joinpath(*name.split(".")).with_suffix(".py").is_file()
    counted = set(code.digests("compute_saliency"))
    assert not counted & {f"{name.replace('.', '/')}.py" for name in code.UNCOUNTED}
    assert "saliency/explain.py" in counted


def test_no_method_rests_on_another():
    folder = SCRIPTS / "sercues/saliency/methods"
    assert not any(
        "methods/" in name for name in code.digests("compute_saliency") if "init" not in name
    )
    for file in folder.glob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"))
        if file.stem != "__init__":
            found = code.module_digests([f"saliency.methods.{file.stem}"])
            assert [name for name in found if "methods/" in name and "init" not in name] == [
                f"saliency/methods/{file.name}"
            ]
