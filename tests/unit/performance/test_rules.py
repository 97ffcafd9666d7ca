"""Costs of rules are sums over their benchmarks."""

import pytest
import rules

from benchmarks import HEADER


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
