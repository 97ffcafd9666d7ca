"""Cues in salient segments, full speech and random segments, emotion by emotion."""

from sercues import figures, jobs, tables


def main(smk):
    jobs.start(smk, "matplotlib", "seaborn")
    corpus, protocol = smk.params.corpus, smk.params.protocol
    own = [("corpus", "==", corpus), ("protocol", "==", protocol)]
    table2, table3 = (
        tables.read(path, filters=own) for path in (smk.input.table2, smk.input.table3)
    )
    jobs.log.info("rows of Tables 2 and 3: %d and %d", len(table2), len(table3))
    figure = figures.cue_profiles(table2, table3, f"{corpus} · {protocol}")
    figures.save(figure, smk.output.figure)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
