"""Adapters of corpora: one file in `adapters/` per layout, with the layout's name.

An adapter describes the files of a corpus (`LAYOUT`) and has a function ``clips(root)`` that gives
(path relative to `paths.root_of(root)`, `Labels`) of every clip, sorted by path.
"""

import importlib
from types import ModuleType

from sercues.core import files
from sercues.core.errors import InputError

ADAPTERS = "sercues.corpora.adapters"


def names() -> list[str]:
    """Names of all adapters, which are those of their files."""
    return files.modules("corpora/adapters")


def of(layout: str) -> ModuleType:
    """The adapter of a layout.

    Raises
    ------
    InputError
        No adapter has this name.
    """
    if layout not in names():
        raise InputError(
            f"`corpora` in the config names '{layout}', which is unknown; "
            f"there are {', '.join(names())}."
        )
    return importlib.import_module(f"{ADAPTERS}.{layout}")
