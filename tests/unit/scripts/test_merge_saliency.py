"""Shards together are the table, whatever their number."""

import pandas as pd
import pytest

import merge_saliency
from random_networks import PARAMS, explain_files, written
from sercues.core import tables
from sercues.saliency import explain

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def results(tmp_path):
    return written(tmp_path)


@pytest.mark.parametrize("method", PARAMS)
def test_shards_together_are_the_table_whatever_their_number(
    results, tmp_path, method, monkeypatch, job_of
):
    bytes_of = set()
    explained = results[0]
    whole, merged = tmp_path / "whole.parquet", tmp_path / "merged.parquet"
    tables.write(explain_files(results, method), whole, "saliency")
    monkeypatch.setattr(merge_saliency, "MAPS", 5)
    shards = []
    for number in range(1, 13):
        rows = explain.rows_of_shard(explained.sample(frac=1, random_state=1), f"{number}-of-12")
        path = tmp_path / f"{number}.parquet"
        tables.write(explain_files(results, method, rows), path, "saliency")
        shards.append(path)
    for inputs in (shards, [whole]):
        names = {"input": {"shards": inputs}, "output": {"saliency": merged}}
        merge_saliency.main(job_of("merge_saliency", **names))
        pd.testing.assert_frame_equal(tables.read(merged), tables.read(whole))
        bytes_of.add(merged.read_bytes())
    assert len(bytes_of) == 1
    assert len(tables.read(whole)) == len(explained)
