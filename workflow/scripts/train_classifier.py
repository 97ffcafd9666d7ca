"""Train the network on one fold with one seed."""

from pathlib import Path

from sercues.audio import spectrograms
from sercues.classifiers import resnet, training
from sercues.core import job, tables


def main(smk):
    job.start(smk, "torch", "torchaudio")
    seed = int(smk.wildcards.seed)
    training.seed_everything(seed, smk.params.threads)
    job.log.info("device %s, seed %d, %d threads", resnet.device(), seed, smk.params.threads)
    emotions = tables.read(
        smk.input.manifest, ["clip_id", "emotion"], [("excluded", "==", False)]
    ).set_index("clip_id")["emotion"]
    fold = tables.read(smk.input.splits, filters=[("fold", "==", int(smk.wildcards.fold))])
    if fold.empty:
        job.log.warning("no model: the corpus has too few speakers or clips for refits")
        Path(smk.output.model).touch()
        tables.write(tables.empty("history"), smk.output.history, "history")
        return
    log_mels, truths = {}, {}
    for part in ("train", "validation"):
        clips = fold.loc[fold["part"] == part, "clip_id"]
        log_mels[part], clip_ids = spectrograms.load_log_mels(smk.input.spectrograms, clips)
        truths[part] = emotions[clip_ids].tolist()
        job.count(f"{part} clips", len(clips), len(clip_ids))
    if smk.params.get("randomised_labels"):
        training.shuffle_labels(log_mels, truths, seed)
    trainer = training.Trainer(
        log_mels,
        truths,
        resnet.label_order(smk.params.classifier["outputs"], emotions[fold["clip_id"].unique()]),
        smk.params.training,
        smk.params.front_end,
        seed,
        mixed=smk.params.precision == "bfloat16",
    )
    job.log.info("passes in %s", "bfloat16" if trainer.mixed else "float32")
    resume = Path(smk.output.model).with_name("resume.pt")
    classifier, history = trainer.run(resume)
    resnet.save(classifier, smk.output.model)
    tables.write(history, smk.output.history, "history")
    resume.unlink(missing_ok=True)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
