"""Figures of the report.

Needs the tables of earlier stages. Makes `results/figures/`.
"""


rule plot_confusion:
    """Which emotions are confused."""
    input:
        predictions="results/{corpus}/{protocol}/predictions.parquet",
        accuracy="results/{corpus}/{protocol}/accuracy.parquet",
    output:
        figure=report(
            "results/figures/{corpus}_{protocol}_confusion.svg",
            caption="../report/confusion.rst",
            category="Classifier",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "item": "confusion matrix",
            },
        ),
    log:
        "logs/plot_confusion/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/plot_confusion/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("plot_confusion"),
    script:
        "../scripts/plot_confusion.py"


rule plot_examples:
    """One clip per emotion: waveform, spectrogram, map and salient windows."""
    input:
        saliency="results/{corpus}/{protocol}/saliency/{method}.parquet",
        segments="results/{corpus}/{protocol}/segments/{method}.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        explained="results/{corpus}/{protocol}/explained.parquet",
        manifest="results/{corpus}/manifest.parquet",
        truth=branch(
            lambda wildcards: wildcards.corpus in SYNTHETIC,
            then="results/{corpus}/truth.parquet",
            otherwise=[],
        ),
    output:
        figure=report(
            "results/figures/{corpus}_{protocol}_{method}_examples.png",
            caption="../report/examples.rst",
            category="Saliency",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "method": "{method}",
                "item": "examples",
            },
        ),
    log:
        "logs/plot_examples/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/plot_examples/{corpus}_{protocol}_{method}.tsv"
    conda:
        TORCH
    params:
        **library("plot_examples"),
        root=corpus_folder,
        emotions=config["emotions"],
        front_end=block("front_end"),
        keep_offset=lambda wildcards: PROTOCOLS[wildcards.protocol]["front_end"][
            "keep_offset"
        ],
    script:
        "../scripts/plot_examples.py"


rule plot_deltas:
    """Salient minus baseline, by emotion and cue."""
    input:
        table2="results/tables/table2.parquet",
        table3="results/tables/table3.parquet",
        cues=expand(
            "results/{{corpus}}/{{protocol}}/cues/{method}.parquet", method=METHODS
        ),
    output:
        figure=report(
            "results/figures/{corpus}_{protocol}_deltas.svg",
            caption="../report/deltas.rst",
            category="Cues",
            labels={"corpus": "{corpus}", "protocol": "{protocol}", "item": "Δf"},
        ),
    log:
        "logs/plot_deltas/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/plot_deltas/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("plot_deltas"),
    script:
        "../scripts/plot_deltas.py"


rule plot_evaluation:
    """Faithfulness of the methods, their deletion and insertion curves, and plausibility of their cues."""
    input:
        methods="results/tables/methods.parquet",
        curves="results/tables/curves.parquet",
        plausibility="results/tables/plausibility.parquet",
    output:
        faithfulness=report(
            "results/figures/{corpus}_{protocol}_faithfulness.svg",
            caption="../report/faithfulness_figure.rst",
            category="Evidence",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "item": "faithfulness",
            },
        ),
        curves=report(
            "results/figures/{corpus}_{protocol}_curves.svg",
            caption="../report/curves.rst",
            category="Evidence",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "item": "deletion and insertion",
            },
        ),
        plausibility=report(
            "results/figures/{corpus}_{protocol}_plausibility.svg",
            caption="../report/plausibility_figure.rst",
            category="Evidence",
            labels={
                "corpus": "{corpus}",
                "protocol": "{protocol}",
                "item": "plausibility",
            },
        ),
    log:
        "logs/plot_evaluation/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/plot_evaluation/{corpus}_{protocol}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("plot_evaluation"),
        methods=METHOD_ORDER,
    script:
        "../scripts/plot_evaluation.py"


rule plot_bands:
    """Spectrograms of some clips, with the weights of their bands."""
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
    log:
        "logs/plot_bands/{corpus}_{protocol}_{classifier}.log",
    benchmark:
        "benchmarks/plot_bands/{corpus}_{protocol}_{classifier}.tsv"
    conda:
        TORCH
    params:
        **library("plot_bands"),
        root=corpus_folder,
        front_end=block("front_end"),
        bands=block("bands"),
        clips=example_clips,
    script:
        "../scripts/plot_bands.py"


rule plot_agreement:
    """Mean weights of the bands by classifier, corpus and emotion, and the published ones."""
    input:
        profiles="results/tables/band_profiles.parquet",
        published=repository("config/published_bands.tsv"),
    output:
        figure=report(
            "results/figures/agreement.svg",
            caption="../report/band_profiles.rst",
            category="Bands",
            labels={"item": "mean weights"},
        ),
    log:
        "logs/plot_agreement.log",
    benchmark:
        "benchmarks/plot_agreement.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("plot_agreement"),
        score=PROTOCOLS[EMOLIME_PROTOCOL]["bands"]["score"],
    script:
        "../scripts/plot_agreement.py"
