"""Parts of every fold, and an audit of leaks between them."""

from sercues.classifiers import splits
from sercues.core import job, tables


def main(smk):
    job.start(smk, "scikit-learn")
    manifest = tables.read(smk.input.manifest)
    split = smk.params.split
    parts = splits.split_clips(manifest, split, smk.params.folds, smk.params.seed)
    leaks = splits.audit(parts, manifest, split["stop_on_leak"])
    for row in leaks[leaks["shared"] > 0].itertuples():
        job.log.info(
            "fold %d: %d of %d %s(s) of %s are also in %s: %s",
            *(row.fold, row.shared, row.total, row.kind, row.second, row.first, row.verdict),
        )
    splits.stop_on_leak(leaks)
    for path in (smk.output.leaks, smk.output.leaks_parquet):
        tables.write(leaks, path, "leaks")
    tables.write(parts, smk.output.splits, "splits")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
