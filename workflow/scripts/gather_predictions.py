"""Concatenate the predictions of all folds and seeds."""

import pandas as pd

from sercues.core import job, tables


def main(smk):
    job.start(smk)
    predictions = pd.concat([tables.read(path) for path in smk.input.predictions])
    job.log.info("%d predictions from %d tables", len(predictions), len(smk.input.predictions))
    tables.write(predictions, smk.output.predictions, "predictions")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
