"""Scores of sets and orders of windows, of all shards in one table."""

import pandas as pd

from sercues import jobs, tables


def main(smk):
    jobs.start(smk)
    found = pd.concat([tables.read(path) for path in smk.input.shards], ignore_index=True)
    jobs.count("shards and clips", len(smk.input.shards), len(found))
    tables.write(found, smk.output.coverings, "coverings")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
