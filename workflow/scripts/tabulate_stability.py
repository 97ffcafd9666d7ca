"""How explanations change with other networks, fills and windows."""

from sercues.core import job, tables
from sercues.evaluation import stability
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    resampling = Resampling(smk.params.draws, smk.params.seed)
    parts = []
    for run, (path, manifest) in job.runs(smk, "stability", "manifests"):
        of_run = stability.stability_table(
            tables.read(path, filters=tables.isin("method", [run["method"]])),
            tables.read(manifest, columns=["clip_id", "speaker"]),
            resampling,
        )
        shown = of_run[of_run["measure"] == "gain"].set_index("change")["value"].round(3)
        job.log.info("%s: overlap above chance %s", " ".join(run.values()), shown.to_dict())
        parts.append((run, of_run))
    table = tables.stacked(parts, "stability_summary")
    tables.publish(table, "stability_summary", stability.page(table), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
