"""Weights of a network pretrained on other speech; an empty file if they are unavailable."""

from sercues.classifiers import pretrained
from sercues.core import job


def main(smk):
    job.start(smk)
    pretrained.fetch(
        smk.wildcards.pretrained, smk.output.weights, smk.params.bundle, smk.params.source
    )


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
