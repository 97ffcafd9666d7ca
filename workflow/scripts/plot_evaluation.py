"""Figures of the faithfulness of the methods and the plausibility of their cues, with intervals."""

from sercues.core import job, tables
from sercues.figures import evaluation, style


def main(smk):
    job.start(smk, "matplotlib", "seaborn")
    run = {"corpus": smk.wildcards.corpus, "protocol": smk.wildcards.protocol}
    title = " · ".join(run.values())
    for draw, source, target in (
        (evaluation.faithfulness, smk.input.methods, smk.output.faithfulness),
        (evaluation.curves, smk.input.curves, smk.output.curves),
        (evaluation.plausibility, smk.input.plausibility, smk.output.plausibility),
    ):
        table = tables.read(source, filters=tables.at(run))
        job.log.info("%s: %d rows", source, len(table))
        style.save(draw(table, title, smk.params.methods), target)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
