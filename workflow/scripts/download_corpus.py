"""Download a corpus from Kaggle into its folder, atomically."""

from sercues.core import job
from sercues.corpora import download


def main(smk):
    job.start(smk)
    download.download(smk.params.handle, smk.output.folder, smk.params.clips)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
