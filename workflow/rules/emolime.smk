"""EmoLIME: which frequency bands does a classifier need, and do classifiers or corpora agree more?

Needs the manifest, splits, models and audio. Makes `masked_scores/{classifier}.parquet`, a
classifier's probabilities under every mask, `bands/{classifier}.parquet`, the weights of the bands,
sounds of the best bands, and the table of agreement.
"""


rule compute_masked_scores:
    """A classifier's probabilities for a sample of clips under every mask of their bands."""
    input:
        manifest="results/{corpus}/manifest.parquet",
        splits="results/{corpus}/{protocol}/splits.parquet",
        models=models_of,
        weights=weights_of,
    output:
        scores="results/{corpus}/{protocol}/masked_scores/{classifier}.parquet",
    log:
        "logs/compute_masked_scores/{corpus}_{protocol}_{classifier}.log",
    benchmark:
        "benchmarks/compute_masked_scores/{corpus}_{protocol}_{classifier}.tsv"
    conda:
        TORCH
    threads: 4
    resources:
        mem_mb=growing(3000),
        runtime=growing(240),
    params:
        **library("compute_masked_scores"),
        root=corpus_folder,
        front_end=block("front_end"),
        bands=block("bands"),
        bundle=config["emolime"]["wav2vec2_bundle"],
        clips=emolime_clips,
        named=named_clips,
        seed=config["sample"]["seed"],
    script:
        "../scripts/compute_masked_scores.py"


rule explain_bands:
    """Weights of each clip's bands, with intervals, Shapley values and faithfulness."""
    input:
        scores="results/{corpus}/{protocol}/masked_scores/{classifier}.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        bands="results/{corpus}/{protocol}/bands/{classifier}.parquet",
        checks="results/{corpus}/{protocol}/bands/{classifier}_checks.parquet",
    log:
        "logs/explain_bands/{corpus}_{protocol}_{classifier}.log",
    benchmark:
        "benchmarks/explain_bands/{corpus}_{protocol}_{classifier}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("explain_bands"),
        bands=block("bands"),
        seed=config["sample"]["seed"],
    script:
        "../scripts/explain_bands.py"


rule extract_band_sounds:
    """Sounds of some clips: only their best bands, all others, and bands in proportion to their weights."""
    input:
        bands="results/{corpus}/{protocol}/bands/{classifier}.parquet",
        checks="results/{corpus}/{protocol}/bands/{classifier}_checks.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        folder=directory("results/{corpus}/{protocol}/band_sounds/{classifier}"),
        index="results/{corpus}/{protocol}/band_sounds/{classifier}.parquet",
    log:
        "logs/extract_band_sounds/{corpus}_{protocol}_{classifier}.log",
    benchmark:
        "benchmarks/extract_band_sounds/{corpus}_{protocol}_{classifier}.tsv"
    conda:
        TORCH
    params:
        **library("extract_band_sounds"),
        root=corpus_folder,
        front_end=block("front_end"),
        bands=block("bands"),
        clips=example_clips,
    script:
        "../scripts/extract_band_sounds.py"


rule tabulate_agreement:
    """Do explanations agree more across classifiers than across corpora?"""
    input:
        scores=per_emolime_run(
            "results/{corpus}/{protocol}/masked_scores/{classifier}.parquet"
        ),
        manifests=expand("results/{corpus}/manifest.parquet", corpus=EMOLIME_CORPORA),
        published=repository("config/published_bands.tsv"),
    output:
        csv="results/tables/agreement.csv",
        parquet="results/tables/agreement.parquet",
        profiles="results/tables/band_profiles.csv",
        profiles_parquet="results/tables/band_profiles.parquet",
        faithfulness="results/tables/band_faithfulness.csv",
        markdown="results/tables/agreement.md",
        html=report(
            "results/tables/agreement.html",
            caption="../report/agreement.rst",
            category="Tables",
            labels={"item": "Bands: agreement"},
        ),
    log:
        "logs/tabulate_agreement.log",
    benchmark:
        "benchmarks/tabulate_agreement.tsv"
    conda:
        "../../envs/statistics.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        **library("tabulate_agreement"),
        runs=EMOLIME_RUNS,
        corpora=EMOLIME_CORPORA,
        bands=PROTOCOLS[EMOLIME_PROTOCOL]["bands"],
        published=settings.merge(PROTOCOLS[EMOLIME_PROTOCOL]["bands"], PUBLISHED_BANDS),
        low_pass_hz=PROTOCOLS[EMOLIME_PROTOCOL]["front_end"]["low_pass_hz"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_agreement.py"
