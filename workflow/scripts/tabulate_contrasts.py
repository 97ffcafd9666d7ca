"""Cues of every region: emotion against emotion, misclassified against correct clips."""

import pandas as pd

from sercues.analysis import contrasts
from sercues.core import job, tables
from sercues.core.names import BASELINES
from sercues.cues.clips import ClipCues
from sercues.stats import permutation


def main(smk):
    job.start(smk, "scipy")
    parts = []
    for place, (cues,) in job.runs(smk, "clip_cues"):
        part = contrasts.contrast_table(
            ClipCues.read(cues),
            **place,
            emotions=smk.params.emotions,
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        small, beyond = (
            (part[part["region"].isin(regions)].set_index("kind")[q] < permutation.LARGEST_Q)
            .groupby("kind")
            .sum()
            .to_dict()
            for q, regions in (("q", ["salient"]), ("did_q", BASELINES))
        )
        job.log.info("%s, %s, %s: contrasts of small q, by kind: %s", *place.values(), small)
        job.log.info("of the salient segments beyond a baseline: %s", beyond)
        parts.append(part)

    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "contrasts")
    tables.write(table, smk.output.parquet, "contrasts")
    page = contrasts.page(table, smk.params.sample, smk.params.draws)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
