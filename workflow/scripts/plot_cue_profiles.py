"""Cues in salient segments, full speech and random segments, emotion by emotion."""

from sercues.core import job, tables
from sercues.figures import cues, style


def main(smk):
    job.start(smk, "matplotlib", "seaborn")
    corpus, protocol = smk.wildcards.corpus, smk.wildcards.protocol
    own = [("corpus", "==", corpus), ("protocol", "==", protocol)]
    table2, table3 = (
        tables.read(path, filters=own) for path in (smk.input.table2, smk.input.table3)
    )
    job.log.info("rows of Tables 2 and 3: %d and %d", len(table2), len(table3))
    figure = cues.cue_profiles(table2, table3, f"{corpus} · {protocol}")
    style.save(figure, smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
