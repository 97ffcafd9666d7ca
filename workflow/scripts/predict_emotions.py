"""Scores of one fold's network for its held-out clips."""

import numpy as np
import pandas as pd

from sercues.audio import spectrograms
from sercues.classifiers import resnet, training
from sercues.core import job, tables


def main(smk):
    job.start(smk, "torch")
    fold, seed = int(smk.wildcards.fold), int(smk.wildcards.seed)
    training.seed_everything(seed, smk.params.threads)
    held_out = [("fold", "==", fold), ("part", "==", "test")]
    clips = tables.read(smk.input.splits, ["clip_id"], held_out)["clip_id"]
    emotions = tables.read(smk.input.manifest, ["clip_id", "emotion"]).set_index("clip_id")
    log_mels, clip_ids = spectrograms.load_log_mels(smk.input.spectrograms, clips)
    classifier = resnet.load(smk.input.model)
    scores = training.predict(classifier, log_mels)
    predicted = np.array(classifier.labels)[scores.argmax(1)]
    truth = emotions.loc[clip_ids, "emotion"].to_numpy()
    table = pd.DataFrame(
        {
            "clip_id": clip_ids,
            "fold": fold,
            "seed": seed,
            "true_emotion": truth,
            "predicted_emotion": predicted,
            "labels": [classifier.labels] * len(clip_ids),
            "scores": list(scores),
            "correct": truth == predicted,
        }
    )
    job.log.info("%d of %d clips correct", table["correct"].sum(), len(table))
    tables.write(table, smk.output.predictions, "predictions")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
