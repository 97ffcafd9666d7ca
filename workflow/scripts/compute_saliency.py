"""Saliency maps of one shard of the explained clips."""

from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.saliency import explain


def main(smk):
    job.start(smk, "torch", "captum", "zennit")
    device = resnet.reproducible_device()
    job.log.info("device %s, %s %s", device, smk.params.method, smk.params.method_params)
    explained = tables.read(smk.input.explained)
    rows = explain.rows_of_shard(explained, smk.params.shard)
    job.count(f"clips of shard {smk.params.shard}", len(explained), len(rows))
    maps = explain.explain_table(
        rows,
        smk.input.spectrograms,
        smk.input.models,
        smk.params.method,
        smk.params.method_params,
        device,
    )
    tables.write(maps, smk.output.saliency, "saliency")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
