"""Low-level descriptors of every usable clip: eGeMAPSv02 by openSMILE, a row per 10 ms."""

from sercues.core import job, paths, tables
from sercues.cues import descriptors


def main(smk):
    job.start(smk, "opensmile", "scipy")
    clips = paths.of_job(smk)
    with tables.writing(smk.output.descriptors, "descriptors") as append:
        for frame in descriptors.extract(clips, smk.threads):
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
