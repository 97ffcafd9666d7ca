"""Maps and choices of windows against those of other networks, fills and settings."""

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
    # drawn here, as no other job explains just these, and so their number reruns no other
    chosen = sampling.stratified_sample(
        explained[explained["correct"]], params.clips, 0, params.draw_seed
    )
    columns = [*KEY, "target_emotion", "map", "n_mels", "n_total"]
    parts = []
    for method, path in zip(params.methods, smk.input.saliency, strict=True):
        own = tables.read(path, columns, tables.isin("clip_id", chosen["clip_id"]))
        parts.append(own.merge(chosen[KEY], on=KEY).assign(method=method))
        job.count(f"maps of {method}", len(explained), len(parts[-1]))
    found = similarity.compare(
        pd.concat(parts, ignore_index=True),
        smk.input.spectrograms,
        [*smk.input.models, *smk.input.second_seed],
        smk.input.randomised_labels[0],
        dict(params.methods),
        dict(params.windows),
        params.seed,
        resnet.reproducible_device(),
    )
    for method, own in found.groupby("method", sort=False):
        means = own.groupby("change", sort=False)["overlap"].mean().round(3)
        job.log.info("%s: overlap of the chosen windows by change %s", method, means.to_dict())
    tables.write(found, smk.output.stability, "stability")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
