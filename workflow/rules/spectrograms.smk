"""Spectrograms: the network's log-Mel spectrogram and openSMILE's descriptors of each clip.

Needs the manifest and audio. Makes `spectrograms.parquet` and `descriptors.parquet`.
"""


rule compute_spectrograms:
    """Find speech, resample, and compute the log-Mel spectrogram with its position in the file."""
    input:
        manifest="results/{corpus}/manifest.parquet",
    output:
        spectrograms="results/{corpus}/{protocol}/spectrograms.parquet",
    log:
        "logs/compute_spectrograms/{corpus}_{protocol}.log",
    benchmark:
        "benchmarks/compute_spectrograms/{corpus}_{protocol}.tsv"
    # first, lest a core wait while a training holds the other
    priority: 1
    conda:
        TORCH
    threads: 4
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        **library("compute_spectrograms"),
        root=corpus_folder,
        front_end=block("front_end"),
    script:
        "../scripts/compute_spectrograms.py"


rule extract_descriptors:
    """Low-level descriptors (eGeMAPSv02) of every usable clip, one row every 10 ms."""
    input:
        manifest="results/{corpus}/manifest.parquet",
    output:
        descriptors="results/{corpus}/descriptors.parquet",
    log:
        "logs/extract_descriptors/{corpus}.log",
    benchmark:
        "benchmarks/extract_descriptors/{corpus}.tsv"
    # first, lest a core wait while a training holds the other
    priority: 1
    conda:
        "../../envs/acoustics.yaml"
    threads: 4
    resources:
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        **library("extract_descriptors"),
        root=corpus_folder,
    script:
        "../scripts/extract_descriptors.py"
