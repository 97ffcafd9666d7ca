"""Segments of every saliency map: the salient windows and the baseline regions, in seconds."""

from sercues import jobs, segments, tables


def main(smk):
    jobs.start(smk)
    maps = tables.read(smk.input.saliency, [*segments.KEY, "map", "n_mels", "n_total"])
    chosen = [("clip_id", "in", sorted(set(maps["clip_id"])))] if len(maps) else None
    spectrograms = tables.read(smk.input.spectrograms, filters=chosen)
    found = segments.extract(
        maps,
        spectrograms,
        dict(smk.params.segments),
        draws=smk.params.draws,
        seed=smk.params.seed,
        keep_offset=smk.params.keep_offset,
        full_kind=smk.params.full,
    )
    tables.write(found, smk.output.segments, "segments")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
