"""Do the cues of each clip's regions fit the predicted emotion?"""

from sercues import evidence, jobs, plausibility, tables


def main(smk):
    jobs.start(smk, "scipy")
    explained = tables.read(smk.input.explained)
    found = plausibility.score_clips(
        tables.read(smk.input.cues, columns=evidence.CUE_COLUMNS),
        explained,
        tables.read(smk.input.manifest, columns=["clip_id", "speaker"]),
        plausibility.read_expectations(smk.input.expectations),
        sampled=smk.params.sampled,
    )
    salient = (found["region"] == "salient").sum()
    jobs.count("explained clips, with a predicted class of expectations", len(explained), salient)
    tables.write(found, smk.output.plausibility, "plausibility")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
