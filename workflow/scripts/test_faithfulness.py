"""How the windows chosen by each method compare with the others of the clip."""

from pathlib import Path

from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.evaluation import faithfulness, localisation

COLUMNS = [*KEY, "map", "n_mels", "n_total"]


def main(smk):
    job.start(smk, "torch")
    device = resnet.reproducible_device()
    windows = dict(smk.params.windows)
    covered = tables.read(smk.input.perturbations)
    tested = tables.isin("clip_id", covered["clip_id"])
    maps = {Path(path).stem: tables.read(path, COLUMNS, tested) for path in smk.input.saliency}
    compared = faithfulness.compare_methods(
        maps,
        covered,
        smk.input.spectrograms,
        smk.input.models,
        windows,
        seed=smk.params.seed,
        device=device,
    )
    job.count("clips, fills and methods", len(covered) * len(maps), len(compared))
    if smk.input.get("truth"):
        truth = tables.read(smk.input.truth)
        clips = tables.read(smk.input.spectrograms, localisation.PLACES, tested)
        compared = faithfulness.with_planted(
            compared,
            {
                name: localisation.point(table, clips, truth, windows)
                for name, table in maps.items()
            },
        )
    for fill, rows in compared.groupby("fill"):
        means = rows.groupby("method")["percentile"].mean().round(3).to_dict()
        job.log.info("fill %s: sets with a smaller drop, mean over clips: %s", fill, means)
    tables.write(compared, smk.output.faithfulness, "faithfulness")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
