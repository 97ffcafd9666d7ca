"""Comparison of methods: how faithful their choices of windows are."""

import pandas as pd

from sercues.core import job, tables
from sercues.core.names import KEY
from sercues.evaluation import methods
from sercues.stats.bootstrap import Resampling

PERTURBATIONS = [
    *KEY,
    "fill",
    *(f"greedy_{curve}" for curve in methods.CURVES),
    *(f"{order}_{curve}_curve" for order in ("greedy", "random") for curve in methods.CURVES),
]


def main(smk):
    job.start(smk, "scipy")
    params = smk.params
    plausibility: dict[tuple, list] = {}
    resampling = Resampling(params.draws, params.seed)
    for run, (path,) in job.runs(smk, "plausibility"):
        plausible = tables.read(path).assign(method=run["method"])
        if run["method"] in params.sampled:
            # loudest and random windows are those of the methods that explain every clip
            plausible = plausible[plausible["region"] == "salient"]
        plausibility.setdefault((run["corpus"], run["protocol"]), []).append(plausible)
    parts, curves, verdicts = [], [], []
    names = ("faithfulness", "perturbations", "stability", "manifests")
    files = [getattr(smk.input, name) for name in names]
    for (corpus, protocol), *paths in zip(params.corpus_protocols, *files, strict=True):
        tested = tables.read(paths[0]), tables.read(paths[1], columns=PERTURBATIONS)
        others = tables.read(paths[2]), pd.concat(plausibility[corpus, protocol])
        speakers = tables.read(paths[3], columns=["clip_id", "speaker"])
        run = {"corpus": corpus, "protocol": protocol}
        clips = methods.measured(*tested, *others)
        own = params.own_fills[protocol]
        of_run = methods.method_table(clips, speakers, own, resampling)
        judged = methods.verdict_table(of_run)
        verdicts.append((run, judged))
        curves.append((run, methods.curve_table(*tested, speakers, resampling)))
        for row in judged[judged["measure"] == "percentile"].itertuples():
            shares = (round(row.lowest, 3), round(row.highest, 3))
            job.log.info(
                "%s, %s, %s: percentile %s to %s: %s",
                *(corpus, protocol, row.method, *shares, row.verdict),
            )
        parts.append((run, of_run))
    table = tables.stacked(parts, "methods")
    drawn, over_fills = (
        tables.stacked(curves, "curves"),
        tables.stacked(verdicts, "faithfulness_verdicts"),
    )
    tables.write(over_fills, smk.output.verdicts, "faithfulness_verdicts")
    for path in (smk.output.curves, smk.output.curves_parquet):
        tables.write(drawn, path, "curves")
    tables.publish(table, "methods", methods.page(table, over_fills, params.methods), smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
