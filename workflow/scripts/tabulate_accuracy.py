"""Accuracy and UAR of every corpus and protocol, with their spread over folds."""

import pandas as pd

from sercues import accuracy, claims, jobs, layouts, tables


def main(smk):
    jobs.start(smk, "scipy")
    claim = claims.read_statements(smk.input.statements)["accuracy_crema_d"]
    summary = accuracy.summary_table(
        pd.concat([tables.read(path) for path in smk.input.accuracy]),
        listeners=smk.params.listeners,
        published={claim["corpus"]: claim["value"]},
    )
    for row in summary.itertuples():
        place = (row.corpus, row.protocol, row.measure)
        jobs.log.info("%s, %s, %s: %.3f, over trainings %.3f", *place, row.value, row.mean)
    tables.write(summary, smk.output.csv, "summary")
    tables.write_text(layouts.summary_to_markdown(summary), smk.output.markdown)
    tables.write_text(layouts.summary_to_html(summary), smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
