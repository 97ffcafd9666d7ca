"""Disjoint groups of speakers, to fit every classifier of the EmoLIME study on each of them."""

from sercues.classifiers import splits
from sercues.core import job, tables
from sercues.core.names import MIN_REFIT_SPEAKERS


def main(smk):
    job.start(smk, "scikit-learn")
    manifest = tables.read(smk.input.manifest)
    parts = splits.split_refits(manifest, smk.params.split, smk.params.seed)
    if parts.empty:
        job.log.warning(
            "%s has fewer than %d speakers, or too few clips of an emotion: no refits, so no ceiling",
            smk.wildcards.corpus,
            MIN_REFIT_SPEAKERS,
        )
    for fold, clips in parts[parts["part"] != "test"].groupby("fold"):
        speakers = manifest.loc[manifest["clip_id"].isin(clips["clip_id"]), "speaker"].nunique()
        job.log.info("group %d: %d speakers, %d clips", fold, speakers, len(clips))
    tables.write(parts, smk.output.splits, "splits")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
