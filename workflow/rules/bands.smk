"""Bands: which parts of a clip's spectrum a classifier needs, by EmoLIME, for any classifier.

Needs manifest, splits and audio. Makes features and heads of the linear classifiers,
`masked_scores/{classifier}.parquet`, what a classifier says when bands are missing, and
`bands/{classifier}.parquet`, the bands' weights.
"""


localrules:
    download_weights,


wildcard_constraints:
    classifier=one_of(["resnet", *FEATURES]),
    features=one_of(FEATURES),
    pretrained=one_of(PRETRAINED),


rule download_weights:
    """Weights of a network that was trained on other speech; empty where they cannot be had."""
    output:
        weights="resources/weights/{pretrained}.pt",
    log:
        "logs/download_weights/{pretrained}.log",
    benchmark:
        "benchmarks/download_weights/{pretrained}.tsv"
    conda:
        TORCH
    params:
        **library("download_weights"),
        bundle=config["robustness"]["wav2vec2_bundle"],
        source=config["robustness"]["wav2vec2_weights"],
    script:
        "../scripts/download_weights.py"


rule extract_features:
    """Features of every clip for a linear classifier."""
    input:
        manifest="results/{corpus}/manifest.parquet",
        splits="results/{corpus}/{protocol}/splits.parquet",
        weights=weights_of,
    output:
        features="results/{corpus}/{protocol}/features/{features}.parquet",
    log:
        "logs/extract_features/{corpus}_{protocol}_{features}.log",
    benchmark:
        "benchmarks/extract_features/{corpus}_{protocol}_{features}.tsv"
    conda:
        TORCH
    threads: 4
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        **library("extract_features"),
        root=corpus_folder,
        front_end=block("front_end"),
        bundle=config["robustness"]["wav2vec2_bundle"],
    script:
        "../scripts/extract_features.py"


rule train_heads:
    """Train a linear classifier of features on every fold."""
    input:
        features="results/{corpus}/{protocol}/features/{features}.parquet",
        splits="results/{corpus}/{protocol}/splits.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        heads="results/{corpus}/{protocol}/heads/{features}.npz",
    log:
        "logs/train_heads/{corpus}_{protocol}_{features}.log",
    benchmark:
        "benchmarks/train_heads/{corpus}_{protocol}_{features}.tsv"
    conda:
        "../../envs/statistics.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        **library("train_heads"),
    script:
        "../scripts/train_heads.py"


rule compute_masked_scores:
    """Probabilities of clips without some of their bands, for every mask, of a spread sample."""
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
        bundle=config["robustness"]["wav2vec2_bundle"],
        clips=studied_clips,
        named=named_clips,
        seed=config["sample"]["seed"],
    script:
        "../scripts/compute_masked_scores.py"


rule explain_bands:
    """Weights of the bands of each clip with their intervals, Shapley values and faithfulness."""
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
        orders=config["robustness"]["orders"],
        seed=config["sample"]["seed"],
    script:
        "../scripts/explain_bands.py"


rule plot_bands:
    """Spectrograms of some clips with the weights of their bands, and sounds of their best bands."""
    input:
        bands="results/{corpus}/{protocol}/bands/{classifier}.parquet",
        checks="results/{corpus}/{protocol}/bands/{classifier}_checks.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        figure=report(
            "results/figures/{corpus}_{protocol}_{classifier}_bands.png",
            caption="../report/bands.rst",
            category="Bands",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "classifier": "{classifier}",
                "item": "bands",
            },
        ),
        folder=directory("results/{corpus}/{protocol}/band_sounds/{classifier}"),
        index="results/{corpus}/{protocol}/band_sounds/{classifier}.parquet",
    log:
        "logs/plot_bands/{corpus}_{protocol}_{classifier}.log",
    benchmark:
        "benchmarks/plot_bands/{corpus}_{protocol}_{classifier}.tsv"
    conda:
        TORCH
    params:
        **library("plot_bands"),
        root=corpus_folder,
        corpus="{corpus}",
        protocol="{protocol}",
        classifier="{classifier}",
        front_end=block("front_end"),
        bands=block("bands"),
        clips=example_clips,
    script:
        "../scripts/plot_bands.py"


rule tabulate_robustness:
    """Are explanations more alike across classifiers than across corpora?"""
    input:
        scores=per_studied(
            "results/{corpus}/{protocol}/masked_scores/{classifier}.parquet"
        ),
        manifests=expand("results/{corpus}/manifest.parquet", corpus=CORPORA),
        published=repository("config/published_bands.tsv"),
    output:
        csv="results/tables/robustness.csv",
        parquet="results/tables/robustness.parquet",
        profiles="results/tables/band_profiles.csv",
        profiles_parquet="results/tables/band_profiles.parquet",
        faithfulness="results/tables/band_faithfulness.csv",
        markdown="results/tables/robustness.md",
        html=report(
            "results/tables/robustness.html",
            caption="../report/robustness.rst",
            category="Tables",
            labels={"item": "Bands: robustness"},
        ),
    log:
        "logs/tabulate_robustness.log",
    benchmark:
        "benchmarks/tabulate_robustness.tsv"
    conda:
        "../../envs/statistics.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        **library("tabulate_robustness"),
        entries=STUDIED,
        corpora=list(CORPORA),
        bands=PROTOCOLS[STUDY]["bands"],
        published=settings.merge(PROTOCOLS[STUDY]["bands"], PUBLISHED_BANDS),
        highest_hz=PROTOCOLS[STUDY]["front_end"]["highest_hz"],
        orders=config["robustness"]["orders"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_robustness.py"


rule plot_robustness:
    """Mean weights of the bands by classifier, corpus and emotion, beside the published ones."""
    input:
        profiles="results/tables/band_profiles.parquet",
        published=repository("config/published_bands.tsv"),
    output:
        figure=report(
            "results/figures/robustness.svg",
            caption="../report/band_profiles.rst",
            category="Bands",
            labels={"item": "mean weights"},
        ),
    log:
        "logs/plot_robustness.log",
    benchmark:
        "benchmarks/plot_robustness.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("plot_robustness"),
        quantity=PROTOCOLS[STUDY]["bands"]["quantity"],
    script:
        "../scripts/plot_robustness.py"
