"""Saliency maps of one shard of the explained clips."""

from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.saliency import explain


def main(smk):
    job.start(smk, "torch", "captum", "zennit")
    device = resnet.reproducible_device()
    method, shard = smk.wildcards.method, smk.wildcards.scatteritem
    job.log.info("device %s, %s %s", device, method, smk.params.method_params)
    explained = tables.read(smk.input.explained)
    rows = explain.rows_of_shard(explained, shard)
    job.count(f"clips of shard {shard}", len(explained), len(rows))
    maps = explain.explain_table(
        rows,
        smk.input.spectrograms,
        smk.input.models,
        method,
        smk.params.method_params,
        device,
    )
    tables.write(maps, smk.output.saliency, "saliency")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
