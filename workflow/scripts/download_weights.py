"""Weights of a network that was trained on other speech; an empty file where they cannot be had."""

from sercues import jobs, weights


def main(smk):
    jobs.start(smk)
    weights.fetch(
        smk.wildcards.pretrained, smk.output.weights, smk.params.bundle, smk.params.source
    )


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
