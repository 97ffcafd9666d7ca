"""Scores of a classifier for clips with frequency bands masked."""

from sercues.classifiers import linear_svm
from sercues.core import job, tables
from sercues.core.paths import clip_paths
from sercues.emolime import masking
from sercues.saliency import sampling


def main(smk):
    job.start(smk, "opensmile", "torch", "torchaudio", "scipy")
    params, kind = smk.params, smk.wildcards.classifier
    splits = tables.read(smk.input.splits)
    manifest = tables.read(smk.input.manifest)
    tested = manifest[manifest["clip_id"].isin(splits.loc[splits["part"] == "test", "clip_id"])]
    drawn = sampling.sample_by_speaker(tested, params.clips, params.seed)
    named = masking.named(params.named, manifest, set(tested["clip_id"]), smk.wildcards.corpus)
    chosen = sorted({*drawn, *named})
    job.count("tested clips", len(tested), len(chosen))
    if kind != "resnet" and not linear_svm.load(smk.input.models[0]):
        job.log.warning("%s has no weights; the study goes on without it", kind)
        chosen = []
    paths = clip_paths(manifest, params.root)
    refits = tables.read(smk.input.refit_splits[0]) if smk.input.refits else tables.empty("splits")
    if refits.empty:
        job.log.info("%s is not fitted a second time on %s", kind, smk.wildcards.corpus)
    models = masking.models_of(chosen, splits, refits)
    clips = [
        {"clip_id": clip, "path": paths[clip], "models": models[clip], "drawn": clip in set(drawn)}
        for clip in chosen
    ]
    description = {
        "kind": kind,
        "front_end": dict(params.front_end),
        "weights": next(iter(smk.input.weights), None),
        "bundle": params.bundle,
        "files": list(smk.input.models),
        "refits": list(smk.input.refits),
    }
    with tables.writing(smk.output.scores, "masked_scores") as append:
        for frame in masking.score_clips(clips, description, dict(params.bands), smk.threads):
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
