"""Do the methods find where the embedded corpus carries its emotion, and what is heard there?"""

import pandas as pd

from sercues.analysis import recovery
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.cues.clips import ClipCues
from sercues.evaluation import localisation
from sercues.stats import permutation


def main(smk):
    job.start(smk, "scipy")
    parts, pointed, recovered = [], [], []
    inputs = ("segments", "clip_cues", "truths", "manifests", "saliency", "spectrograms")
    columns = [*KEY, "map", "n_mels", "n_total"]
    for place, paths in job.runs(smk, *inputs):
        segments = tables.read(paths[0], columns=localisation.SEGMENT_COLUMNS)
        cues, truth = ClipCues.read(paths[1]), tables.read(paths[2])
        manifest = tables.read(paths[3], columns=["clip_id", "speaker"])
        settings = place | {"draws": smk.params.draws, "seed": smk.params.seed}
        part = localisation.localisation_table(segments, truth, manifest, **settings)
        own = localisation.point(
            tables.read(paths[4], columns=columns),
            tables.read(paths[5], columns=localisation.PLACES),
            truth,
            dict(smk.params.windows[place["protocol"]]),
        )
        pointed.append(localisation.pointing_table(own, manifest, **settings))
        found = recovery.recovery_table(cues, truth, emotions=smk.params.emotions, **settings)
        recovered.append(found)
        outcomes = found["outcome"].value_counts().to_dict()
        job.log.info("%s, %s, %s: cues by outcome: %s", *place.values(), outcomes)
        shares = part.set_index("region")["value"].round(3).to_dict()
        job.log.info("%s, %s, %s: share on the planted interval: %s", *place.values(), shares)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    points = permutation.with_q(pd.concat(pointed, ignore_index=True), localisation.FAMILY)
    found = pd.concat(recovered, ignore_index=True)
    tables.write(table, smk.output.csv, "localisation")
    tables.write(points, smk.output.pointing, "pointing")
    tables.write(found, smk.output.recovery, "recovery")
    page = localisation.page(table, points, recovery.shown(found))
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
