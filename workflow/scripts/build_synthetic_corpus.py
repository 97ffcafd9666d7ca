"""The synthetic corpus, and the table of its planted cues."""

from pathlib import Path

from sercues.core import job, tables
from sercues.corpora import synthetic


def main(smk):
    job.start(smk, "scipy", "soundfile")
    truth = synthetic.build(
        Path(smk.output.audio),
        smk.params.seed,
        n_speakers=smk.params.speakers,
        clips_per_emotion=smk.params.clips_per_emotion,
        strength=smk.params.strength,
        planted=smk.params.planted,
        processes=smk.threads,
    )
    job.log.info("%d clips made", truth["clip_id"].nunique())
    tables.write(truth, smk.output.truth, "truth")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
