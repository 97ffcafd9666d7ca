"""Are explanations more alike across classifiers than across corpora? What do band weights vary with?"""

import pandas as pd

from sercues.core import job, tables
from sercues.emolime import agreement, explain, pages, profiles, study, variance
from sercues.stats.bootstrap import Resampling


def main(smk):
    job.start(smk, "scipy")
    params = smk.params
    manifests = {
        corpus: tables.read(path, ["clip_id", "speaker", "emotion"])
        for corpus, path in zip(params.corpora, smk.input.manifests, strict=True)
    }
    bands, checks, as_published = {}, {}, {}
    for run, scores in zip(map(tuple, params.runs), smk.input.scores, strict=True):
        scored = tables.read(scores)
        # clips named by the user are not a random sample
        scored = scored[scored["drawn"]]
        if scored.empty:
            job.log.warning("%s on %s: left out because it has no weights", run[1], run[0])
            continue
        emotions = manifests[run[0]].set_index("clip_id")["emotion"]
        ours, reference = (
            explain.explain_clips(
                scored,
                emotions,
                {**settings, "targets": ["true_label"]},
                params.seed,
            )
            for settings in (params.bands, params.published)
        )
        bands[run], checks[run] = ours
        as_published[run] = reference[0]
    published = pd.read_csv(smk.input.published, sep="\t")
    low_pass_hz = params.low_pass_hz or float("inf")
    studies = {
        name: study.gather(weights, manifests, low_pass_hz)
        for name, weights in (("this study", bands), ("as published", as_published))
    }
    resampling = Resampling(params.draws, params.seed)
    table = agreement.agreement_table(studies, published, resampling)
    components = variance.variance_table(studies, resampling)
    weights = profiles.profile_table(bands, as_published, manifests, published, resampling)
    faithful = profiles.faithfulness_table(bands, checks, manifests, resampling)
    for row in table[table["comparison"] == agreement.ACROSS].itertuples():
        job.log.info(
            "%s, %s, %s: %.3f, p %.4f", row.source, row.level, row.measure, row.value, row.p
        )
    for path in (smk.output.profiles, smk.output.profiles_parquet):
        tables.write(weights, path, "band_profiles")
    tables.write(faithful, smk.output.faithfulness, "band_faithfulness")
    tables.write(components, smk.output.variance, "variance_components")
    absent = list(dict.fromkeys(run[1] for run in map(tuple, params.runs) if run not in bands))
    # refits of no corpus were asked for, or some corpora are too small for them
    own = studies["this study"]
    refitted = own.clips["corpus"][own.fits[:, 0] >= 0].unique()
    without = sorted({*own.clips["corpus"]} - {*refitted}) if params.refits else []
    page = pages.page(table, components, faithful, absent, without)
    tables.publish(table, "agreement", page, smk.output)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
