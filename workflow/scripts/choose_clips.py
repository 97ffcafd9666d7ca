"""The held-out clips to explain."""

from sercues import jobs, sampling, tables


def main(smk):
    jobs.start(smk)
    predictions = tables.read(smk.input.predictions)
    explained = sampling.choose_clips(
        predictions,
        smk.params.correct,
        smk.params.misclassified,
        smk.params.emotions,
        smk.params.targets,
        smk.params.seed,
    )
    jobs.count("held-out clips", len(predictions), explained["clip_id"].nunique())
    tables.write(explained, smk.output.explained, "explained")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
