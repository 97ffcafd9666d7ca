"""How the windows that a method chose compare with all others of the clip."""

from sercues import faithfulness, jobs, models, tables


def main(smk):
    jobs.start(smk, "torch")
    covered = tables.read(smk.input.coverings)
    columns = [*faithfulness.KEY, "map", "n_mels", "n_total"]
    maps = tables.read(smk.input.saliency, columns, tables.among("clip_id", covered["clip_id"]))
    found = faithfulness.compare_method(
        maps,
        covered,
        smk.input.spectrograms,
        smk.input.models,
        dict(smk.params.windows),
        models.reproducible_device(),
    )
    jobs.count("clips", len(covered), len(found))
    means = found[["percentile", "deletion_percentile", "insertion_percentile"]].mean()
    jobs.log.info("means over clips: %s", means.round(3).to_dict())
    tables.write(found, smk.output.faithfulness, "faithfulness")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
