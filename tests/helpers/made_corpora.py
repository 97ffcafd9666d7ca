"""Folders of sounds named as the corpora name theirs."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from sercues.core import tables
from sercues.corpora import adapter, file_names
from sercues.corpora.manifest import build_manifest


def parse(layout, path):
    """Labels of a file name in a layout."""
    found = adapter.of(layout)
    return file_names.parse(path, found.PATTERN, found.labels)


def find(root, layout):
    """Paths of the clips that an adapter finds."""
    return [path for path, _ in adapter.of(layout).clips(root)]


def noise(seed: int, rate: int = 16000, seconds: float = 0.4, channels: int = 1) -> np.ndarray:
    """Noise at −26 dBFS that differs with the seed."""
    shape = (round(rate * seconds), channels)
    return (0.05 * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = 16000, subtype: str = "PCM_16") -> Path:
    """Write samples to a file, in folders that are made; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def crema_names(count: int) -> list[str]:
    """So many names of CREMA-D clips that differ in actor."""
    return [f"{1001 + number}_DFA_ANG_XX.wav" for number in range(count)]


def reasons(manifest: pd.DataFrame) -> dict[str, str | None]:
    """Reason by path."""
    values = manifest["reason"].where(manifest["reason"].notna(), None)
    return dict(zip(manifest["path"], values, strict=True))


def build(corpus: str, root: Path, limit: float = 1.0, **options) -> pd.DataFrame:
    """The manifest of a folder, checked as a table."""
    options = {"processes": 1, "rejected": root.with_name(f"{root.name}.rejected.csv")} | options
    manifest = build_manifest(corpus, root, limit, **options)
    tables.checked(manifest, "manifest")
    return manifest


def use_hub(monkeypatch, hub) -> None:
    """Put `hub` in the place of kagglehub."""
    monkeypatch.setitem(sys.modules, "kagglehub", hub)
