"""Saliency maps of all shards in one table, and a summary of their checks."""

import pandas as pd

from sercues.core import job, tables
from sercues.saliency import checks

MAPS = 128  # per batch, 13 MB; fixed, so that bytes do not depend on the number of shards


def main(smk):
    job.start(smk)
    # shards are consecutive slices of the table
    shards = (maps for path in smk.input.shards for maps in tables.batches(path, MAPS))
    summaries = []
    with tables.writing(smk.output.saliency, "saliency") as append:
        for maps in tables.regrouped(shards, MAPS):
            append(maps)
            summaries.append(maps[checks.COLUMNS])
        summaries = pd.concat(summaries) if summaries else tables.empty("saliency")
        job.count("shards and maps", len(smk.input.shards), len(summaries))
        checks.check(summaries)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
