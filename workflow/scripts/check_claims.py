"""Measurement of and verdict on each claim of the paper and each defect of its code."""

import pandas as pd

from sercues.analysis import blind, claims, cue_claims, defects, ledger, verdicts
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.core.statements import read
from sercues.cues.clips import ClipCues
from sercues.segments import overlap
from sercues.stats.bootstrap import Resampling

MAPS = [*KEY, "speech_share", "agrees", "canonization_shift", "concepts", "concept_share"]
TIMES = ["clip_id", "n_frames", "n_total", "start_s", "speech_start_s", "speech_end_s"]
TIMES += ["frame_step_s"]
FRAMES = ["clip_id", "time_s", "voiced", defects.LOUDNESS]
WINDOWS = [*KEY, "region", "start_s", "end_s"]
ALIKE = ["clip_id", "target", "change", "windows"]
INPUTS = ("clip_cues", "manifests", "saliency", "segments", "spectrograms", "leaks")
INPUTS += ("stability", "descriptors")


def main(smk):
    job.start(smk, "scipy")
    params = smk.params
    resampling = Resampling(params.draws, params.seed)
    statements = read(smk.input.statements, [*claims.CLAIMS, *defects.DEFECTS])
    accuracy = pd.concat([tables.read(path) for path in smk.input.accuracy])
    parts = [
        ({}, verdicts.judged(of_protocol))
        for _, of_protocol in claims.accuracy_claims(accuracy, statements).groupby("protocol")
    ]
    chosen_blindly = []
    if smk.input.agreement:
        agreement = tables.read(smk.input.agreement[0])
        study = {"corpus": "all", "protocol": params.study, "method": "lime"}
        parts.append((study, verdicts.judged(claims.band_claims(agreement, statements))))
    for run, paths in job.runs(smk, *INPUTS):
        cues, manifest, saliency, segments, spectrograms, leaks, *others = paths
        stability, descriptors = others
        manifest = tables.read(manifest, ["clip_id", "speaker", "emotion", "duration_s"])
        cues = ClipCues.read(cues)
        windows = tables.read(segments, WINDOWS, tables.isin("region", overlap.NEEDED))
        settings = {"emotions": params.emotions, "resampling": resampling}
        of_cues = cue_claims.cue_claims(cues, statements, reach=overlap.reach(windows), **settings)
        of_errors = claims.detection_claims(
            tables.read(smk.input.detection, filters=tables.at(run)), statements
        )
        judged = verdicts.judged(pd.concat([of_cues, of_errors], ignore_index=True))
        parts += [(run, judged), (run, cue_claims.additions(judged, statements))]
        chosen_blindly.append((run, blind.blind_table(cues, resampling)))
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
    table = tables.stacked(parts, "claims").sort_values(
        "claim", key=lambda names: names.map(order.index), kind="stable"
    )
    for row in table.itertuples():
        where = (row.corpus, row.protocol, row.method, row.cue)
        job.log.info("%s, %s: %s", row.claim, " ".join(where), row.verdict)
    choices = tables.stacked(chosen_blindly, "blind_verdicts")
    tables.write(choices, smk.output.blind, "blind_verdicts")
    tables.publish(table, "claims", ledger.page(table, choices), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
