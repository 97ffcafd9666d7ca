"""Low-level descriptors of every usable clip: eGeMAPSv02 by openSMILE, one row each 10 ms."""

from sercues.core import job, tables
from sercues.core.paths import clip_paths
from sercues.cues import descriptors


def main(smk):
    job.start(smk, "opensmile", "scipy")
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
    paths = clip_paths(manifest, smk.params.root)
    job.count("clips", len(manifest), len(paths))
    with tables.writing(smk.output.descriptors, "descriptors") as append:
        for frame in descriptors.extract(paths, smk.threads):
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
