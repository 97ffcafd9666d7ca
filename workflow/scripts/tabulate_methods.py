"""Methods side by side: how faithful their choices of windows are."""

import pandas as pd

from sercues import comparison, jobs, layouts, tables

AREAS = [*comparison.KEY, "greedy_deletion", "greedy_insertion"]


def main(smk):
    jobs.start(smk, "scipy")
    params = smk.params
    likeness: dict[tuple, list] = {}
    plausibility: dict[tuple, list] = {}
    for place, paths in jobs.entries(smk, "likeness", "plausibility"):
        for found, path in zip((likeness, plausibility), paths, strict=True):
            table = tables.read(path).assign(method=place["method"])
            found.setdefault((place["corpus"], place["protocol"]), []).append(table)
    parts = []
    files = (smk.input.faithfulness, smk.input.coverings, smk.input.manifests)
    for (corpus, protocol), path, coverings, manifest in zip(params.places, *files, strict=True):
        part = comparison.method_table(
            comparison.measured(
                tables.read(path),
                tables.read(coverings, columns=AREAS),
                *(pd.concat(found[corpus, protocol]) for found in (likeness, plausibility)),
            ),
            tables.read(manifest, columns=["clip_id", "speaker"]),
            corpus=corpus,
            protocol=protocol,
            draws=params.draws,
            seed=params.seed,
        )
        shown = part[part["measure"] == "percentile"].set_index("method")["value"].round(3)
        jobs.log.info("%s, %s: percentile %s", corpus, protocol, shown.to_dict())
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "methods")
    tables.write_text(layouts.methods_to_markdown(table), smk.output.markdown)
    tables.write_text(layouts.methods_to_html(table), smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
