"""Confusion matrix of one corpus and protocol, with accuracy and UAR."""

from sercues import figures, jobs, tables


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn")
    predictions = tables.read(smk.input.predictions, ["clip_id", "true", "predicted", "labels"])
    accuracy = tables.read(smk.input.accuracy)
    title = f"{smk.params.corpus} · {smk.params.protocol}"
    figures.save(figures.confusion(predictions, accuracy, title), smk.output.figure)
    jobs.log.info("%d predictions drawn", len(predictions))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
