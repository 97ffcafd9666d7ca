"""Methods side by side: how faithful their choices of windows are."""

import pandas as pd

from sercues import comparison, jobs, layouts, tables


def main(smk):
    jobs.start(smk, "scipy")
    found: dict[tuple, dict] = {}
    manifests = {}
    for place, (path, manifest) in jobs.entries(smk, "faithfulness", "manifests"):
        corpus, protocol, method = place.values()
        found.setdefault((corpus, protocol), {})[method] = tables.read(path)
        manifests[corpus] = manifest
    parts = []
    for (corpus, protocol), methods in found.items():
        part = comparison.method_table(
            methods,
            tables.read(manifests[corpus], columns=["clip_id", "speaker"]),
            corpus=corpus,
            protocol=protocol,
            draws=smk.params.draws,
            seed=smk.params.seed,
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
