"""What changes the explanations: other networks, fills and windows."""

import pandas as pd

from sercues import comparison, jobs, layouts, tables


def main(smk):
    jobs.start(smk, "scipy")
    parts = []
    for place, (path, manifest) in jobs.entries(smk, "likeness", "manifests"):
        part = comparison.stability_table(
            tables.read(path, filters=tables.among("method", [place["method"]])),
            tables.read(manifest, columns=["clip_id", "speaker"]),
            **place,
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        shown = part[part["measure"] == "gain"].set_index("change")["value"].round(3)
        jobs.log.info("%s: overlap above chance %s", " ".join(place.values()), shown.to_dict())
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "stability")
    tables.write_text(layouts.stability_to_markdown(table), smk.output.markdown)
    tables.write_text(layouts.stability_to_html(table), smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
