"""Do a method's maps depend on what the network learned?"""

from sercues import jobs, models, randomisation, sampling, tables


def main(smk):
    jobs.start(smk, "torch", "captum", "zennit")
    params = smk.params
    explained = tables.read(smk.input.explained)
    chosen = sampling.thinned(explained[explained["correct"]], params.clips, 0, params.draw_seed)
    columns = [*randomisation.KEY, "target", "map", "n_mels", "n_total"]
    maps = tables.read(smk.input.saliency, columns, tables.among("clip_id", chosen["clip_id"]))
    maps = maps.merge(chosen[randomisation.KEY], on=randomisation.KEY)
    jobs.count("explained clips", len(explained), len(maps))
    found = randomisation.compare_maps(
        maps,
        smk.input.spectrograms,
        smk.input.models,
        params.method,
        dict(params.method_params),
        dict(params.windows),
        params.seed,
        models.reproducible_device(),
    )
    means = found.groupby("stage", sort=False)["windows"].mean().round(3)
    jobs.log.info("rank correlation of the windows by stage: %s", means.to_dict())
    tables.write(found, smk.output.randomisation, "randomisation")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
