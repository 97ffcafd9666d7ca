"""Saliency maps of all shards in one table, and a summary of their checks."""

import pandas as pd

from sercues.core import job, tables
from sercues.saliency import checks

MAPS = 128  # read and written at a time, 13 MB; bytes must not depend on the number of shards


def main(smk):
    job.start(smk)
    # shards are stretches of the table, so one after the other they are in its order
    shards = (maps for path in smk.input.shards for maps in tables.batches(path, MAPS))
    found = []
    with tables.writing(smk.output.saliency, "saliency") as append:
        for maps in tables.regrouped(shards, MAPS):
            append(maps)
            found.append(maps[checks.COLUMNS])
        found = pd.concat(found) if found else tables.empty("saliency")
        job.count("shards and maps", len(smk.input.shards), len(found))
        checks.check(found)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
