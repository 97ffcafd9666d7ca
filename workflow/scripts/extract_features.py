"""Features of every clip for a linear classifier; none if its weights are unavailable."""

from pathlib import Path

from sercues.classifiers import features
from sercues.core import job, tables
from sercues.core.paths import clip_paths


def main(smk):
    job.start(smk, "opensmile", "torch", "torchaudio", "scipy")
    params = smk.params
    manifest = tables.read(smk.input.manifest, ["clip_id", "path", "excluded"])
    used = tables.read(smk.input.splits, ["clip_id"])["clip_id"].unique()
    paths = clip_paths(manifest[manifest["clip_id"].isin(used)], params.root)
    weights = next(iter(smk.input.weights), None)
    if weights is not None and not Path(weights).stat().st_size:
        job.log.warning("%s is empty: no weights, no features; see its rule's log", weights)
        paths = {}
    job.count("clips", len(manifest), len(paths))
    frames = features.extract(
        paths, smk.wildcards.features, dict(params.front_end), weights, params.bundle, smk.threads
    )
    with tables.writing(smk.output.features, "features") as append:
        for frame in frames:
            append(frame)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
