"""Contrasts of cues in every region: between emotions, and misclassified against correct clips."""

from sercues.analysis import contrasts
from sercues.core import job, tables
from sercues.core.names import WINDOW_BASELINES
from sercues.cues.clips import ClipCues
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    resampling = Resampling(smk.params.draws, smk.params.seed)
    parts = []
    for run, (cues,) in job.runs(smk, "clip_cues"):
        of_run = contrasts.contrast_table(
            ClipCues.read(cues), emotions=smk.params.emotions, resampling=resampling
        )
        small, beyond = (
            (of_run[of_run["region"].isin(regions)].set_index("kind")[q] < permutation.LARGEST_Q)
            .groupby("kind")
            .sum()
            .to_dict()
            for q, regions in (("q", ["salient"]), ("did_q", WINDOW_BASELINES))
        )
        job.log.info("%s, %s, %s: contrasts of small q, by kind: %s", *run.values(), small)
        job.log.info("of the salient segments beyond a baseline: %s", beyond)
        parts.append((run, of_run))

    table = tables.stacked(parts, "contrasts")
    page = contrasts.page(table, smk.params.sample, smk.params.draws)
    tables.publish(table, "contrasts", page, smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
