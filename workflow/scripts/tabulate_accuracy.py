"""Accuracy and UAR of every corpus and protocol, and their spread over folds."""

import pandas as pd

from sercues.classifiers import accuracy
from sercues.core import job, statements, tables


def main(smk):
    job.start(smk, "scipy")
    claim = statements.read(smk.input.statements, ["accuracy_crema_d"])["accuracy_crema_d"]
    summary = accuracy.summary_table(
        pd.concat([tables.read(path) for path in smk.input.accuracy]),
        listeners=smk.params.listeners,
        published={claim["corpus"]: claim["value"]},
    )
    for row in summary.itertuples():
        key = (row.corpus, row.protocol, row.measure)
        job.log.info("%s, %s, %s: %.3f, over trainings %.3f", *key, row.value, row.mean)
    tables.publish(summary, "summary", accuracy.page(summary), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
