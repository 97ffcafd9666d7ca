"""Methods side by side: how faithful their choices of windows are."""

import pandas as pd

from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.evaluation import methods

PERTURBATIONS = [
    *KEY,
    *(f"greedy_{curve}" for curve in methods.CURVES),
    *(f"{order}_{curve}_curve" for order in ("greedy", "random") for curve in methods.CURVES),
]


def main(smk):
    job.start(smk, "scipy")
    params = smk.params
    plausibility: dict[tuple, list] = {}
    for place, (path,) in job.runs(smk, "plausibility"):
        plausible = tables.read(path).assign(method=place["method"])
        if place["method"] in params.sampled:
            # loud and random windows are those of the methods with every clip
            plausible = plausible[plausible["region"] == "salient"]
        plausibility.setdefault((place["corpus"], place["protocol"]), []).append(plausible)
    parts, curves = [], []
    names = ("faithfulness", "perturbations", "stability", "manifests")
    files = [getattr(smk.input, name) for name in names]
    for (corpus, protocol), *paths in zip(params.corpus_protocols, *files, strict=True):
        tested = tables.read(paths[0]), tables.read(paths[1], columns=PERTURBATIONS)
        others = tables.read(paths[2]), pd.concat(plausibility[corpus, protocol])
        speakers = tables.read(paths[3], columns=["clip_id", "speaker"])
        settings = {"corpus": corpus, "protocol": protocol}
        settings |= {"draws": params.draws, "seed": params.seed}
        clips = methods.measured(*tested, *others)
        part = methods.method_table(clips, speakers, **settings)
        curves.append(methods.curve_table(*tested, speakers, **settings))
        shown = part[part["measure"] == "percentile"].set_index("method")["value"].round(3)
        job.log.info("%s, %s: percentile %s", corpus, protocol, shown.to_dict())
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    drawn = pd.concat(curves, ignore_index=True)
    for path in (smk.output.csv, smk.output.parquet):
        tables.write(table, path, "methods")
    for path in (smk.output.curves, smk.output.curves_parquet):
        tables.write(drawn, path, "curves")
    page = methods.page(table, params.methods)
    tables.write_page(page, smk.output.markdown, smk.output.html)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
