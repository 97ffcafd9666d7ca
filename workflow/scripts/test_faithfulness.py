"""How the windows that each method chose compare with all others of the clip."""

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
    found = faithfulness.compare_methods(
        maps, covered, smk.input.spectrograms, smk.input.models, windows, device
    )
    job.count("clips and methods", len(covered) * len(maps), len(found))
    if smk.input.get("truth"):
        truth = tables.read(smk.input.truth)
        places = tables.read(smk.input.spectrograms, localisation.PLACES, tested)
        found = faithfulness.with_planted(
            found,
            {name: localisation.point(own, places, truth, windows) for name, own in maps.items()},
        )
    means = found.groupby("method")["percentile"].mean().round(3).to_dict()
    job.log.info("sets with a smaller drop, mean over clips: %s", means)
    tables.write(found, smk.output.faithfulness, "faithfulness")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
