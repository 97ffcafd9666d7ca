"""Failure checks: red, green or undecided."""

import pandas as pd

from sercues.analysis import failure_checks
from sercues.core import job, tables


def main(smk):
    job.start(smk, "scipy")
    parts = []
    inputs = ("saliency", "accuracy", "stability", "manifests")
    for place, paths in job.runs(smk, *inputs):
        own = [
            tables.read(path, filters=tables.at(place))
            for path in (smk.input.contrasts, smk.input.plausibility)
        ]
        parts.append(
            failure_checks.failure_check_table(
                tables.read(paths[0], columns=["clip_id", "target", "speech_share"]),
                *own,
                tables.read(paths[1]),
                tables.read(paths[2], filters=tables.isin("method", [place["method"]])),
                tables.read(paths[3], columns=["clip_id", "speaker"]),
                **place,
                draws=smk.params.draws,
                seed=smk.params.seed,
                sampled=place["method"] in smk.params.sampled,
            )
        )
    table = pd.concat(parts, ignore_index=True)
    for row in table.itertuples():
        place = (row.corpus, row.protocol, row.method)
        job.log.info("%s, %s: %s", row.check, " ".join(place), row.verdict)
    tables.write(table, smk.output.csv, "failure_checks")
    page = failure_checks.page(table)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
