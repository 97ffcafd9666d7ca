"""Evaluation: are the explanations faithful, stable and plausible, and do they find planted cues?

Needs maps, spectrograms, models and cues. Makes `perturbations.parquet` and `faithfulness.parquet`,
`stability.parquet`, `plausibility/{method}.parquet`, and their tables.
"""


rule compute_perturbations:
    """Occlude sets and random orders of windows in the tested clips, under every fill."""
    input:
        explained="results/{corpus}/{protocol}/explained.parquet",
        tested="results/{corpus}/{protocol}/tested.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        models=trainings("results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"),
    output:
        perturbations="results/{corpus}/{protocol}/perturbations.parquet",
    log:
        "logs/compute_perturbations/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/compute_perturbations/{corpus}_{protocol}.tsv"
    conda:
        TORCH
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        **library("compute_perturbations"),
        windows=block("segments"),
        seed=config["sample"]["seed"],
    script:
        "../scripts/compute_perturbations.py"


rule test_faithfulness:
    """Rank each method's windows among all sets of windows, and their order among random orders."""
    input:
        saliency=expand(
            "results/{{corpus}}/{{protocol}}/saliency/{method}.parquet",
            method=ALL_METHODS,
        ),
        perturbations="results/{corpus}/{protocol}/perturbations.parquet",
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
        seed=config["sample"]["seed"],
    script:
        "../scripts/test_faithfulness.py"


rule compare_explanations:
    """Compare maps with those of other networks and fills, and windows with other choices."""
    input:
        saliency=expand(
            "results/{{corpus}}/{{protocol}}/saliency/{method}.parquet",
            method=[*METHODS, *COMPARISON_METHODS],
        ),
        explained="results/{corpus}/{protocol}/explained.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        models=trainings("results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"),
        randomised_labels=lambda wildcards: expand(
            "results/{{corpus}}/{{protocol}}/controls/randomised_labels/fold0/seed{seed}/model.pt",
            seed=config["seeds"][0],
        ),
        second_seed=second_seed,
    output:
        stability="results/{corpus}/{protocol}/stability.parquet",
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
        clips=config["faithfulness"]["stability"],
        draw_seed=config["sample"]["seed"],
        method_code=method_files([*METHODS, *COMPARISON_METHODS]),
        seed=config["seeds"][0],
    script:
        "../scripts/compare_explanations.py"


rule score_plausibility:
    """Compare the cues of each clip's regions with the expectations of its predicted emotion."""
    input:
        cues="results/{corpus}/{protocol}/cues/{method}.parquet",
        explained="results/{corpus}/{protocol}/explained.parquet",
        manifest="results/{corpus}/manifest.parquet",
        expectations=repository("config/expectations.tsv"),
    output:
        plausibility="results/{corpus}/{protocol}/plausibility/{method}.parquet",
    log:
        "logs/score_plausibility/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/score_plausibility/{corpus}_{protocol}_{method}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("score_plausibility"),
        sampled=lambda wildcards: wildcards.method in COMPARISON_METHODS,
    script:
        "../scripts/score_plausibility.py"


rule tabulate_localisation:
    """Do the methods find the planted interval of the embedded corpus, and recover its cues?"""
    input:
        segments=per_run(
            "results/{corpus}/{protocol}/segments/{method}.parquet", PLANTED
        ),
        clip_cues=per_run(
            "results/{corpus}/{protocol}/clip_cues/{method}.parquet", PLANTED
        ),
        truths=per_run("results/{corpus}/truth.parquet", PLANTED),
        saliency=per_run(
            "results/{corpus}/{protocol}/saliency/{method}.parquet", PLANTED
        ),
        spectrograms=per_run(
            "results/{corpus}/{protocol}/spectrograms.parquet", PLANTED
        ),
        descriptors=per_run("results/{corpus}/descriptors.parquet", PLANTED),
        manifests=per_run("results/{corpus}/manifest.parquet", PLANTED),
    output:
        csv="results/tables/localisation.csv",
        pointing="results/tables/pointing.csv",
        recovery="results/tables/recovery.csv",
        markdown="results/tables/localisation.md",
        html=report(
            "results/tables/localisation.html",
            caption="../report/localisation.rst",
            category="Tables",
            labels={"item": "Localisation"},
        ),
    log:
        "logs/tabulate_localisation.log",
    benchmark:
        "benchmarks/tabulate_localisation.tsv"
    conda:
        "../../envs/acoustics.yaml"
    params:
        **library("tabulate_localisation"),
        runs=PLANTED,
        windows={name: protocol["segments"] for name, protocol in PROTOCOLS.items()},
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_localisation.py"


rule tabulate_methods:
    """Compare the methods: faithfulness, sanity checks and plausibility."""
    input:
        faithfulness=per_corpus_protocol(
            "results/{corpus}/{protocol}/faithfulness.parquet"
        ),
        perturbations=per_corpus_protocol(
            "results/{corpus}/{protocol}/perturbations.parquet"
        ),
        stability=per_corpus_protocol("results/{corpus}/{protocol}/stability.parquet"),
        plausibility=per_run(
            "results/{corpus}/{protocol}/plausibility/{method}.parquet", ALL_RUNS
        ),
        manifests=per_corpus_protocol("results/{corpus}/manifest.parquet"),
    output:
        csv="results/tables/methods.csv",
        parquet="results/tables/methods.parquet",
        verdicts="results/tables/faithfulness_verdicts.csv",
        curves="results/tables/curves.csv",
        curves_parquet="results/tables/curves.parquet",
        markdown="results/tables/methods.md",
        html=report(
            "results/tables/methods.html",
            caption="../report/methods.rst",
            category="Tables",
            labels={"item": "Methods"},
        ),
    log:
        "logs/tabulate_methods.log",
    benchmark:
        "benchmarks/tabulate_methods.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_methods"),
        runs=ALL_RUNS,
        sampled=COMPARISON_METHODS,
        methods=METHOD_ORDER,
        own_fills=OWN_FILLS,
        corpus_protocols=CORPUS_PROTOCOLS,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_methods.py"


rule tabulate_costs:
    """Seconds and memory of every method, by stage, from the benchmarks of its jobs."""
    input:
        saliency=per_run(
            "results/{corpus}/{protocol}/saliency/{method}.parquet", ALL_RUNS
        ),
        # last of what is made of the segments; benchmarks are no inputs, as they may be missing
        plausibility=per_run(
            "results/{corpus}/{protocol}/plausibility/{method}.parquet", ALL_RUNS
        ),
    output:
        csv="results/tables/costs.csv",
        markdown="results/tables/costs.md",
        html=report(
            "results/tables/costs.html",
            caption="../report/costs.rst",
            category="Tables",
            labels={"item": "Costs"},
        ),
    log:
        "logs/tabulate_costs.log",
    benchmark:
        "benchmarks/tabulate_costs.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_costs"),
        runs=ALL_RUNS,
        benchmarks=[benchmarks_of(*run) for run in ALL_RUNS],
    script:
        "../scripts/tabulate_costs.py"


rule tabulate_plausibility:
    """Plausibility of correct and misclassified clips, and whether it detects errors."""
    input:
        plausibility=per_run(
            "results/{corpus}/{protocol}/plausibility/{method}.parquet"
        ),
        predictions=per_run("results/{corpus}/{protocol}/predictions.parquet"),
        manifests=per_run("results/{corpus}/manifest.parquet"),
    output:
        csv="results/tables/plausibility.csv",
        parquet="results/tables/plausibility.parquet",
        detection="results/tables/detection.csv",
        detection_parquet="results/tables/detection.parquet",
        markdown="results/tables/plausibility.md",
        html=report(
            "results/tables/plausibility.html",
            caption="../report/plausibility.rst",
            category="Tables",
            labels={"item": "Plausibility"},
        ),
    log:
        "logs/tabulate_plausibility.log",
    benchmark:
        "benchmarks/tabulate_plausibility.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_plausibility"),
        runs=MAIN_RUNS,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_plausibility.py"


rule tabulate_stability:
    """How much other networks, fills and windows change the explanations."""
    input:
        stability=per_run("results/{corpus}/{protocol}/stability.parquet", ALL_RUNS),
        manifests=per_run("results/{corpus}/manifest.parquet", ALL_RUNS),
    output:
        csv="results/tables/stability.csv",
        markdown="results/tables/stability.md",
        html=report(
            "results/tables/stability.html",
            caption="../report/stability.rst",
            category="Tables",
            labels={"item": "Stability"},
        ),
    log:
        "logs/tabulate_stability.log",
    benchmark:
        "benchmarks/tabulate_stability.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_stability"),
        runs=ALL_RUNS,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_stability.py"
