"""Log-Mel spectrograms of every usable clip, with their place in the file."""

from sercues import frontend, jobs, locate, tables


def main(smk):
    jobs.start(smk, "torch", "torchaudio")
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
    paths = locate.clip_paths(manifest, smk.params.root)
    jobs.count("clips", len(manifest), len(paths))
    frames = frontend.compute(paths, smk.params.front_end, smk.threads)
    with tables.writing(smk.output.spectrograms, "spectrograms") as append:
        for frame in frames:
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
