"""The embedded corpus, and the truth about what was planted in it."""

from pathlib import Path

from sercues import jobs, synthesis, tables


def main(smk):
    jobs.start(smk, "scipy", "soundfile")
    truth = synthesis.build(
        Path(smk.output.audio),
        smk.params.seed,
        n_speakers=smk.params.speakers,
        clips_per_emotion=smk.params.clips_per_emotion,
        strength=smk.params.strength,
        processes=smk.threads,
    )
    jobs.log.info("%d clips made", truth["clip_id"].nunique())
    tables.write(truth, smk.output.truth, "truth")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
