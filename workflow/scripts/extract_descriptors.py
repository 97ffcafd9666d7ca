"""Low-level descriptors of every usable clip: eGeMAPSv02 by openSMILE, one row each 10 ms."""

from sercues import cues, jobs, locate, tables


def main(smk):
    jobs.start(smk, "opensmile", "scipy")
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
    paths = locate.clip_paths(manifest, smk.params.root)
    jobs.count("clips", len(manifest), len(paths))
    with tables.writing(smk.output.descriptors, "descriptors") as append:
        for frame in cues.extract(paths, smk.threads):
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
