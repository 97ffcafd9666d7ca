"""Segments: salient windows, baseline regions, and the sound of the salient windows.

Needs saliency maps, spectrograms and descriptors. Makes `segments/{method}.parquet`, in
seconds of the original files, and WAV snippets with their index.
"""


rule extract_segments:
    """Salient windows and baseline regions of every explained clip, in seconds of the file."""
    input:
        saliency="results/{corpus}/{protocol}/saliency/{method}.parquet",
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
        descriptors="results/{corpus}/descriptors.parquet",
    output:
        segments="results/{corpus}/{protocol}/segments/{method}.parquet",
    log:
        "logs/extract_segments/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/extract_segments/{corpus}_{protocol}_{method}.tsv"
    conda:
        TORCH
    params:
        **library("extract_segments"),
        segments=block("segments"),
        full=lambda wildcards: PROTOCOLS[wildcards.protocol]["cues"]["full"],
        keep_offset=lambda wildcards: PROTOCOLS[wildcards.protocol]["front_end"][
            "keep_offset"
        ],
        draws=config["random_draws"],
        seed=config["sample"]["seed"],
    script:
        "../scripts/extract_segments.py"


rule extract_snippets:
    """Cut the salient segments out of the original files."""
    input:
        segments="results/{corpus}/{protocol}/segments/{method}.parquet",
        explained="results/{corpus}/{protocol}/explained.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        folder=directory("results/{corpus}/{protocol}/snippets/{method}"),
        index="results/{corpus}/{protocol}/snippets/{method}.parquet",
    log:
        "logs/extract_snippets/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/extract_snippets/{corpus}_{protocol}_{method}.tsv"
    conda:
        TORCH
    params:
        **library("extract_snippets"),
        root=corpus_folder,
    script:
        "../scripts/extract_snippets.py"
