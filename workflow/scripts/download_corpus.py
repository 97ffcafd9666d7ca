"""Download a corpus from Kaggle into its folder, whole or not at all."""

from sercues import corpora, jobs


def main(smk):
    jobs.start(smk)
    corpora.download(smk.params.handle, smk.output.folder, smk.params.clips)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
