"""Plausibility of correct and misclassified clips, and whether it detects errors."""

from sercues.core import job, tables
from sercues.evaluation import error_detection, plausibility
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy", "scikit-learn")
    resampling = Resampling(smk.params.draws, smk.params.seed)
    summaries, detections = [], []
    for run, paths in job.runs(smk, "plausibility", "predictions", "manifests"):
        scored, predictions = tables.read(paths[0]), tables.read(paths[1])
        manifest = tables.read(paths[2], columns=["clip_id", "speaker"])
        summaries.append((run, plausibility.summary_table(scored, manifest, resampling)))
        detection = error_detection.detection_table(scored, predictions, manifest, resampling)
        detections.append((run, detection))
        auroc = detection[detection["measure"] == "auroc"].set_index("score")["value"]
        job.log.info("%s, %s, %s: auroc %s", *run.values(), auroc.round(3).to_dict())

    summary = tables.stacked(summaries, "plausibility_summary")
    detection = tables.stacked(detections, "detection")
    for path in (smk.output.detection, smk.output.detection_parquet):
        tables.write(detection, path, "detection")
    page = plausibility.page(summary, error_detection.shown(detection))
    tables.publish(summary, "plausibility_summary", page, smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
