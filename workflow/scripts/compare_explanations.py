"""Maps and choices of windows against those of other networks, fills and settings."""

from sercues import jobs, likeness, models, sampling, tables


def main(smk):
    jobs.start(smk, "torch", "captum", "zennit")
    params = smk.params
    explained = tables.read(smk.input.explained)
    chosen = sampling.thinned(explained[explained["correct"]], params.clips, 0, params.draw_seed)
    columns = [*likeness.KEY, "target", "map", "n_mels", "n_total"]
    maps = tables.read(smk.input.saliency, columns, tables.among("clip_id", chosen["clip_id"]))
    maps = maps.merge(chosen[likeness.KEY], on=likeness.KEY)
    jobs.count("explained clips", len(explained), len(maps))
    found = likeness.compare(
        maps,
        smk.input.spectrograms,
        [*smk.input.models, *smk.input.reseeded],
        smk.input.shuffled[0],
        params.method,
        dict(params.method_params),
        dict(params.windows),
        params.seed,
        models.reproducible_device(),
    )
    means = found.groupby("change", sort=False)["overlap"].mean().round(3)
    jobs.log.info("overlap of the chosen windows by change: %s", means.to_dict())
    tables.write(found, smk.output.likeness, "likeness")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
