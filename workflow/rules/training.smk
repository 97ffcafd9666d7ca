"""Training: folds, one network per fold and seed, and what it says of the clips it never heard.

Needs manifest and spectrograms. Makes `splits.parquet`, `leaks.parquet` and `.csv`, a `model.pt` and its
`history.parquet` per fold and seed, one more that is taught shuffled labels and, where there is one
seed only, one of another seed, `predictions.parquet` and `accuracy.csv`.
"""


rule split_clips:
    """Assign clips to the parts of each fold and audit what the parts share."""
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
    """Train the network on one fold with one seed; goes on where a killed run stopped."""
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


use rule train_classifier as train_on_shuffled_labels with:
    output:
        model="results/{corpus}/{protocol}/shuffled/fold{fold}/seed{seed}/model.pt",
        history="results/{corpus}/{protocol}/shuffled/fold{fold}/seed{seed}/history.parquet",
    log:
        "logs/train_on_shuffled_labels/{corpus}_{protocol}_fold{fold}_seed{seed}.log",
    benchmark:
        "benchmarks/train_on_shuffled_labels/{corpus}_{protocol}_fold{fold}_seed{seed}.tsv"
    params:
        **library("train_classifier"),
        threads=config["training_threads"],
        precision=config["precision"],
        classifier=block("classifier"),
        training=block("training"),
        front_end=block("front_end"),
        shuffled=True,


use rule train_classifier as train_with_another_seed with:
    output:
        model="results/{corpus}/{protocol}/reseeded/fold{fold}/seed{seed}/model.pt",
        history="results/{corpus}/{protocol}/reseeded/fold{fold}/seed{seed}/history.parquet",
    log:
        "logs/train_with_another_seed/{corpus}_{protocol}_fold{fold}_seed{seed}.log",
    benchmark:
        "benchmarks/train_with_another_seed/{corpus}_{protocol}_fold{fold}_seed{seed}.tsv"
    wildcard_constraints:
        seed=str(OTHER_SEED),


rule predict_emotions:
    """Scores of one fold's network for the clips held out from it."""
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
    """Accuracy, UAR and recalls with intervals."""
    input:
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
        corpus="{corpus}",
        protocol="{protocol}",
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/evaluate_classifier.py"
