"""Do the methods find where the embedded corpus carries its emotion, and what is heard there?"""

from sercues.analysis import recovery
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.cues.clips import ClipCues
from sercues.evaluation import localisation
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    resampling = Resampling(smk.params.draws, smk.params.seed)
    parts, pointed, recovered = [], [], []
    inputs = ("segments", "clip_cues", "truths", "manifests", "saliency", "spectrograms")
    columns = [*KEY, "map", "n_mels", "n_total"]
    for run, paths in job.runs(smk, *inputs):
        segments = tables.read(paths[0], columns=localisation.SEGMENT_COLUMNS)
        cues, truth = ClipCues.read(paths[1]), tables.read(paths[2])
        manifest = tables.read(paths[3], columns=["clip_id", "speaker"])
        part = localisation.localisation_table(segments, truth, manifest, resampling)
        own = localisation.point(
            tables.read(paths[4], columns=columns),
            tables.read(paths[5], columns=localisation.PLACES),
            truth,
            dict(smk.params.windows[run["protocol"]]),
        )
        pointed.append((run, localisation.pointing_table(own, manifest, resampling)))
        found = recovery.recovery_table(
            cues, truth, emotions=smk.params.emotions, resampling=resampling
        )
        recovered.append((run, found))
        outcomes = found["outcome"].value_counts().to_dict()
        job.log.info("%s, %s, %s: cues by outcome: %s", *run.values(), outcomes)
        shares = part.set_index("region")["value"].round(3).to_dict()
        job.log.info("%s, %s, %s: share on the planted interval: %s", *run.values(), shares)
        parts.append((run, part))
    table = tables.stacked(parts, "localisation")
    points = permutation.with_q(tables.stacked(pointed, "pointing"), localisation.FAMILY)
    found = tables.stacked(recovered, "recovery")
    tables.write(points, smk.output.pointing, "pointing")
    tables.write(found, smk.output.recovery, "recovery")
    page = localisation.page(table, points, recovery.shown(found))
    tables.publish(table, "localisation", page, smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
