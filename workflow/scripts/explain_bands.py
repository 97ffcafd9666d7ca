"""Weights of the bands of each clip, and their deletion and insertion measures."""

from sercues.core import job, tables
from sercues.emolime import explain


def main(smk):
    job.start(smk, "scipy")
    params = smk.params
    emotions = tables.read(smk.input.manifest, ["clip_id", "emotion"]).set_index("clip_id")[
        "emotion"
    ]
    scored = tables.read(smk.input.scores)
    bands, checks = explain.explain_clips(scored, emotions, dict(params.bands), params.seed)
    if len(checks):
        job.log.info("weighted R² of the surrogates: median %.3f", checks["r2"].median())
    tables.write(bands, smk.output.bands, "bands")
    tables.write(checks, smk.output.checks, "band_checks")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
