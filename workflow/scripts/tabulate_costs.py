"""Costs of the stages of every method, from the benchmarks of their jobs."""

from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.evaluation import costs


def main(smk):
    job.start(smk)
    parts = []
    files = job.runs(smk, "saliency")
    for (run, (maps,)), benchmarks in zip(files, smk.params.benchmarks, strict=True):
        parts.append((run, costs.cost_table(benchmarks, len(tables.read(maps, KEY)))))
    table = tables.stacked(parts, "costs")
    job.count("stages, with seconds", len(table), table["seconds"].notna().sum())
    tables.publish(table, "costs", costs.page(table), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
