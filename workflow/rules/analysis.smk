"""Analysis: Tables 2 and 3, contrasts, mixed models, failure checks and the claims ledger.

Needs the cues of every region and the evaluation. Makes `results/tables/` and `results/claims.csv`.
"""


rule tabulate_cues:
    """Table 2 (correct clips) or Table 3 (misclassified clips), in every layout."""
    input:
        clip_cues=per_run("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
    output:
        csv="results/tables/table{number}.csv",
        parquet="results/tables/table{number}.parquet",
        markdown="results/tables/table{number}.md",
        html=report(
            "results/tables/table{number}.html",
            caption="../report/table.rst",
            category="Tables",
            labels={"item": "Table {number}"},
        ),
        latex="results/tables/table{number}.tex",
    log:
        "logs/tabulate_cues/table{number}.log",
    benchmark:
        "benchmarks/tabulate_cues/table{number}.tsv"
    wildcard_constraints:
        number="2|3",
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_cues"),
        runs=MAIN_RUNS,
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
        sample=sample_text(),
    script:
        "../scripts/tabulate_cues.py"


rule tabulate_contrasts:
    """Cues of every region, compared between emotions and between misclassified and correct clips."""
    input:
        clip_cues=per_run("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
    output:
        csv="results/tables/contrasts.csv",
        parquet="results/tables/contrasts.parquet",
        markdown="results/tables/contrasts.md",
        html=report(
            "results/tables/contrasts.html",
            caption="../report/contrasts.rst",
            category="Tables",
            labels={"item": "Contrasts"},
        ),
    log:
        "logs/tabulate_contrasts.log",
    benchmark:
        "benchmarks/tabulate_contrasts.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_contrasts"),
        runs=MAIN_RUNS,
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
        sample=sample_text(),
    script:
        "../scripts/tabulate_contrasts.py"


rule tabulate_mixed:
    """The differences of Table 2 by mixed models, and where these disagree with the sign flips."""
    input:
        clip_cues=per_run("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
    output:
        csv="results/tables/mixed.csv",
        markdown="results/tables/mixed.md",
        html=report(
            "results/tables/mixed.html",
            caption="../report/mixed.rst",
            category="Tables",
            labels={"item": "Mixed models"},
        ),
    log:
        "logs/tabulate_mixed.log",
    benchmark:
        "benchmarks/tabulate_mixed.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_mixed"),
        runs=MAIN_RUNS,
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_mixed.py"


rule tabulate_failure_checks:
    """Failure checks, each red, green or undecided."""
    input:
        methods="results/tables/methods.parquet",
        segments=per_run(
            "results/{corpus}/{protocol}/segments/{method}.parquet", ALL_RUNS
        ),
        contrasts="results/tables/contrasts.parquet",
        plausibility="results/tables/plausibility.parquet",
        saliency=per_run(
            "results/{corpus}/{protocol}/saliency/{method}.parquet", ALL_RUNS
        ),
        accuracy=per_run("results/{corpus}/{protocol}/accuracy.parquet", ALL_RUNS),
        stability=per_run("results/{corpus}/{protocol}/stability.parquet", ALL_RUNS),
        manifests=per_run("results/{corpus}/manifest.parquet", ALL_RUNS),
    output:
        csv="results/tables/failure_checks.csv",
        markdown="results/tables/failure_checks.md",
        html=report(
            "results/tables/failure_checks.html",
            caption="../report/failure_checks.rst",
            category="Tables",
            labels={"item": "Failure checks"},
        ),
    log:
        "logs/tabulate_failure_checks.log",
    benchmark:
        "benchmarks/tabulate_failure_checks.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_failure_checks"),
        runs=ALL_RUNS,
        sampled=COMPARISON_METHODS,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_failure_checks.py"


rule check_claims:
    """Each claim of the papers and defect of the published code, with a verdict under each protocol."""
    input:
        statements=repository("config/claims.yaml"),
        accuracy=per_corpus_protocol("results/{corpus}/{protocol}/accuracy.parquet"),
        clip_cues=per_run("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
        manifests=per_run("results/{corpus}/manifest.parquet"),
        saliency=per_run("results/{corpus}/{protocol}/saliency/{method}.parquet"),
        segments=per_run("results/{corpus}/{protocol}/segments/{method}.parquet"),
        spectrograms=per_run("results/{corpus}/{protocol}/spectrograms.parquet"),
        leaks=per_run("results/{corpus}/{protocol}/leaks.parquet"),
        stability=per_run("results/{corpus}/{protocol}/stability.parquet"),
        descriptors=per_run("results/{corpus}/descriptors.parquet"),
        detection="results/tables/detection.parquet",
        agreement=(["results/tables/agreement.parquet"] if EMOLIME_INCLUDED else []),
    output:
        csv="results/claims.csv",
        blind="results/blind_verdicts.csv",
        markdown="results/tables/claims.md",
        html=report(
            "results/tables/claims.html",
            caption="../report/claims.rst",
            # categories stand in the order of the alphabet, and the ledger comes first
            category="Argument",
            labels={"item": "Claims"},
        ),
    log:
        "logs/check_claims.log",
    benchmark:
        "benchmarks/check_claims.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("check_claims"),
        runs=MAIN_RUNS,
        study=EMOLIME_PROTOCOL,
        emotions=config["emotions"],
        protocols={
            name: {
                "fill": protocol["occlusion"]["fill"],
                "keep_offset": protocol["front_end"]["keep_offset"],
            }
            for name, protocol in PROTOCOLS.items()
        },
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/check_claims.py"
