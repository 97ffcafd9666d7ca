"""Make the predictions of all folds and seeds one table, and measure accuracy and recall."""

import pandas as pd

from sercues import jobs, tables
from sercues.accuracy import accuracy_table


def main(smk):
    jobs.start(smk, "scipy")
    predictions = pd.concat([tables.read(path) for path in smk.input.predictions])
    manifest = tables.read(smk.input.manifest, columns=["clip_id", "speaker"])
    accuracy = accuracy_table(
        predictions,
        manifest,
        corpus=smk.params.corpus,
        protocol=smk.params.protocol,
        draws=smk.params.draws,
        seed=smk.params.seed,
    )
    tables.write(predictions, smk.output.predictions, "predictions")
    tables.write(accuracy, smk.output.accuracy, "accuracy")
    tables.write(accuracy, smk.output.csv, "accuracy")
    jobs.log.info("%d predictions from %d tables", len(predictions), len(smk.input.predictions))
    pooled = accuracy[(accuracy["fold"] == "all") & (accuracy["seed"] == "all")]
    for row in pooled.itertuples():
        words = (row.measure, row.emotion, row.value, row.ci_low, row.ci_high)
        jobs.log.info("%s, %s: %.3f [%.3f, %.3f]", *words)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
