"""Which of the explained clips are tested, and which the methods that are only compared explain."""

from sercues.core import job, tables
from sercues.saliency import sampling


def main(smk):
    job.start(smk)
    explained = tables.read(smk.input.explained)
    found = sampling.choose_tested_clips(
        explained,
        tables.read(smk.input.manifest, columns=["clip_id", "speaker"]),
        smk.params.correct,
        smk.params.misclassified,
        smk.params.seed,
    )
    for name in ("tested", "compared"):
        job.count(f"explained clips {name}", len(explained), found[name].sum())
    tables.write(found, smk.output.tested, "tested")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
