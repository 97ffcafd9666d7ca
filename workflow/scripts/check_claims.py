"""Each claim of the paper and each defect of its code, what was measured, and a verdict."""

import pandas as pd

from sercues.analysis import claims, defects, ledger
from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.cues.clips import ClipCues

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
    sampling = {"draws": params.draws, "seed": params.seed}
    statements = claims.read_statements(smk.input.statements, [*claims.CLAIMS, *defects.DEFECTS])
    accuracy = pd.concat([tables.read(path) for path in smk.input.accuracy])
    parts = [claims.accuracy_claims(accuracy, statements)]
    if smk.input.agreement:
        agreement = tables.read(smk.input.agreement[0])
        parts.append(claims.band_claims(agreement, statements, protocol=params.study))
    found = []
    for place, paths in job.runs(smk, *INPUTS):
        cues, manifest, saliency, segments, spectrograms, leaks, *others = paths
        stability, descriptors = others
        manifest = tables.read(manifest, ["clip_id", "speaker", "emotion", "duration_s"])
        cues = ClipCues.read(cues)
        own = [
            tables.read(path, filters=tables.at(place))
            for path in (smk.input.plausibility, smk.input.detection)
        ]
        settings = place | {"emotions": params.emotions} | sampling
        parts.append(claims.cue_claims(cues, statements, **settings))
        parts.append(claims.detection_claims(*own, statements, **place))
        entry = defects.Entry(
            tables.read(saliency, MAPS),
            tables.read(segments, filters=tables.isin("region", ["salient", "full"])),
            cues,
            tables.read(spectrograms, TIMES),
            manifest,
            tables.read(leaks),
            tables.read(stability, ALIKE, tables.isin("method", [place["method"]])),
            tables.read(descriptors, FRAMES),
            place["method"],
            **params.protocols[place["protocol"]],
            **sampling,
        )
        found.append(defects.defect_rows(entry, statements, **place))
    order = list(statements)
    table = claims.with_q(pd.concat([*parts, *found], ignore_index=True)).sort_values(
        "claim", key=lambda names: names.map(order.index), kind="stable"
    )
    for row in table.itertuples():
        where = (row.corpus, row.protocol, row.method, row.cue)
        job.log.info("%s, %s: %s", row.claim, " ".join(where), row.verdict)
    tables.write(table, smk.output.claims, "claims")
    page = ledger.page(table)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
