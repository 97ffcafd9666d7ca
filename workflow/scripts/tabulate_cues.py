"""Table 2 (correct clips) or Table 3 (misclassified clips) over all corpora, protocols, methods."""

import pandas as pd

from sercues.analysis import cue_tables
from sercues.core import files, job, tables
from sercues.cues.clips import ClipCues


def main(smk):
    job.start(smk, "scipy")
    number = smk.params.number
    parts = []
    for place, (cues,) in job.runs(smk, "clip_cues"):
        part = cue_tables.cue_table(
            ClipCues.read(cues),
            **place,
            emotions=smk.params.emotions,
            correct=cue_tables.TABLES[number],
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        filled = part[part["n_clips"] > 0].groupby("grouped_by")["emotion"].nunique().to_dict()
        job.log.info("%s, %s, %s: emotions with clips, by label: %s", *place.values(), filled)
        parts.append(part)

    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "table")
    tables.write(table, smk.output.parquet, "table")
    page = cue_tables.page(table, number, smk.params.sample, smk.params.draws)
    tables.write_page(page, smk.output.markdown, smk.output.html)
    files.write_text(page.latex(), smk.output.latex)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
