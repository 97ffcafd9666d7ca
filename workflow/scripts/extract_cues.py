"""Acoustic cues of every region: salient segments and their baselines."""

from sercues import cues, jobs, locate, tables


def main(smk):
    jobs.start(smk, "opensmile", "scipy")
    settings = smk.params.cues
    segments = tables.read(smk.input.segments, [*cues.REGION, "rank", "start_s", "end_s"])
    if settings["extraction"] == "sliced":
        clips = sorted(set(segments["clip_id"]))
        chosen = [("clip_id", "in", clips)] if clips else None
        descriptors = tables.read(smk.input.descriptors, filters=chosen)
        table = cues.measure(segments, descriptors, settings["unvoiced"])
    else:
        manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
        paths = locate.clip_paths(manifest, smk.params.root)
        table = cues.measure_alone(
            segments, paths, settings["unvoiced"], smk.params.resample, smk.threads
        )
    jobs.count("segments pooled to regions", len(segments), len(table))
    tables.write(table, smk.output.cues, "cues")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
