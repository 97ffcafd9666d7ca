"""Classifiers: splits, networks and linear classifiers, and their accuracy.

Needs the manifest and spectrograms. Makes `splits.parquet`, `leaks.parquet`, a `model.pt` and its
`history.parquet` per fold and seed, two controls for the first fold (randomised labels, another seed),
`predictions.parquet`, `accuracy.csv`, and features and linear classifiers for EmoLIME.
"""


localrules:
    download_weights,


wildcard_constraints:
    classifier=one_of(["resnet", *FEATURES]),
    features=one_of(FEATURES),
    pretrained=one_of(PRETRAINED),


rule split_clips:
    """Assign clips to the parts of each fold, and check what the parts share."""
    input:
        manifest="results/{corpus}/manifest.parquet",
    output:
        splits="results/{corpus}/{protocol}/splits.parquet",
        leaks=report(
            "results/{corpus}/{protocol}/leaks.csv",
            caption="../report/leaks.rst",
            category="Data",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "item": "leak audit",
            },
        ),
        leaks_parquet="results/{corpus}/{protocol}/leaks.parquet",
    log:
        "logs/split_clips/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/split_clips/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("split_clips"),
        split=block("split"),
        folds=lambda wildcards: n_folds(wildcards.corpus, wildcards.protocol),
        seed=config["seeds"][0],
    script:
        "../scripts/split_clips.py"


rule train_classifier:
    """Train the network on one fold with one seed; resumes a killed training."""
    input:
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        splits="results/{corpus}/{protocol}/splits.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        model="results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt",
        history="results/{corpus}/{protocol}/fold{fold}/seed{seed}/history.parquet",
    log:
        "logs/train_classifier/{corpus}_{protocol}_fold{fold}_seed{seed}.log",
    benchmark:
        "benchmarks/train_classifier/{corpus}_{protocol}_fold{fold}_seed{seed}.tsv"
    conda:
        TORCH
    threads: config["training_threads"]
    resources:
        mem_mb=growing(6000),
        runtime=growing(480),
    params:
        **library("train_classifier"),
        threads=config["training_threads"],
        precision=config["precision"],
        classifier=block("classifier"),
        training=block("training"),
        front_end=block("front_end"),
    script:
        "../scripts/train_classifier.py"


use rule train_classifier as train_on_randomised_labels with:
    output:
        model="results/{corpus}/{protocol}/controls/randomised_labels/fold{fold}/seed{seed}/model.pt",
        history="results/{corpus}/{protocol}/controls/randomised_labels/fold{fold}/seed{seed}/history.parquet",
    log:
        "logs/train_on_randomised_labels/{corpus}_{protocol}_fold{fold}_seed{seed}.log",
    benchmark:
        "benchmarks/train_on_randomised_labels/{corpus}_{protocol}_fold{fold}_seed{seed}.tsv"
    params:
        **library("train_classifier"),
        threads=config["training_threads"],
        precision=config["precision"],
        classifier=block("classifier"),
        training=block("training"),
        front_end=block("front_end"),
        randomised_labels=True,


use rule train_classifier as train_second_seed with:
    output:
        model="results/{corpus}/{protocol}/controls/second_seed/fold{fold}/seed{seed}/model.pt",
        history="results/{corpus}/{protocol}/controls/second_seed/fold{fold}/seed{seed}/history.parquet",
    log:
        "logs/train_second_seed/{corpus}_{protocol}_fold{fold}_seed{seed}.log",
    benchmark:
        "benchmarks/train_second_seed/{corpus}_{protocol}_fold{fold}_seed{seed}.tsv"
    wildcard_constraints:
        seed=str(OTHER_SEED),


rule predict_emotions:
    """Scores of one fold's network for its held-out clips."""
    input:
        model="results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        splits="results/{corpus}/{protocol}/splits.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        predictions="results/{corpus}/{protocol}/fold{fold}/seed{seed}/predictions.parquet",
    log:
        "logs/predict_emotions/{corpus}_{protocol}_fold{fold}_seed{seed}.log",
    benchmark:
        "benchmarks/predict_emotions/{corpus}_{protocol}_fold{fold}_seed{seed}.tsv"
    conda:
        TORCH
    threads: config["training_threads"]
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        **library("predict_emotions"),
        threads=config["training_threads"],
    script:
        "../scripts/predict_emotions.py"


rule gather_predictions:
    """Predictions of all folds and seeds in one table."""
    input:
        predictions=trainings(
            "results/{corpus}/{protocol}/fold{fold}/seed{seed}/predictions.parquet"
        ),
    output:
        predictions="results/{corpus}/{protocol}/predictions.parquet",
    log:
        "logs/gather_predictions/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/gather_predictions/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("gather_predictions"),
    script:
        "../scripts/gather_predictions.py"


rule evaluate_classifier:
    """Accuracy, UAR and recall of each emotion, with intervals."""
    input:
        statements=repository("config/claims.yaml"),
        predictions="results/{corpus}/{protocol}/predictions.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        accuracy="results/{corpus}/{protocol}/accuracy.parquet",
        csv=report(
            "results/{corpus}/{protocol}/accuracy.csv",
            caption="../report/accuracy.rst",
            category="Classifier",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "item": "accuracy",
            },
        ),
    log:
        "logs/evaluate_classifier/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/evaluate_classifier/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("evaluate_classifier"),
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/evaluate_classifier.py"


rule tabulate_accuracy:
    """Accuracy and UAR of every corpus and protocol, with those of the paper and of listeners."""
    input:
        statements=repository("config/claims.yaml"),
        accuracy=per_corpus_protocol("results/{corpus}/{protocol}/accuracy.parquet"),
    output:
        csv="results/tables/accuracy.csv",
        markdown="results/tables/accuracy.md",
        html=report(
            "results/tables/accuracy.html",
            caption="../report/summary.rst",
            category="Tables",
            labels={"item": "Accuracy"},
        ),
    log:
        "logs/tabulate_accuracy.log",
    benchmark:
        "benchmarks/tabulate_accuracy.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_accuracy"),
        listeners=listener_accuracy(),
    script:
        "../scripts/tabulate_accuracy.py"


rule download_weights:
    """Weights of a pretrained network; an empty file if they are not available."""
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
        bundle=config["emolime"]["wav2vec2_bundle"],
        source=config["emolime"]["wav2vec2_weights"],
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
        bundle=config["emolime"]["wav2vec2_bundle"],
    script:
        "../scripts/extract_features.py"


rule train_linear_svm:
    """Train a linear classifier on features, on every fold."""
    input:
        features="results/{corpus}/{protocol}/features/{features}.parquet",
        splits="results/{corpus}/{protocol}/splits.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        classifiers="results/{corpus}/{protocol}/linear_svm/{features}.npz",
    log:
        "logs/train_linear_svm/{corpus}_{protocol}_{features}.log",
    benchmark:
        "benchmarks/train_linear_svm/{corpus}_{protocol}_{features}.tsv"
    conda:
        "../../envs/statistics.yaml"
    resources:
        mem_mb=growing(3000),
        runtime=growing(30),
    params:
        **library("train_linear_svm"),
    script:
        "../scripts/train_linear_svm.py"
