"""How much of the salient segments lies where the embedded corpus carries its emotion."""

import pandas as pd

from sercues import jobs, layouts, localisation, tables


def main(smk):
    jobs.start(smk, "scipy")
    parts = []
    inputs = (smk.input.segments, smk.input.truths, smk.input.manifests)
    for entry, *paths in zip(smk.params.entries, *inputs, strict=True):
        corpus, protocol, method = entry
        segments, truth, manifest = paths
        part = localisation.localisation_table(
            tables.read(segments, columns=localisation.SEGMENT_COLUMNS),
            tables.read(truth),
            tables.read(manifest, columns=["clip_id", "speaker"]),
            corpus=corpus,
            protocol=protocol,
            method=method,
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        shares = part.set_index("region")["value"].round(3).to_dict()
        jobs.log.info("%s, %s, %s: share on the planted interval: %s", *entry, shares)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "localisation")
    tables.write_text(layouts.localisation_to_markdown(table), smk.output.markdown)
    tables.write_text(layouts.localisation_to_html(table), smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
