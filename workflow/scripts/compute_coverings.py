"""Scores of sets and random orders of windows of the tested clips."""

from sercues import faithfulness, jobs, models, sampling, tables


def main(smk):
    jobs.start(smk, "torch")
    device = models.reproducible_device()
    jobs.log.info("device %s", device)
    params = smk.params
    explained = tables.read(smk.input.explained)
    tested = sampling.thinned(explained, params.correct, params.misclassified, params.seed)
    jobs.count("explained clips tested", len(explained), len(tested))
    found = faithfulness.cover_clips(
        tested,
        smk.input.spectrograms,
        smk.input.models,
        dict(params.windows),
        sets=params.sets,
        orders=params.orders,
        seed=params.seed,
        device=device,
    )
    tables.write(found, smk.output.coverings, "coverings")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
