"""Failure checks: red, green or undecided."""

from sercues.analysis import failure_checks
from sercues.core import job, tables
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    resampling = Resampling(smk.params.draws, smk.params.seed)
    parts = []
    inputs = ("saliency", "segments", "accuracy", "stability", "manifests")
    for run, paths in job.runs(smk, *inputs):
        evaluations = [
            tables.read(path, filters=tables.at(run))
            for path in (smk.input.methods, smk.input.contrasts, smk.input.plausibility)
        ]
        of_run = failure_checks.failure_check_table(
            tables.read(paths[0], columns=["clip_id", "target", "speech_share"]),
            tables.read(paths[1], columns=["clip_id", "target", "region", "net_score"]),
            *evaluations,
            tables.read(paths[2]),
            tables.read(paths[3], filters=tables.isin("method", [run["method"]])),
            tables.read(paths[4], columns=["clip_id", "speaker"]),
            resampling,
            sampled=run["method"] in smk.params.sampled,
        )
        parts.append((run, of_run))
    table = tables.stacked(parts, "failure_checks")
    for row in table.itertuples():
        key = (row.corpus, row.protocol, row.method)
        job.log.info("%s, %s: %s", row.check, " ".join(key), row.verdict)
    tables.publish(table, "failure_checks", failure_checks.page(table), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
