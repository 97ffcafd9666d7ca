"""Measurement of and verdict on each claim of the paper and each defect of its code."""

import pandas as pd

from sercues.analysis import claims, defects, ledger
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.cues.clips import ClipCues
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling

MAPS = [*KEY, "speech_share", "agrees", "canonization_shift", "concepts", "concept_share"]
TIMES = ["clip_id", "n_frames", "n_total", "start_s", "speech_start_s", "speech_end_s"]
TIMES += ["frame_step_s"]
FRAMES = ["clip_id", "time_s", "voiced", defects.LOUDNESS]
ALIKE = ["clip_id", "target", "change", "windows"]
INPUTS = ("clip_cues", "manifests", "saliency", "segments", "spectrograms", "leaks")
INPUTS += ("stability", "descriptors")


def main(smk):
    job.start(smk, "scipy")
    params = smk.params
    resampling = Resampling(params.draws, params.seed)
    statements = claims.read_statements(smk.input.statements, [*claims.CLAIMS, *defects.DEFECTS])
    accuracy = pd.concat([tables.read(path) for path in smk.input.accuracy])
    parts = [({}, claims.accuracy_claims(accuracy, statements))]
    if smk.input.agreement:
        agreement = tables.read(smk.input.agreement[0])
        study = {"corpus": "all", "protocol": params.study, "method": "lime"}
        parts.append((study, claims.band_claims(agreement, statements)))
    for run, paths in job.runs(smk, *INPUTS):
        cues, manifest, saliency, segments, spectrograms, leaks, *others = paths
        stability, descriptors = others
        manifest = tables.read(manifest, ["clip_id", "speaker", "emotion", "duration_s"])
        cues = ClipCues.read(cues)
        evaluations = [
            tables.read(path, filters=tables.at(run))
            for path in (smk.input.plausibility, smk.input.detection)
        ]
        settings = {"emotions": params.emotions, "resampling": resampling}
        parts.append((run, claims.cue_claims(cues, statements, **settings)))
        parts.append((run, claims.detection_claims(*evaluations, statements)))
        entry = defects.Entry(
            tables.read(saliency, MAPS),
            tables.read(segments, filters=tables.isin("region", ["salient", "full"])),
            cues,
            tables.read(spectrograms, TIMES),
            manifest,
            tables.read(leaks),
            tables.read(stability, ALIKE, tables.isin("method", [run["method"]])),
            tables.read(descriptors, FRAMES),
            run["method"],
            **params.protocols[run["protocol"]],
            resampling=resampling,
        )
        parts.append((run, defects.defect_rows(entry, statements)))
    order = list(statements)
    table = permutation.with_q(tables.stacked(parts, "claims"), job.RUN).sort_values(
        "claim", key=lambda names: names.map(order.index), kind="stable"
    )
    for row in table.itertuples():
        where = (row.corpus, row.protocol, row.method, row.cue)
        job.log.info("%s, %s: %s", row.claim, " ".join(where), row.verdict)
    tables.publish(table, "claims", ledger.page(table), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
