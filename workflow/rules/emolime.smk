"""EmoLIME: which frequency bands does a classifier need, and do classifiers or corpora agree more?

Needs the manifest, splits, features, models and audio. Makes `refits/`, every classifier fitted again
on disjoint groups of speakers, `masked_scores/{classifier}.parquet`, a classifier's probabilities under
every mask, `bands/{classifier}.parquet`, the weights of the bands, sounds of the best bands, and the
tables of agreement and of variance components.
"""


rule split_refits:
    """Disjoint groups of speakers to fit classifiers on, so that two fits share no speaker."""
    input:
        manifest="results/{corpus}/manifest.parquet",
    output:
        splits="results/{corpus}/{protocol}/refits/splits.parquet",
    log:
        "logs/split_refits/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/split_refits/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("split_refits"),
        split=block("split"),
        seed=config["seeds"][0],
    script:
        "../scripts/split_refits.py"


use rule train_classifier as refit_classifier with:
    input:
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        splits="results/{corpus}/{protocol}/refits/splits.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        model="results/{corpus}/{protocol}/refits/fold{fold}/seed{seed}/model.pt",
        history="results/{corpus}/{protocol}/refits/fold{fold}/seed{seed}/history.parquet",
    log:
        "logs/refit_classifier/{corpus}_{protocol}_fold{fold}_seed{seed}.log",
    benchmark:
        "benchmarks/refit_classifier/{corpus}_{protocol}_fold{fold}_seed{seed}.tsv"


use rule train_linear_svm as refit_linear_svm with:
    input:
        features="results/{corpus}/{protocol}/features/{features}.parquet",
        splits="results/{corpus}/{protocol}/refits/splits.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        classifiers="results/{corpus}/{protocol}/refits/linear_svm/{features}.npz",
    log:
        "logs/refit_linear_svm/{corpus}_{protocol}_{features}.log",
    benchmark:
        "benchmarks/refit_linear_svm/{corpus}_{protocol}_{features}.tsv"


rule compute_masked_scores:
    """A classifier's probabilities for a sample of clips under every mask of their bands."""
    input:
        manifest="results/{corpus}/manifest.parquet",
        splits="results/{corpus}/{protocol}/splits.parquet",
        models=models_of,
        refit_splits=refit_splits_of,
        refits=refits_of,
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
        variance="results/tables/variance_components.csv",
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
        refits=config["emolime"]["refits"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_agreement.py"
