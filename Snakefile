"""Salient Cues: where speech emotion classifiers look, which cues are there, and whether they fit the emotion.

snakemake --cores all --configfile config/demo.yaml    the embedded corpus, a few minutes
snakemake --cores 8 --use-conda                        CREMA-D, TESS and Emo-DB
"""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


rule all:
    input:
        everything,


include: "workflow/rules/corpora.smk"
include: "workflow/rules/spectrograms.smk"
include: "workflow/rules/classifiers.smk"
include: "workflow/rules/saliency.smk"
include: "workflow/rules/segments.smk"
include: "workflow/rules/cues.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/emolime.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/targets.smk"
