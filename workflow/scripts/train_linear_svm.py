"""Linear classifiers on features, one per fold."""

import numpy as np

from sercues.classifiers import linear_svm
from sercues.core import job, tables


def main(smk):
    job.start(smk, "scikit-learn")
    splits = tables.read(smk.input.splits, filters=[("part", "==", "train")])
    features = tables.read(smk.input.features).set_index("clip_id")["values"]
    labels = tables.read(smk.input.manifest, ["clip_id", "emotion", "speaker"]).set_index("clip_id")
    trained = {}
    # without weights there are no features and no classifiers
    for fold, clips in splits.groupby("fold") if len(features) else []:
        of_fold = labels.loc[clips["clip_id"]]
        values = np.stack(features[clips["clip_id"]])
        trained[fold] = linear_svm.fit(
            values, of_fold["emotion"].to_numpy(str), of_fold["speaker"].to_numpy(str)
        )
        job.log.info("fold %d: %d training clips", fold, len(clips))
    linear_svm.save(trained, smk.output.classifiers)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
