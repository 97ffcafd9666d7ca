"""Compare maps and chosen windows with those of other networks, fills and settings."""

import pandas as pd

from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.evaluation import similarity
from sercues.saliency import sampling


def main(smk):
    job.start(smk, "torch", "captum", "zennit")
    params = smk.params
    explained = tables.read(smk.input.explained)
    # drawn here, so that a change of their number reruns only this job
    chosen = sampling.stratified_sample(
        explained[explained["correct"]], params.clips, 0, params.draw_seed
    )
    columns = [*KEY, "target_emotion", "map", "n_mels", "n_total"]
    parts = []
    for method, path in zip(params.methods, smk.input.saliency, strict=True):
        maps = tables.read(path, columns, tables.isin("clip_id", chosen["clip_id"]))
        parts.append(maps.merge(chosen[KEY], on=KEY).assign(method=method))
        job.count(f"maps of {method}", len(explained), len(parts[-1]))
    stability = similarity.compare(
        pd.concat(parts, ignore_index=True),
        smk.input.spectrograms,
        [*smk.input.models, *smk.input.second_seed],
        smk.input.randomised_labels[0],
        dict(params.methods),
        dict(params.windows),
        params.seed,
        resnet.reproducible_device(),
    )
    for method, of_method in stability.groupby("method", sort=False):
        means = of_method.groupby("change", sort=False)["overlap"].mean().round(3)
        job.log.info("%s: overlap of the chosen windows by change %s", method, means.to_dict())
    tables.write(stability, smk.output.stability, "stability")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
