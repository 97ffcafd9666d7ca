"""Acoustic cues of every region: salient segments and their baselines."""

from sercues import cues, jobs, locate, tables

SEGMENTS = 100_000  # read at a time: 200 clips with 100 random draws each


def main(smk):
    jobs.start(smk, "opensmile", "scipy")
    settings = smk.params.cues
    sliced = settings["extraction"] == "sliced"
    if not sliced:
        manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
        paths = locate.clip_paths(manifest, smk.params.root)
    columns = [*cues.REGION, "rank", "start_s", "end_s"]
    stretches = tables.batches(
        smk.input.segments, SEGMENTS, columns, whole=["fold", "seed", "clip_id"]
    )
    n_segments = n_regions = 0
    with tables.writing(smk.output.cues, "cues") as append:
        for segments in stretches:
            if sliced:
                chosen = tables.among("clip_id", segments["clip_id"])
                descriptors = tables.read(smk.input.descriptors, filters=chosen)
                table = cues.measure(segments, descriptors, settings["unvoiced"])
            else:
                table = cues.measure_alone(
                    segments, paths, settings["unvoiced"], smk.params.resample, smk.threads
                )
            append(table)
            n_segments, n_regions = n_segments + len(segments), n_regions + len(table)
    jobs.count("segments pooled to regions", n_segments, n_regions)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
