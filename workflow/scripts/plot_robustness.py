"""Mean weights of the bands by classifier, corpus and emotion, beside the published ones."""

import pandas as pd

from sercues import band_figures, figures, jobs, tables


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn")
    profiles = tables.read_csv(smk.input.profiles)
    published = pd.read_csv(smk.input.published, sep="\t")
    figure = band_figures.profiles(profiles, published, smk.params.quantity)
    figures.save(figure, smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
