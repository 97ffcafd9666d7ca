"""Do the methods find the planted intervals of the synthetic corpus, and recover its cues there?"""

import pandas as pd

from sercues.analysis import recovery
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.cues.clips import ClipCues
from sercues.evaluation import localisation, pickers
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    resampling = Resampling(smk.params.draws, smk.params.seed)
    parts, pointed, recovered = [], [], []
    inputs = ("segments", "clip_cues", "truths", "manifests", "saliency", "spectrograms")
    inputs += ("descriptors",)
    trivial: dict[tuple, pd.DataFrame] = {}
    columns = [*KEY, "map", "n_mels", "n_total"]
    for run, paths in job.runs(smk, *inputs):
        segments = tables.read(paths[0], columns=localisation.SEGMENT_COLUMNS)
        cues, truth = ClipCues.read(paths[1]), tables.read(paths[2])
        manifest = tables.read(paths[3], columns=["clip_id", "speaker"])
        of_run = localisation.localisation_table(segments, truth, manifest, resampling)
        windows = dict(smk.params.windows[run["protocol"]])
        maps = tables.read(paths[4], columns=columns)
        spectrograms = tables.read(paths[5], columns=pickers.SPECTROGRAM_COLUMNS)
        place = (run["corpus"], run["protocol"])
        if place not in trivial:
            # the same for every method, as all explain the same clips
            descriptors = tables.read(paths[6], columns=pickers.DESCRIPTOR_COLUMNS)
            picked = pickers.point(maps, spectrograms, descriptors, truth, windows)
            trivial[place] = picked[pickers.BEST] = pickers.best_of_emotion(picked, truth)
            for name, found in picked.items():
                rows = localisation.pointing_table(found, manifest, resampling)
                pointed.append((run | {"method": name}, rows))
        pointing = localisation.point(maps, spectrograms, truth, windows)
        rows = localisation.pointing_table(pointing, manifest, resampling, trivial[place])
        pointed.append((run, rows))
        for row in rows.itertuples():
            job.log.info(
                "%s, %s, %s: %s %.3f, %+.3f beyond the best trivial picker of each emotion",
                *(*run.values(), row.measure, row.value, row.beyond),
            )
        cue_outcomes = recovery.recovery_table(
            cues, truth, emotions=smk.params.emotions, resampling=resampling
        )
        recovered.append((run, cue_outcomes))
        outcomes = cue_outcomes["outcome"].value_counts().to_dict()
        job.log.info("%s, %s, %s: cues by outcome: %s", *run.values(), outcomes)
        shares = of_run.set_index("region")["value"].round(3).to_dict()
        job.log.info("%s, %s, %s: share on the planted interval: %s", *run.values(), shares)
        parts.append((run, of_run))
    table = tables.stacked(parts, "localisation")
    points = permutation.with_q(tables.stacked(pointed, "pointing"), localisation.FAMILY)
    cue_outcomes = tables.stacked(recovered, "recovery")
    tables.write(points, smk.output.pointing, "pointing")
    tables.write(cue_outcomes, smk.output.recovery, "recovery")
    page = localisation.page(table, points, recovery.shown(cue_outcomes))
    tables.publish(table, "localisation", page, smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
