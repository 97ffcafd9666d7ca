"""Log-Mel spectrograms of every usable clip, with their place in the file."""

from sercues.audio import spectrograms
from sercues.core import job, tables
from sercues.core.paths import clip_paths


def main(smk):
    job.start(smk, "torch", "torchaudio")
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
    paths = clip_paths(manifest, smk.params.root)
    job.count("clips", len(manifest), len(paths))
    frames = spectrograms.compute(paths, smk.params.front_end, smk.threads)
    with tables.writing(smk.output.spectrograms, "spectrograms") as append:
        for frame in frames:
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
