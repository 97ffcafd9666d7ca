"""Maps and choices of windows against those of other networks, fills and settings."""

import pandas as pd

from sercues import jobs, likeness, models, sampling, tables


def main(smk):
    jobs.start(smk, "torch", "captum", "zennit")
    params = smk.params
    explained = tables.read(smk.input.explained)
    chosen = sampling.thinned(explained[explained["correct"]], params.clips, 0, params.draw_seed)
    columns = [*likeness.KEY, "target", "map", "n_mels", "n_total"]
    parts = []
    for method, path in zip(params.methods, smk.input.saliency, strict=True):
        own = tables.read(path, columns, tables.among("clip_id", chosen["clip_id"]))
        parts.append(own.merge(chosen[likeness.KEY], on=likeness.KEY).assign(method=method))
        jobs.count(f"maps of {method}", len(explained), len(parts[-1]))
    found = likeness.compare(
        pd.concat(parts, ignore_index=True),
        smk.input.spectrograms,
        [*smk.input.models, *smk.input.reseeded],
        smk.input.shuffled[0],
        dict(params.methods),
        dict(params.windows),
        params.seed,
        models.reproducible_device(),
    )
    for method, own in found.groupby("method", sort=False):
        means = own.groupby("change", sort=False)["overlap"].mean().round(3)
        jobs.log.info("%s: overlap of the chosen windows by change %s", method, means.to_dict())
    tables.write(found, smk.output.likeness, "likeness")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
