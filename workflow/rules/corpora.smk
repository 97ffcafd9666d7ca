"""Corpora: from audio files to a manifest.

Needs a folder of recordings (`path:` in the config), a download, or the embedded corpus.
Makes `results/{corpus}/manifest.parquet`, one row per audio file.
"""


localrules:
    download_corpus,


rule download_corpus:
    """Download a corpus with kagglehub, completely or not at all."""
    output:
        folder=directory(f"resources/{{corpus,{one_of(DOWNLOADED)}}}"),
    log:
        "logs/download_corpus/{corpus}.log",
    benchmark:
        "benchmarks/download_corpus/{corpus}.tsv"
    conda:
        "../../envs/acquire.yaml"
    params:
        handle=lambda wildcards: KNOWN[layout(wildcards)]["kaggle"],
        clips=lambda wildcards: int(KNOWN[layout(wildcards)]["clips"]),
    script:
        "../scripts/download_corpus.py"


rule build_synthetic_corpus:
    """Generate the embedded corpus and the table of its planted cues."""
    output:
        audio=directory(f"resources/{{corpus,{one_of(SYNTHETIC)}}}"),
        truth="results/{corpus}/truth.parquet",
    log:
        "logs/build_synthetic_corpus/{corpus}.log",
    benchmark:
        "benchmarks/build_synthetic_corpus/{corpus}.tsv"
    conda:
        "../../envs/acoustics.yaml"
    threads: 2
    params:
        **library("build_synthetic_corpus"),
        speakers=lambda wildcards: CORPORA[wildcards.corpus]["speakers"],
        clips_per_emotion=lambda wildcards: CORPORA[wildcards.corpus][
            "clips_per_emotion"
        ],
        strength=lambda wildcards: CORPORA[wildcards.corpus]["strength"],
        planted=lambda wildcards: CORPORA[wildcards.corpus]["planted"],
        seed=lambda wildcards: CORPORA[wildcards.corpus]["seed"],
    script:
        "../scripts/build_synthetic_corpus.py"


rule build_manifest:
    """List every audio file of a corpus, with its labels and any fault."""
    input:
        folder=corpus_folder,
    output:
        manifest="results/{corpus}/manifest.parquet",
        excluded=report(
            "results/{corpus}/excluded.csv",
            caption="../report/excluded.rst",
            category="Data",
            labels={"corpus": "{corpus}", "item": "excluded clips"},
        ),
    log:
        "logs/build_manifest/{corpus}.log",
    benchmark:
        "benchmarks/build_manifest/{corpus}.tsv"
    # first, lest a core wait while a training holds the other
    priority: 1
    conda:
        "../../envs/acquire.yaml"
    threads: 4
    params:
        **library("build_manifest"),
        corpus=layout,
        root=corpus_folder,
        limit=config["excluded_limit"],
        adapter_code=adapter_files,
    script:
        "../scripts/build_manifest.py"
