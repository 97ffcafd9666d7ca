"""Named targets; `all`, the default, is in the Snakefile."""


localrules:
    manifests,
    models,
    saliency,
    segments,
    cues,
    tables,
    figures,
    emolime,
    export_config,


rule manifests:
    """The manifest of every corpus."""
    input:
        expand("results/{corpus}/manifest.parquet", corpus=CORPORA),


rule models:
    """A network per corpus, protocol, fold and seed, and their accuracy."""
    input:
        all_models,
        per_corpus_protocol("results/{corpus}/{protocol}/accuracy.csv"),


rule saliency:
    """The maps of every method in `methods`."""
    input:
        per_run("results/{corpus}/{protocol}/saliency/{method}.parquet"),


rule segments:
    """Segments and their snippets."""
    input:
        per_run("results/{corpus}/{protocol}/segments/{method}.parquet"),
        per_run("results/{corpus}/{protocol}/snippets/{method}.parquet"),


rule cues:
    """Cues of every region."""
    input:
        per_run("results/{corpus}/{protocol}/cues/{method}.parquet"),


rule tables:
    """Every table, and the claims."""
    input:
        tables_and_claims,


rule figures:
    """Every figure."""
    input:
        all_figures,


rule emolime:
    """EmoLIME: which frequency bands matter, and whether classifiers or corpora agree more."""
    input:
        emolime_results,


rule export_config:
    """Write the configuration and the complete protocols behind the results."""
    output:
        config=report(
            "results/config.yaml",
            caption="../report/config.rst",
            category="Configuration",
            labels={"item": "configuration"},
        ),
    log:
        "logs/export_config.log",
    conda:
        "../../envs/acquire.yaml"
    params:
        **library("export_config"),
        config=config,
        protocols=PROTOCOLS,
    script:
        "../scripts/export_config.py"
