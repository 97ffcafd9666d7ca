"""Figure of mean weights of the bands by classifier, corpus and emotion, with the published ones."""

import pandas as pd

from sercues.core import job, tables
from sercues.figures import bands, style


def main(smk):
    job.start(smk, "matplotlib", "seaborn")
    profiles = tables.read(smk.input.profiles)
    published = pd.read_csv(smk.input.published, sep="\t")
    figure = bands.profiles(profiles, published, smk.params.score)
    style.save(figure, smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
