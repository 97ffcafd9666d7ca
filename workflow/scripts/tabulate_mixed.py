"""A second opinion on Table 2: mixed models, and where they disagree with the permutations."""

import pandas as pd

from sercues import evidence, jobs, mixed, tables


def main(smk):
    jobs.start(smk, "scipy", "statsmodels")
    parts = []
    for place, paths in jobs.entries(smk, "cues", "explained", "manifests"):
        manifest = tables.read(paths[2], columns=["clip_id", "speaker", "text"])
        clips = evidence.clip_cues(
            tables.read(paths[0], columns=evidence.CUE_COLUMNS), tables.read(paths[1]), manifest
        )
        part = mixed.mixed_table(
            clips,
            manifest,
            **place,
            emotions=smk.params.emotions,
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        jobs.log.info(
            "%s, %s, %s: %d tests, %d agree", *place.values(), len(part), part["agree"].sum()
        )
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "mixed")
    page = mixed.page(table)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
