"""The adapters of corpora: a file each in `adapters/`, named like the configuration names the layout.

An adapter says how a corpus lies on the disk (`LAYOUT`, in words) and has one function, ``clips(root)``,
from its folder to (path relative to `paths.root_of(root)`, `Labels`) of every clip, sorted by path.
"""

import importlib
from types import ModuleType

from sercues.core import files
from sercues.core.errors import InputError

ADAPTERS = "sercues.corpora.adapters"


def names() -> list[str]:
    """Names of all adapters: those of the files."""
    return files.modules("corpora/adapters")


def of(layout: str) -> ModuleType:
    """The adapter of a layout.

    Raises
    ------
    InputError
        There is none of this name.
    """
    if layout not in names():
        raise InputError(
            f"`corpora` in the config names '{layout}', which is unknown; "
            f"there are {', '.join(names())}."
        )
    return importlib.import_module(f"{ADAPTERS}.{layout}")
