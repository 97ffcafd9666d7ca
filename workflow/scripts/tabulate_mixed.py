"""Check of Table 2 by mixed models, and where they disagree with the sign flips."""

from sercues.analysis import mixed_models
from sercues.core import job, tables
from sercues.cues.clips import ClipCues
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy", "statsmodels")
    resampling = Resampling(smk.params.draws, smk.params.seed)
    parts = []
    for run, (cues,) in job.runs(smk, "clip_cues"):
        of_run = mixed_models.mixed_table(
            ClipCues.read(cues), emotions=smk.params.emotions, resampling=resampling
        )
        job.log.info(
            "%s, %s, %s: %d tests, %d agree", *run.values(), len(of_run), of_run["agree"].sum()
        )
        parts.append((run, of_run))
    table = tables.stacked(parts, "mixed")
    tables.publish(table, "mixed", mixed_models.page(table), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
