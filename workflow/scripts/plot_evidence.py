"""How faithful the methods are, and how plausible their cues: dots and curves with intervals."""

from sercues import figures, intervals, jobs, tables


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn")
    place = {"corpus": smk.params.corpus, "protocol": smk.params.protocol}
    title = " · ".join(place.values())
    for draw, source, target in (
        (intervals.faithfulness, smk.input.methods, smk.output.faithfulness),
        (intervals.curves, smk.input.curves, smk.output.curves),
        (intervals.plausibility, smk.input.plausibility, smk.output.plausibility),
    ):
        own = tables.of_place(tables.read_csv(source), place)
        jobs.log.info("%s: %d rows", source, len(own))
        figures.save(draw(own, title, smk.params.methods), target)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
