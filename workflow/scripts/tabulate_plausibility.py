"""Plausibility of correct and misclassified clips, and whether it finds the latter."""

import pandas as pd

from sercues.core import job, tables
from sercues.evaluation import error_detection, plausibility


def main(smk):
    job.start(smk, "scipy", "scikit-learn")
    summaries, detections = [], []
    for place, paths in job.runs(smk, "plausibility", "predictions", "manifests"):
        scored, predictions = tables.read(paths[0]), tables.read(paths[1])
        manifest = tables.read(paths[2], columns=["clip_id", "speaker"])
        settings = place | {"draws": smk.params.draws, "seed": smk.params.seed}
        summaries.append(plausibility.summary_table(scored, manifest, **settings))
        detections.append(
            error_detection.detection_table(scored, predictions, manifest, **settings)
        )
        own = detections[-1][detections[-1]["measure"] == "auroc"].set_index("score")["value"]
        job.log.info("%s, %s, %s: auroc %s", *place.values(), own.round(3).to_dict())

    summary = pd.concat(summaries, ignore_index=True)
    found = pd.concat(detections, ignore_index=True)
    for path in (smk.output.summary, smk.output.summary_parquet):
        tables.write(summary, path, "plausibility_summary")
    for path in (smk.output.detection, smk.output.detection_parquet):
        tables.write(found, path, "detection")
    page = plausibility.page(summary, error_detection.shown(found))
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
