"""Low-level descriptors of every usable clip: eGeMAPSv02 by openSMILE, one row each 10 ms."""

from pathlib import Path

from sercues import cues, jobs, tables


def main(smk):
    jobs.start(smk, "opensmile", "torchaudio")
    clips = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
    used = clips[~clips["excluded"]]
    jobs.count("clips", len(clips), len(used))
    root = Path(smk.params.root)
    paths = {clip.clip_id: str(root / clip.path) for clip in used.itertuples()}
    table = cues.extract(paths, smk.threads)
    tables.write(table, smk.output.descriptors, "descriptors")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
