"""Saliency: where in held-out clips each network finds its evidence.

Needs predictions, spectrograms and models. Makes `explained.parquet`, the clips to explain, and
`saliency/{method}.parquet`, a map with its checks for every explained clip, in shards, or, for
comparison methods, for the tested clips and their speakers' neutral clips.
"""


scattergather:
    saliency=config["shards"],


rule choose_clips:
    """Sample the held-out clips to explain, by emotion, fold, seed and correctness."""
    input:
        predictions="results/{corpus}/{protocol}/predictions.parquet",
    output:
        explained="results/{corpus}/{protocol}/explained.parquet",
    log:
        "logs/choose_clips/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/choose_clips/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("choose_clips"),
        correct=config["sample"]["correct"],
        misclassified=config["sample"]["misclassified"],
        seed=config["sample"]["seed"],
        emotions=config["emotions"],
        targets=config["targets"],
    script:
        "../scripts/choose_clips.py"


rule choose_tested_clips:
    """Sample the explained clips to test; a separate file, so maps do not depend on their number."""
    input:
        explained="results/{corpus}/{protocol}/explained.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        tested="results/{corpus}/{protocol}/tested.parquet",
    log:
        "logs/choose_tested_clips/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/choose_tested_clips/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("choose_tested_clips"),
        correct=config["faithfulness"]["correct"],
        misclassified=config["faithfulness"]["misclassified"],
        seed=config["sample"]["seed"],
    script:
        "../scripts/choose_tested_clips.py"


rule compute_saliency:
    """Saliency maps of one shard of the clips, each from the network that was not trained on it."""
    input:
        explained="results/{corpus}/{protocol}/explained.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        models=trainings("results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"),
    output:
        saliency=temp(
            "results/{corpus}/{protocol}/saliency/{method}_{scatteritem}.parquet"
        ),
    log:
        "logs/compute_saliency/{corpus}_{protocol}_{method}_{scatteritem}.log",
    benchmark:
        "benchmarks/compute_saliency/{corpus}_{protocol}_{method}_{scatteritem}.tsv"
    wildcard_constraints:
        method=one_of(METHODS),
    conda:
        TORCH
    resources:
        mem_mb=growing(3000),
        runtime=growing(240),
    params:
        **library("compute_saliency"),
        method_params=method_block,
        method_code=method_files(),
    script:
        "../scripts/compute_saliency.py"


rule merge_saliency:
    """Merge the shards; stops if canonization changed a network."""
    input:
        shards=gather.saliency(
            "results/{{corpus}}/{{protocol}}/saliency/{{method}}_{scatteritem}.parquet"
        ),
    output:
        saliency="results/{corpus}/{protocol}/saliency/{method}.parquet",
    log:
        "logs/merge_saliency/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/merge_saliency/{corpus}_{protocol}_{method}.tsv"
    wildcard_constraints:
        method=one_of(METHODS),
    conda:
        TORCH
    params:
        **library("merge_saliency"),
    script:
        "../scripts/merge_saliency.py"


rule explain_sample:
    """Maps of a comparison method, for the tested clips and their speakers' neutral clips."""
    input:
        explained="results/{corpus}/{protocol}/explained.parquet",
        tested="results/{corpus}/{protocol}/tested.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        models=trainings("results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"),
        parts=parts_of,
    output:
        saliency="results/{corpus}/{protocol}/saliency/{method}.parquet",
    log:
        "logs/explain_sample/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/explain_sample/{corpus}_{protocol}_{method}.tsv"
    wildcard_constraints:
        method=one_of([*COMPARISON_METHODS, *BLIND]),
    conda:
        TORCH
    resources:
        mem_mb=growing(3000),
        runtime=growing(240),
    params:
        **library("explain_sample"),
        method_params=method_block,
        method_code=method_files(),
    script:
        "../scripts/explain_sample.py"
