"""Cues: acoustic cues of every region, from openSMILE descriptors.

Needs the audio, manifest, descriptors and segments. Makes `cues/{method}.parquet`, one row per clip,
region and draw, and `clip_cues/{method}.parquet`, from which the tables are computed, one per clip,
region and cue.
"""


rule extract_cues:
    """Cues of every region of every explained clip."""
    input:
        segments="results/{corpus}/{protocol}/segments/{method}.parquet",
        descriptors="results/{corpus}/descriptors.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        cues="results/{corpus}/{protocol}/cues/{method}.parquet",
    log:
        "logs/extract_cues/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/extract_cues/{corpus}_{protocol}_{method}.tsv"
    conda:
        "../../envs/acoustics.yaml"
    threads: 2
    resources:
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        **library("extract_cues"),
        root=corpus_folder,
        cues=block("cues"),
        resample=lambda wildcards: PROTOCOLS[wildcards.protocol]["front_end"][
            "resample"
        ],
    script:
        "../scripts/extract_cues.py"


rule tabulate_clip_cues:
    """One value per explained clip, region and cue, and its difference from the salient segments."""
    input:
        cues="results/{corpus}/{protocol}/cues/{method}.parquet",
        explained="results/{corpus}/{protocol}/explained.parquet",
        manifest="results/{corpus}/manifest.parquet",
    output:
        clip_cues="results/{corpus}/{protocol}/clip_cues/{method}.parquet",
    log:
        "logs/tabulate_clip_cues/{corpus}_{protocol}_{method}.log",
    benchmark:
        "benchmarks/tabulate_clip_cues/{corpus}_{protocol}_{method}.tsv"
    conda:
        "../../envs/statistics.yaml"
    params:
        **library("tabulate_clip_cues"),
    script:
        "../scripts/tabulate_clip_cues.py"
