"""Faithfulness: do the windows a method chose matter to the network more than others, do its maps
depend on what the network learned, and do they stay when what should not matter is changed?

Needs maps, spectrograms and models. Makes `coverings.parquet`, what covering sets and orders of
windows does to the network, once for all methods, maps of the methods that are only compared, on a
sample, `faithfulness.parquet`, how the choices of each compare with all others, and
`likeness.parquet`.
"""


rule compute_coverings:
    """Cover sets and random orders of windows of the tested clips."""
    input:
        explained="results/{corpus}/{protocol}/explained.parquet",
        tested="results/{corpus}/{protocol}/tested.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        models=trainings("results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"),
    output:
        coverings="results/{corpus}/{protocol}/coverings.parquet",
    log:
        "logs/compute_coverings/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/compute_coverings/{corpus}_{protocol}.tsv"
    conda:
        TORCH
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        **library("compute_coverings"),
        windows=block("segments"),
        sets=config["faithfulness"]["sets"],
        orders=config["faithfulness"]["orders"],
        seed=config["sample"]["seed"],
    script:
        "../scripts/compute_coverings.py"


rule explain_sample:
    """Maps of a method that is only compared: of the tested clips, and their speakers' neutral ones."""
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
        method=one_of(SAMPLED),
    conda:
        TORCH
    resources:
        mem_mb=growing(3000),
        runtime=growing(240),
    params:
        **library("explain_sample"),
        method="{method}",
        method_params=method_block,
        method_code=method_files(
            lambda wildcards: [
                name for name in [wildcards.method] if name not in names.COMBINED
            ]
        ),
    script:
        "../scripts/explain_sample.py"


rule test_faithfulness:
    """Rank each method's windows among all sets, and its order among random ones."""
    input:
        saliency=expand(
            "results/{{corpus}}/{{protocol}}/saliency/{method}.parquet",
            method=[*METHODS, *SAMPLED],
        ),
        explained="results/{corpus}/{protocol}/explained.parquet",
        tested="results/{corpus}/{protocol}/tested.parquet",
        coverings="results/{corpus}/{protocol}/coverings.parquet",
        truth=branch(
            lambda wildcards: wildcards.corpus in SYNTHETIC,
            then="results/{corpus}/truth.parquet",
            otherwise=[],
        ),
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        models=trainings("results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"),
    output:
        faithfulness="results/{corpus}/{protocol}/faithfulness.parquet",
    log:
        "logs/test_faithfulness/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/test_faithfulness/{corpus}_{protocol}.tsv"
    conda:
        TORCH
    resources:
        mem_mb=growing(3000),
        runtime=growing(240),
    params:
        **library("test_faithfulness"),
        windows=block("segments"),
        blind=BLIND,
        method_code=method_files(BLIND),
    script:
        "../scripts/test_faithfulness.py"


rule compare_explanations:
    """Compare maps with those of other networks and fills, and choices of windows with others."""
    input:
        saliency=expand(
            "results/{{corpus}}/{{protocol}}/saliency/{method}.parquet",
            method=[*METHODS, *SAMPLED],
        ),
        explained="results/{corpus}/{protocol}/explained.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        models=trainings("results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"),
        shuffled=lambda wildcards: expand(
            "results/{{corpus}}/{{protocol}}/shuffled/fold0/seed{seed}/model.pt",
            seed=config["seeds"][0],
        ),
        reseeded=reseeded,
    output:
        likeness="results/{corpus}/{protocol}/likeness.parquet",
    log:
        "logs/compare_explanations/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/compare_explanations/{corpus}_{protocol}.tsv"
    conda:
        TORCH
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        **library("compare_explanations"),
        windows=block("segments"),
        methods=method_blocks,
        clips=config["faithfulness"]["likeness"],
        draw_seed=config["sample"]["seed"],
        method_code=method_files(
            [name for name in [*METHODS, *SAMPLED] if name not in names.COMBINED]
        ),
        seed=config["seeds"][0],
    script:
        "../scripts/compare_explanations.py"
