"""Acoustic cues of every region: salient segments and their baselines."""

from pathlib import Path

from sercues import cues, jobs, tables


def main(smk):
    jobs.start(smk, "opensmile", "torchaudio")
    settings = smk.params.cues
    segments = tables.read(smk.input.segments)
    clips = sorted(set(segments["clip_id"]))
    chosen = [("clip_id", "in", clips)] if clips else None
    if settings["extraction"] == "sliced":
        descriptors = tables.read(smk.input.descriptors, filters=chosen)
        table = cues.measure(segments, descriptors, settings["unvoiced"])
    else:
        manifest = tables.read(smk.input.manifest, ["clip_id", "path"], filters=chosen)
        root = Path(smk.params.root)
        paths = {clip.clip_id: str(root / clip.path) for clip in manifest.itertuples()}
        table = cues.measure_alone(
            segments, paths, settings["unvoiced"], smk.params.resample, smk.threads
        )
    jobs.count("segments pooled to regions", len(segments), len(table))
    tables.write(table, smk.output.cues, "cues")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
