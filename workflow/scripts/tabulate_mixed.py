"""A second opinion on Table 2: mixed models, and where they disagree with the permutations."""

import pandas as pd

from sercues.analysis import mixed_models
from sercues.core import job, tables
from sercues.cues.clips import ClipCues


def main(smk):
    job.start(smk, "scipy", "statsmodels")
    parts = []
    for place, (cues, manifest) in job.runs(smk, "clip_cues", "manifests"):
        part = mixed_models.mixed_table(
            ClipCues.read(cues),
            tables.read(manifest, columns=["clip_id", "text"]),
            **place,
            emotions=smk.params.emotions,
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        job.log.info(
            "%s, %s, %s: %d tests, %d agree", *place.values(), len(part), part["agree"].sum()
        )
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "mixed")
    page = mixed_models.page(table)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
