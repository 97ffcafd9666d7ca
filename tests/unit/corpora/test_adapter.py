"""Adapters are found by the name of their corpus."""

import pandas as pd
import pytest

from made_corpora import parse
from paths import ROOT
from sercues.core.errors import InputError
from sercues.corpora import adapter


def test_unknown_corpus_is_named():
    with pytest.raises(InputError, match=r"'iemocap'.*crema_d"):
        parse("iemocap", "a.wav")


def test_corpora_tsv_agrees_with_the_adapters():
    table = pd.read_csv(ROOT / "config" / "corpora.tsv", sep="\t", keep_default_na=False)
    sizes = ["kaggle", "clips", "speakers", "listeners"]
    assert list(table) == ["name", *sizes, "layout", "licence", "citation"]
    known = pd.to_numeric(table["listeners"][table["listeners"] != ""])
    assert known.between(0, 1).all() and len(known)
    layouts = {name: adapter.of(name).LAYOUT for name in adapter.names()}
    table = table.sort_values("name")
    assert dict(zip(table["name"], table["layout"], strict=True)) == layouts
    assert table["kaggle"].astype(bool).equals(table["clips"].astype(bool))
    assert table[["licence", "citation"]].astype(bool).all(axis=None)
