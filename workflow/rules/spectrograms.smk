"""Spectrograms: the front end of a protocol, applied to every usable clip.

Needs the manifest and the audio. Makes `results/{corpus}/{protocol}/spectrograms.parquet`.
"""


rule compute_spectrograms:
    """Find speech, resample, and compute the log-Mel spectrogram with its place in the file."""
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
