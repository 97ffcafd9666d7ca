"""Scores of sets and random orders of windows of the tested clips."""

from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.evaluation import faithfulness
from sercues.saliency import sampling


def main(smk):
    job.start(smk, "torch")
    device = resnet.reproducible_device()
    job.log.info("device %s", device)
    params = smk.params
    explained = tables.read(smk.input.explained)
    tested = sampling.of_choice(explained, tables.read(smk.input.tested), "tested")
    job.count("explained clips tested", len(explained), len(tested))
    perturbations = faithfulness.cover_clips(
        tested,
        smk.input.spectrograms,
        smk.input.models,
        dict(params.windows),
        seed=params.seed,
        device=device,
    )
    tables.write(perturbations, smk.output.perturbations, "perturbations")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
