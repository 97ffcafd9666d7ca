"""Seconds and memory of the stages of a method, from Snakemake's benchmarks."""

import numpy as np
import pytest

from benchmarks import HEADER, benchmark
from runs import of_run
from sercues.core import tables
from sercues.evaluation import costs


def test_a_stage_is_the_sum_of_its_jobs_and_the_most_of_their_memory(tmp_path):
    shards = [benchmark(tmp_path / f"{name}.tsv", name, 100 * name) for name in (10, 30)]
    cues = benchmark(tmp_path / "cues.tsv", 6)
    given = {"compute_saliency": shards, "extract_cues": [cues]}
    table = of_run(costs.cost_table(given, 20), "costs")
    tables.checked(table, "costs")
    first, second = table.itertuples()
    assert (first.jobs, first.clips, first.seconds, first.memory_mb) == (2, 20, 40, 3000)
    assert (first.seconds_per_clip, second.seconds_per_clip) == (2, 0.3)
    (shown,) = costs.page(table).parts
    assert shown.rows[0][3:] == ["compute_saliency", "2", "20", "40.0", "2.0000", "3000"]


def test_memory_that_was_not_measured_and_no_clips_are_empty_cells(tmp_path):
    # Snakemake writes dashes or NA for what a short job leaves no time to measure
    short = [benchmark(tmp_path / f"{word}.tsv", 0.5, word) for word in ("-", "NA")]
    row = of_run(costs.cost_table({"explain_sample": short}, 0), "costs").iloc[0]
    assert row["seconds"] == 1 and np.isnan(row["memory_mb"]) and np.isnan(row["seconds_per_clip"])


@pytest.mark.parametrize("text", [None, "", "no benchmark\n", HEADER.replace("max_rss", "rss")])
def test_a_benchmark_that_is_missing_or_none_leaves_its_cells_empty(tmp_path, text):
    there = benchmark(tmp_path / "there.tsv", 5)
    other = tmp_path / "other.tsv"
    if text is not None:
        other.write_text(text)
    given = {"compute_saliency": [there, other], "extract_cues": [there]}
    table = of_run(costs.cost_table(given, 10), "costs")
    tables.checked(table, "costs")
    found = table.set_index("rule")
    assert found.loc["compute_saliency", ["seconds", "memory_mb"]].isna().all()
    assert found.loc["extract_cues", "seconds"] == 5
    assert costs.page(table).parts[0].rows[0][4:] == ["2", "10", "–", "–", "–"]
