"""Manifest of a corpus: a row per audio file, with its labels and defects."""

from sercues.core import job, tables
from sercues.corpora.manifest import build_manifest


def main(smk):
    job.start(smk, "soundfile")
    output = smk.output.manifest
    manifest = build_manifest(
        smk.params.corpus,
        smk.params.root,
        smk.params.limit,
        processes=smk.threads,
        rejected=f"{output}.rejected.csv",
    )
    tables.write(manifest, output, "manifest")
    tables.write(manifest[manifest["excluded"]], smk.output.excluded, "manifest")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
