"""Accuracy, UAR and recalls of one corpus and protocol, with intervals."""

from sercues.classifiers.accuracy import Published, accuracy_table
from sercues.core import job, statements, tables
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    predictions = tables.read(smk.input.predictions)
    manifest = tables.read(smk.input.manifest, columns=["clip_id", "speaker"])
    resampling = Resampling(smk.params.draws, smk.params.seed)
    run = {"corpus": smk.wildcards.corpus, "protocol": smk.wildcards.protocol}
    claim = statements.read(smk.input.statements, ["accuracy_crema_d"])["accuracy_crema_d"]
    published = Published(claim["value"], claim["tolerance"])
    of_corpus = published if run["corpus"] == claim["corpus"] else None
    table = accuracy_table(predictions, manifest, resampling, of_corpus)
    accuracy = tables.stacked([(run, table)], "accuracy")
    tables.write(accuracy, smk.output.accuracy, "accuracy")
    tables.write(accuracy, smk.output.csv, "accuracy")
    pooled = accuracy[(accuracy["fold"] == "all") & (accuracy["seed"] == "all")]
    for row in pooled.itertuples():
        estimate = (row.measure, row.emotion, row.value, row.ci_low, row.ci_high)
        job.log.info("%s, %s: %.3f [%.3f, %.3f]", *estimate)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
