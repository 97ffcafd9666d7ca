"""Maps of a sample of the explained clips by a method that is only compared."""

from pathlib import Path

from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.saliency import combined, explain, sampling


def main(smk):
    job.start(smk, "torch", "captum")
    params, method = smk.params, smk.wildcards.method
    explained = tables.read(smk.input.explained)
    rows = sampling.of_choice(explained, tables.read(smk.input.tested), "compared")
    job.count("explained clips in the sample", len(explained), len(rows))
    if smk.input.get("parts"):
        chosen = tables.isin("clip_id", rows["clip_id"])
        maps = {Path(path).stem: tables.read(path, filters=chosen) for path in smk.input.parts}
        table = combined.tabulate(maps, method, rows, smk.input.spectrograms)
    else:
        device = resnet.reproducible_device()
        job.log.info("device %s, %s %s", device, method, params.method_params)
        data = (smk.input.spectrograms, smk.input.models)
        settings = dict(params.method_params)
        table = explain.explain_table(rows, *data, method, settings, device)
    tables.write(table, smk.output.saliency, "saliency")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
