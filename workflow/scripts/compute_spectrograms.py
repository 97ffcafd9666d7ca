"""Log-Mel spectrograms of every usable clip, with their position in the file."""

from sercues.audio import spectrograms
from sercues.core import job, paths, tables


def main(smk):
    job.start(smk, "torch", "torchaudio")
    clips = paths.of_job(smk)
    frames = spectrograms.compute(clips, smk.params.front_end, smk.threads)
    with tables.writing(smk.output.spectrograms, "spectrograms") as append:
        for frame in frames:
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
