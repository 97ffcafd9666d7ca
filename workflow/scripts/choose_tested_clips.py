"""Choose explained clips to test, and to explain by the methods that are only compared."""

from sercues.core import job, tables
from sercues.saliency import sampling


def main(smk):
    job.start(smk)
    explained = tables.read(smk.input.explained)
    choice = sampling.choose_tested_clips(
        explained,
        tables.read(smk.input.manifest, columns=["clip_id", "speaker"]),
        smk.params.correct,
        smk.params.misclassified,
        smk.params.seed,
    )
    for name in ("tested", "compared"):
        job.count(f"explained clips {name}", len(explained), choice[name].sum())
    tables.write(choice, smk.output.tested, "tested")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
