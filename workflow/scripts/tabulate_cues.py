"""Table 2 (correct clips) or Table 3 (misclassified clips) over all corpora, protocols, methods."""

import pandas as pd

from sercues import evidence, jobs, tables


def main(smk):
    jobs.start(smk, "scipy")
    number = smk.params.number
    parts = []
    for place, (cues, explained, manifest) in jobs.entries(smk, "cues", "explained", "manifests"):
        part = evidence.cue_table(
            tables.read(cues, columns=evidence.CUE_COLUMNS),
            tables.read(explained),
            tables.read(manifest, columns=["clip_id", "speaker"]),
            **place,
            emotions=smk.params.emotions,
            correct=evidence.TABLES[number],
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        filled = part[part["n_clips"] > 0].groupby("grouped_by")["emotion"].nunique().to_dict()
        jobs.log.info("%s, %s, %s: emotions with clips, by label: %s", *place.values(), filled)
        parts.append(part)

    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "table")
    tables.write(table, smk.output.parquet, "table")
    page = evidence.page(table, number, smk.params.sample, smk.params.draws)
    tables.write_page(page, smk.output.markdown, smk.output.html)
    tables.write_text(page.latex(), smk.output.latex)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
