"""The held-out clips to explain."""

from sercues.core import job, tables
from sercues.saliency import sampling


def main(smk):
    job.start(smk)
    predictions = tables.read(smk.input.predictions)
    explained = sampling.choose_clips(
        predictions,
        smk.params.correct,
        smk.params.misclassified,
        smk.params.emotions,
        smk.params.targets,
        smk.params.seed,
    )
    job.count("held-out clips", len(predictions), explained["clip_id"].nunique())
    tables.write(explained, smk.output.explained, "explained")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
