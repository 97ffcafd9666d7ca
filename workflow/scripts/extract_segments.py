"""Segments of every saliency map: the salient windows and the baseline regions, in seconds."""

from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.segments import regions

MAPS = 128  # per batch, 13 MB


def main(smk):
    job.start(smk)
    columns = [*KEY, "map", "n_mels", "n_total"]
    with tables.writing(smk.output.segments, "segments") as append:
        for maps in tables.batches(smk.input.saliency, MAPS, columns):
            chosen = tables.isin("clip_id", maps["clip_id"])
            segments = regions.extract(
                maps,
                tables.read(smk.input.spectrograms, filters=chosen),
                dict(smk.params.segments),
                draws=smk.params.draws,
                seed=smk.params.seed,
                keep_offset=smk.params.keep_offset,
                full_kind=smk.params.full,
                descriptors=tables.read(
                    smk.input.descriptors, ["clip_id", "time_s", "voiced"], chosen
                ),
            )
            append(segments)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
