"""How faithful the methods are, and how plausible their cues: dots and curves with intervals."""

from sercues.core import job, tables
from sercues.figures import evaluation, style


def main(smk):
    job.start(smk, "matplotlib", "seaborn")
    place = {"corpus": smk.wildcards.corpus, "protocol": smk.wildcards.protocol}
    title = " · ".join(place.values())
    for draw, source, target in (
        (evaluation.faithfulness, smk.input.methods, smk.output.faithfulness),
        (evaluation.curves, smk.input.curves, smk.output.curves),
        (evaluation.plausibility, smk.input.plausibility, smk.output.plausibility),
    ):
        own = tables.read(source, filters=tables.at(place))
        job.log.info("%s: %d rows", source, len(own))
        style.save(draw(own, title, smk.params.methods), target)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
