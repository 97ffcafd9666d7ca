"""Heat map of Δf, salient segments against full speech, other windows and random segments."""

import pandas as pd

from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.cues.catalogue import CUES
from sercues.figures import style
from sercues.figures.cues import deltas, spread


def main(smk):
    job.start(smk, "matplotlib", "seaborn")
    corpus, protocol = smk.wildcards.corpus, smk.wildcards.protocol
    run = [("corpus", "==", corpus), ("protocol", "==", protocol)]
    table2, table3 = (
        tables.read(path, filters=run) for path in (smk.input.table2, smk.input.table3)
    )
    columns, full = [*KEY, "region", *CUES], [("region", "==", "full")]
    cues = pd.concat([tables.read(path, columns, full) for path in smk.input.cues])
    deviations = spread(cues)
    job.log.info("standard deviations over clips:\n%s", deviations.to_string())
    figure = deltas(table2, table3, deviations, f"{corpus} · {protocol}")
    style.save(figure, smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
