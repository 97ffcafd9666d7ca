"""The figures of docs/performance.md and docs/reproduction.md: what their scripts add up."""

import sys

import pandas as pd
import pytest

from paths import ROOT

sys.path.insert(0, str(ROOT / "performance"))

import arithmetic
import chain
import rules

from sercues.core import settings

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def test_costs_of_rules_are_sums_over_their_jobs(tmp_path):
    folder = tmp_path / "benchmarks"
    (folder / "train").mkdir(parents=True)
    (folder / "train" / "a.tsv").write_text(HEADER + "10.0\t0:00:10\t500\t1\t1\t1\t0\t0\t90\t9\n")
    (folder / "train" / "b.tsv").write_text(HEADER + "30.0\t0:00:30\t400\t1\t1\t1\t0\t0\t90\t27\n")
    # Snakemake writes dashes or NA for what a short job leaves no time to measure
    (folder / "plot.tsv").write_text(HEADER + "0.5\t0:00:00\t-\t-\t-\t-\t-\t-\t-\tNA\n")
    table = rules.costs(folder.parent)
    assert list(table.index) == ["train", "plot"]
    train = table.loc["train"]
    assert (train.jobs, train.seconds, train.processor) == (2, 40, 36)
    assert (train.slowest, train.memory) == (30, 500)
    text = rules.to_markdown(table)
    assert "| `plot` | 1 | 0.5 | 0.0 | 0.5 | – |" in text
    assert "| all | 3 | 40.5 | 36.0 | | 500 |" in text


def test_costs_without_a_run_say_so(tmp_path):
    with pytest.raises(SystemExit, match="holds no benchmarks"):
        rules.costs(tmp_path)


def test_shards_of_one_rule_count_together(tmp_path):
    folder = tmp_path / "benchmarks" / "explain"
    folder.mkdir(parents=True)
    for name, seconds in (("a_1-of-2", 3), ("a_2-of-2", 4), ("b_1-of-1", 5)):
        row = f"{seconds}.0\t0:00:01\t10\t1\t1\t1\t0\t0\t90\t1\n"
        (folder / f"{name}.tsv").write_text(HEADER + row)
    (tmp_path / "benchmarks" / "plot.tsv").write_text(HEADER + "9\t0\t1\t1\t1\t1\t0\t0\t9\t9\n")
    table = rules.costs(tmp_path, "explain")
    assert table["seconds"].to_dict() == {"a": 7, "b": 5} and table.loc["a", "jobs"] == 2


def test_growth_is_the_slope_of_log_seconds():
    costs = {
        clips: pd.DataFrame({"seconds": [clips, 5.0, clips**2], "memory": [1, 2, 3]}, list("abc"))
        for clips in (10, 20, 40)
    }
    table = chain.growth(costs)
    assert table["exponent"].round(6).to_dict() == {"a": 1, "b": 0, "c": 2}
    assert "| `c` | 100.0 | 400.0 | 1600.0 | 3 | 3 | 3 | 2.00 |" in chain.to_markdown(table)


def test_multiply_adds_of_occlusion_are_those_of_the_grid():
    protocol = settings.protocol({}, "corrected")
    whole, ours, passes = arithmetic.multiply_adds(protocol)
    assert passes == 128 * 43
    # 131 million multiply-adds a pass of 128 × 134 cells
    assert whole / passes == pytest.approx(0.1315, rel=0.01)
    assert 10 < whole / ours < 12
