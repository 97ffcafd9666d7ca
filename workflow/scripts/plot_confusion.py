"""Confusion matrix of one corpus and protocol, with accuracy and UAR."""

from sercues.core import job, tables
from sercues.figures import confusion, style


def main(smk):
    job.start(smk, "matplotlib", "seaborn")
    predictions = tables.read(
        smk.input.predictions, ["clip_id", "true_emotion", "predicted_emotion", "labels"]
    )
    accuracy = tables.read(smk.input.accuracy)
    title = f"{smk.wildcards.corpus} · {smk.wildcards.protocol}"
    style.save(confusion.confusion(predictions, accuracy, title), smk.output.figure)
    job.log.info("%d predictions drawn", len(predictions))


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
