"""Heat map of Δf, salient segments against full speech and random segments."""

import pandas as pd

from sercues import figures, jobs, tables
from sercues.cues import CUES


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn")
    corpus, protocol = smk.params.corpus, smk.params.protocol
    own = [("corpus", "==", corpus), ("protocol", "==", protocol)]
    table2, table3 = (
        tables.read(path, filters=own) for path in (smk.input.table2, smk.input.table3)
    )
    columns, full = [*figures.KEY, "region", *CUES], [("region", "==", "full")]
    cues = pd.concat([tables.read(path, columns, full) for path in smk.input.cues])
    spread = figures.spread(cues)
    jobs.log.info("standard deviations over clips:\n%s", spread.to_string())
    figure = figures.deltas(table2, table3, spread, f"{corpus} · {protocol}")
    figures.save(figure, smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
