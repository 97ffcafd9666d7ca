"""Make a corpus's manifest: a row for every audio file found, with labels and what is wrong."""

from sercues import corpora, jobs, tables


def main(smk):
    jobs.start(smk, "soundfile")
    output = smk.output.manifest
    manifest = corpora.build_manifest(
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
