"""What the stages of every method took, from the benchmarks of their jobs."""

import pandas as pd

from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.evaluation import costs


def main(smk):
    job.start(smk)
    parts = []
    files = job.runs(smk, "saliency")
    for (place, (maps,)), found in zip(files, smk.params.benchmarks, strict=True):
        parts.append(costs.cost_table(found, len(tables.read(maps, KEY)), **place))
    table = pd.concat(parts, ignore_index=True)
    job.count("stages, with seconds", len(table), table["seconds"].notna().sum())
    tables.write(table, smk.output.csv, "costs")
    page = costs.page(table)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
