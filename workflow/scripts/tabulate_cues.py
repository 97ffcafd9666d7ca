"""Table 2 (correct clips) or Table 3 (misclassified clips) over all corpora, protocols, methods."""

from sercues.analysis import cue_tables
from sercues.core import job, tables
from sercues.cues.clips import ClipCues
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    number = smk.wildcards.number
    resampling = Resampling(smk.params.draws, smk.params.seed)
    parts = []
    for run, (cues,) in job.runs(smk, "clip_cues"):
        of_run = cue_tables.cue_table(
            ClipCues.read(cues),
            emotions=smk.params.emotions,
            correct=cue_tables.TABLES[number],
            resampling=resampling,
        )
        filled = of_run[of_run["n_clips"] > 0].groupby("grouped_by")["emotion"].nunique().to_dict()
        job.log.info("%s, %s, %s: emotions with clips, by label: %s", *run.values(), filled)
        parts.append((run, of_run))

    table = tables.stacked(parts, "table")
    page = cue_tables.page(table, number, smk.params.sample, smk.params.draws)
    tables.publish(table, "table", page, smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
