"""Tables: accuracies, Tables 2 and 3 of the paper, contrasts, the verdict on each of its claims, and
how well the methods find what was planted in the embedded corpus.

Needs the cues of all corpora, protocols and methods. Makes `results/tables/` and
`results/claims.csv`. CSV is for people and other programs: a table that a later rule reads has a
Parquet file beside it.
"""


rule tabulate_accuracy:
    """Accuracy and UAR of every corpus and protocol, beside the paper's and listeners'."""
    input:
        statements=repository("config/claims.yaml"),
        accuracy=per_place("results/{corpus}/{protocol}/accuracy.parquet"),
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
        listeners=human_accuracy(),
    script:
        "../scripts/tabulate_accuracy.py"


rule tabulate_localisation:
    """Do the methods find where the embedded corpus carries its emotion, and what is heard there?"""
    input:
        segments=per_entry(
            "results/{corpus}/{protocol}/segments/{method}.parquet", PLANTED
        ),
        clip_cues=per_entry(
            "results/{corpus}/{protocol}/clip_cues/{method}.parquet", PLANTED
        ),
        truths=per_entry("results/{corpus}/truth.parquet", PLANTED),
        saliency=per_entry(
            "results/{corpus}/{protocol}/saliency/{method}.parquet", PLANTED
        ),
        spectrograms=per_entry(
            "results/{corpus}/{protocol}/spectrograms.parquet", PLANTED
        ),
        manifests=per_entry("results/{corpus}/manifest.parquet", PLANTED),
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
        entries=PLANTED,
        windows={name: protocol["segments"] for name, protocol in PROTOCOLS.items()},
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_localisation.py"


rule tabulate_cues:
    """Table 2 (correct clips) or Table 3 (misclassified clips), in every layout."""
    input:
        clip_cues=per_entry("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
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
        number="{number}",
        entries=ENTRIES,
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
        sample=sample_text(),
    script:
        "../scripts/tabulate_cues.py"


rule tabulate_methods:
    """Methods side by side: faithful, dependent on the network, plausible?"""
    input:
        faithfulness=per_place("results/{corpus}/{protocol}/faithfulness.parquet"),
        coverings=per_place("results/{corpus}/{protocol}/coverings.parquet"),
        likeness=per_place("results/{corpus}/{protocol}/likeness.parquet"),
        plausibility=per_entry(
            "results/{corpus}/{protocol}/plausibility/{method}.parquet", BESIDE
        ),
        manifests=per_place("results/{corpus}/manifest.parquet"),
    output:
        csv="results/tables/methods.csv",
        parquet="results/tables/methods.parquet",
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
        entries=BESIDE,
        sampled=SAMPLED,
        methods=METHOD_ORDER,
        places=PLACES,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_methods.py"


rule tabulate_costs:
    """Seconds and memory of the stages of every method, from the benchmarks of their jobs."""
    input:
        saliency=per_entry(
            "results/{corpus}/{protocol}/saliency/{method}.parquet", BESIDE
        ),
        # last of what is made of the segments; benchmarks are no inputs, as they may be missing
        plausibility=per_entry(
            "results/{corpus}/{protocol}/plausibility/{method}.parquet", BESIDE
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
        entries=BESIDE,
        benchmarks=[benchmarks_of(*entry) for entry in BESIDE],
    script:
        "../scripts/tabulate_costs.py"


rule score_plausibility:
    """Compare the cues of each clip's regions with what is expected of its predicted emotion."""
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
        sampled=lambda wildcards: wildcards.method in SAMPLED,
    script:
        "../scripts/score_plausibility.py"


rule tabulate_plausibility:
    """Plausibility of correct and misclassified clips, and whether it finds the latter."""
    input:
        plausibility=per_entry(
            "results/{corpus}/{protocol}/plausibility/{method}.parquet"
        ),
        predictions=per_entry("results/{corpus}/{protocol}/predictions.parquet"),
        manifests=per_entry("results/{corpus}/manifest.parquet"),
    output:
        summary="results/tables/plausibility.csv",
        summary_parquet="results/tables/plausibility.parquet",
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
        entries=ENTRIES,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_plausibility.py"


rule tabulate_contrasts:
    """Cues of every region: emotion against emotion, misclassified against correct clips."""
    input:
        clip_cues=per_entry("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
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
        entries=ENTRIES,
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
        sample=sample_text(),
    script:
        "../scripts/tabulate_contrasts.py"


rule tabulate_mixed:
    """A second opinion on Table 2: mixed models, and where they disagree with the permutations."""
    input:
        clip_cues=per_entry("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
        manifests=per_entry("results/{corpus}/manifest.parquet"),
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
        entries=ENTRIES,
        emotions=config["emotions"],
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_mixed.py"


rule tabulate_stability:
    """What changes the explanations: other networks, fills and windows."""
    input:
        likeness=per_entry("results/{corpus}/{protocol}/likeness.parquet", BESIDE),
        manifests=per_entry("results/{corpus}/manifest.parquet", BESIDE),
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
        entries=BESIDE,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/tabulate_stability.py"


rule check_signatures:
    """Signs of a failing explanation: red, green or undecided."""
    input:
        contrasts="results/tables/contrasts.parquet",
        plausibility="results/tables/plausibility.parquet",
        saliency=per_entry(
            "results/{corpus}/{protocol}/saliency/{method}.parquet", BESIDE
        ),
        accuracy=per_entry("results/{corpus}/{protocol}/accuracy.parquet", BESIDE),
        likeness=per_entry("results/{corpus}/{protocol}/likeness.parquet", BESIDE),
        manifests=per_entry("results/{corpus}/manifest.parquet", BESIDE),
    output:
        csv="results/tables/signatures.csv",
        markdown="results/tables/signatures.md",
        html=report(
            "results/tables/signatures.html",
            caption="../report/signatures.rst",
            category="Tables",
            labels={"item": "Signatures"},
        ),
    log:
        "logs/check_signatures.log",
    benchmark:
        "benchmarks/check_signatures.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("check_signatures"),
        entries=BESIDE,
        sampled=SAMPLED,
        draws=config["bootstrap_draws"],
        seed=config["seeds"][0],
    script:
        "../scripts/check_signatures.py"


rule check_claims:
    """Each claim of the paper and defect of its code, measured under each protocol, and a verdict."""
    input:
        statements=repository("config/claims.yaml"),
        accuracy=per_place("results/{corpus}/{protocol}/accuracy.parquet"),
        clip_cues=per_entry("results/{corpus}/{protocol}/clip_cues/{method}.parquet"),
        manifests=per_entry("results/{corpus}/manifest.parquet"),
        saliency=per_entry("results/{corpus}/{protocol}/saliency/{method}.parquet"),
        segments=per_entry("results/{corpus}/{protocol}/segments/{method}.parquet"),
        spectrograms=per_entry("results/{corpus}/{protocol}/spectrograms.parquet"),
        leaks=per_entry("results/{corpus}/{protocol}/leaks.parquet"),
        likeness=per_entry("results/{corpus}/{protocol}/likeness.parquet"),
        descriptors=per_entry("results/{corpus}/descriptors.parquet"),
        plausibility="results/tables/plausibility.parquet",
        detection="results/tables/detection.parquet",
        robustness=(
            ["results/tables/robustness.parquet"]
            if config["robustness"]["included"]
            else []
        ),
    output:
        claims="results/claims.csv",
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
        entries=ENTRIES,
        study=STUDY,
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
