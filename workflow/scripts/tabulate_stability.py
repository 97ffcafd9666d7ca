"""What changes the explanations: other networks, fills and windows."""

import pandas as pd

from sercues.core import job, tables
from sercues.evaluation import stability


def main(smk):
    job.start(smk, "scipy")
    parts = []
    for place, (path, manifest) in job.runs(smk, "stability", "manifests"):
        part = stability.stability_table(
            tables.read(path, filters=tables.isin("method", [place["method"]])),
            tables.read(manifest, columns=["clip_id", "speaker"]),
            **place,
            draws=smk.params.draws,
            seed=smk.params.seed,
        )
        shown = part[part["measure"] == "gain"].set_index("change")["value"].round(3)
        job.log.info("%s: overlap above chance %s", " ".join(place.values()), shown.to_dict())
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    tables.write(table, smk.output.csv, "stability_summary")
    page = stability.page(table)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
