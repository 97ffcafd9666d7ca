"""How faithful the methods are, and how plausible their cues, as dots with intervals."""

import pandas as pd

from sercues import figures, intervals, jobs


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn")
    place = [smk.params.corpus, smk.params.protocol]
    title = " · ".join(place)
    for draw, source, target in (
        (intervals.faithfulness, smk.input.methods, smk.output.faithfulness),
        (intervals.plausibility, smk.input.plausibility, smk.output.plausibility),
    ):
        # without the type pandas would take the explained class "true" for a truth value
        table = pd.read_csv(source, dtype={"target_kind": str})
        own = table[(table[["corpus", "protocol"]] == place).all(axis=1)]
        jobs.log.info("%s: %d rows", source, len(own))
        figures.save(draw(own, title), target)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
