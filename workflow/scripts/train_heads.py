"""Linear classifiers of features, one per fold."""

import numpy as np

from sercues import heads, jobs, tables


def main(smk):
    jobs.start(smk, "scikit-learn")
    splits = tables.read(smk.input.splits, filters=[("part", "==", "train")])
    features = tables.read(smk.input.features).set_index("clip_id")["values"]
    labels = tables.read(smk.input.manifest, ["clip_id", "emotion", "speaker"]).set_index("clip_id")
    trained = {}
    # no features where the weights could not be had, then no heads either
    for fold, clips in splits.groupby("fold") if len(features) else []:
        own = labels.loc[clips["clip_id"]]
        values = np.stack(features[clips["clip_id"]])
        trained[fold] = heads.fit(
            values, own["emotion"].to_numpy(str), own["speaker"].to_numpy(str)
        )
        jobs.log.info("fold %d: %d training clips", fold, len(clips))
    heads.save(trained, smk.output.heads)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
