"""Do the cues of each clip's regions fit the predicted emotion?"""

from sercues.core import job, tables
from sercues.cues import clips
from sercues.evaluation import plausibility


def main(smk):
    job.start(smk, "scipy")
    explained = tables.read(smk.input.explained)
    scores = plausibility.score_clips(
        tables.read(smk.input.cues, columns=clips.CUE_COLUMNS),
        explained,
        tables.read(smk.input.manifest, columns=["clip_id", "speaker"]),
        plausibility.read_expectations(smk.input.expectations),
        sampled=smk.params.sampled,
    )
    salient = (scores["region"] == "salient").sum()
    job.count("explained clips, with a predicted class of expectations", len(explained), salient)
    tables.write(scores, smk.output.plausibility, "plausibility")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
