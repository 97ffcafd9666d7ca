"""Acoustic cues of every region: salient segments and their baselines."""

from sercues.core import job, paths, tables
from sercues.cues import measure

SEGMENTS = 100_000  # per batch: 200 clips with 100 random draws each


def main(smk):
    job.start(smk, "opensmile", "scipy")
    settings = smk.params.cues
    sliced = settings["extraction"] == "sliced"
    if not sliced:
        clips = paths.of_job(smk)
    columns = [*measure.REGION, "rank", "start_s", "end_s"]
    stretches = tables.batches(
        smk.input.segments, SEGMENTS, columns, whole=["fold", "seed", "clip_id"]
    )
    n_segments = n_regions = 0
    with tables.writing(smk.output.cues, "cues") as append:
        for segments in stretches:
            if sliced:
                chosen = tables.isin("clip_id", segments["clip_id"])
                descriptors = tables.read(smk.input.descriptors, filters=chosen)
                table = measure.measure(segments, descriptors, settings["unvoiced"])
            else:
                table = measure.measure_alone(
                    segments, clips, settings["unvoiced"], smk.params.resample, smk.threads
                )
            append(table)
            n_segments, n_regions = n_segments + len(segments), n_regions + len(table)
    job.count("segments pooled to regions", n_segments, n_regions)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
