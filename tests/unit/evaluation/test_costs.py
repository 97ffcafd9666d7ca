"""Seconds and memory of the stages of a method, from Snakemake's benchmarks."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import tabulate_costs
from sercues.core import job, tables
from sercues.evaluation import costs

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
PLACE = {"corpus": "c", "protocol": "corrected", "method": "crp"}


def benchmark(path, seconds, memory="500.0"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + f"{seconds}\t0:00:10\t{memory}\t1\t1\t1\t0\t0\t90\t9\n")
    return path


def test_a_stage_is_the_sum_of_its_jobs_and_the_most_of_their_memory(tmp_path):
    shards = [benchmark(tmp_path / f"{name}.tsv", name, 100 * name) for name in (10, 30)]
    cues = benchmark(tmp_path / "cues.tsv", 6)
    given = {"compute_saliency": shards, "extract_cues": [cues]}
    table = costs.cost_table(given, 20, **PLACE)
    tables.checked(table, "costs")
    first, second = table.itertuples()
    assert (first.jobs, first.clips, first.seconds, first.memory_mb) == (2, 20, 40, 3000)
    assert (first.seconds_per_clip, second.seconds_per_clip) == (2, 0.3)
    (shown,) = costs.page(table).parts
    assert shown.rows[0][3:] == ["compute_saliency", "2", "20", "40.0", "2.0000", "3000"]


def test_memory_that_was_not_measured_and_no_clips_are_empty_cells(tmp_path):
    # Snakemake writes dashes or NA for what a short job leaves no time to measure
    short = [benchmark(tmp_path / f"{word}.tsv", 0.5, word) for word in ("-", "NA")]
    row = costs.cost_table({"explain_sample": short}, 0, **PLACE).iloc[0]
    assert row["seconds"] == 1 and np.isnan(row["memory_mb"]) and np.isnan(row["seconds_per_clip"])


@pytest.mark.parametrize("text", [None, "", "no benchmark\n", HEADER.replace("max_rss", "rss")])
def test_a_benchmark_that_is_missing_or_none_leaves_its_cells_empty(tmp_path, text):
    there = benchmark(tmp_path / "there.tsv", 5)
    other = tmp_path / "other.tsv"
    if text is not None:
        other.write_text(text)
    given = {"compute_saliency": [there, other], "extract_cues": [there]}
    table = costs.cost_table(given, 10, **PLACE)
    tables.checked(table, "costs")
    found = table.set_index("rule")
    assert found.loc["compute_saliency", ["seconds", "memory_mb"]].isna().all()
    assert found.loc["extract_cues", "seconds"] == 5
    assert costs.page(table).parts[0].rows[0][4:] == ["2", "10", "–", "–", "–"]


def test_the_script_counts_the_clips_of_the_maps(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    key = {"fold": 0, "seed": 1, "target_kind": "predicted"}
    pd.DataFrame({"clip_id": list("abcd")}).assign(**key).to_parquet(tmp_path / "maps.parquet")
    names = {"csv": "costs.csv", "markdown": "costs.md", "html": "costs.html"}
    files = {
        "explain_sample": [str(benchmark(tmp_path / "one.tsv", 8))],
        "extract_cues": [str(tmp_path / "none.tsv")],
    }
    tabulate_costs.main(
        SimpleNamespace(
            input=SimpleNamespace(saliency=[tmp_path / "maps.parquet"]),
            output=SimpleNamespace(**{name: tmp_path / path for name, path in names.items()}),
            params=SimpleNamespace(entries=[tuple(PLACE.values())], benchmarks=[files]),
        )
    )
    found = tables.read_csv(tmp_path / "costs.csv").set_index("rule")
    assert found["clips"].to_dict() == {"explain_sample": 4, "extract_cues": 4}
    assert found.loc["explain_sample", "seconds_per_clip"] == 2
    assert np.isnan(found.loc["extract_cues", "seconds"])
