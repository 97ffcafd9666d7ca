"""Helpers of all rules: configuration, protocols, corpora, and the library modules a rule depends on."""

import csv
import os
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

HERE = Path(workflow.basedir)

# threads that wait in a loop slow a shared machine tenfold; jobs inherit this from here
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

sys.path.insert(0, str(HERE / "workflow" / "scripts"))

from sercues.core import code, names, settings
from sercues.core.errors import InputError
from sercues.core.names import MIN_REFIT_SPEAKERS, REFIT_GROUPS

try:
    config = settings.check(config, HERE / "config" / "protocols")
    CORPORA = settings.corpora(config)
    EMOLIME_PROTOCOL = config["emolime"]["protocol"]
    # how the code of EmoLIME finds weights; its bands are in the study's own shape
    PUBLISHED_BANDS = {
        key: settings.protocol({}, "published", HERE / "config" / "protocols")["bands"][
            key
        ]
        for key in ("masks", "sampling", "score", "alpha")
    }
    PROTOCOLS = {
        name: settings.protocol(config, name, HERE / "config" / "protocols")
        for name in dict.fromkeys([*config["protocols"], EMOLIME_PROTOCOL])
    }
except InputError as error:
    raise WorkflowError(str(error)) from None

# environment of the rules that need torch, by its build
TORCH = {
    "pip": "../../envs/torch.yaml",
    "cpu": "../../envs/torch_cpu.yaml",
    "cuda": "../../envs/torch_cuda.yaml",
}[config["torch_build"]]

METHODS = config["methods"]
# methods of `comparison_methods` with maps of a sample
COMPARISON_METHODS = settings.comparison_methods(config)
METHOD_ORDER = [*METHODS, *config["comparison_methods"]]
# those that know nothing of the network; they have maps and no cues
BLIND = [
    name
    for name in config["comparison_methods"]
    if name in names.BLIND and name not in METHODS
]
ALL_METHODS = [*METHODS, *COMPARISON_METHODS, *BLIND]
# where one seed is configured, that of one more network, to compare its maps with
OTHER_SEED = config["seeds"][0] + 1
PRETRAINED = ["wav2vec2", "voice_encoder"]
FEATURES = ["egemaps", "compare", *PRETRAINED]
with open(HERE / "config" / "corpora.tsv", encoding="utf-8") as table:
    KNOWN = {row["name"]: row for row in csv.DictReader(table, delimiter="\t")}

for corpus in CORPORA.values():
    if corpus["path"] and not Path(corpus["path"]).exists():
        raise WorkflowError(
            f"corpus '{corpus['name']}': path {corpus['path']} does not exist; give the folder of a "
            "copy, or remove the key and have it downloaded."
        )

SYNTHETIC = [
    name for name, corpus in CORPORA.items() if corpus["layout"] == "synthetic"
]
DOWNLOADED = [
    name
    for name, corpus in CORPORA.items()
    if corpus["path"] is None and corpus["layout"] != "synthetic"
]


def one_of(words):
    """Regular expression that matches one of `words`, or nothing if there are none."""
    return "|".join(words) or "(?!)"


wildcard_constraints:
    corpus=one_of(CORPORA),
    protocol=one_of(PROTOCOLS),
    method=one_of(ALL_METHODS),
    fold=r"\d+",
    seed=one_of(map(str, config["seeds"])),


def library(script):
    """A script and the library modules it imports, as parameters.

    One parameter per file, the digest of its code: a change reruns the rule and is named as the
    reason; a touch, a comment or a docstring reruns nothing.
    """
    files = code.digests(script).items()
    return {re.sub(r"\W", "_", f"code_{file}"): f"{file} {sha}" for file, sha in files}


def method_files(methods=None):
    """Function of the wildcards that gives the digests of the methods' files, by default the job's.

    Combined methods have no file.
    """

    def digests(wildcards):
        chosen = [wildcards.method] if methods is None else methods
        files = [name for name in chosen if name not in names.COMBINED]
        return code.module_digests(f"saliency.methods.{name}" for name in files)

    return digests


def adapter_files(wildcards):
    """Digest of the file that finds a corpus's clips, by its layout."""
    return code.module_digests([f"corpora.adapters.{layout(wildcards)}"])


def repository(path):
    """A file of this repository, relative to the working directory."""
    return os.path.relpath(HERE / path)


def corpus_folder(wildcards):
    """Folder of a corpus: the user's, or where it is downloaded or generated."""
    return CORPORA[wildcards.corpus]["path"] or f"resources/{wildcards.corpus}"


def layout(wildcards):
    """Layout of a corpus."""
    return CORPORA[wildcards.corpus]["layout"]


def block(name):
    """Function of the wildcards that gives a block of the protocol."""
    return lambda wildcards: PROTOCOLS[wildcards.protocol][name]


def growing(amount):
    """Function that gives `amount` of memory or time, and as much again with every retry."""

    def request(wildcards, attempt):
        return amount * attempt

    return request


def method_block(wildcards):
    """The protocol's block of a method; empty for combined methods and those without settings."""
    return PROTOCOLS[wildcards.protocol].get(wildcards.method, {})


def method_blocks(wildcards):
    """The protocol's block of every method, by name."""
    protocol = PROTOCOLS[wildcards.protocol]
    return {
        method: protocol.get(method, {}) for method in [*METHODS, *COMPARISON_METHODS]
    }


# fills with which each method perturbs clips itself, by protocol
OWN_FILLS = {
    name: settings.own_fills(protocol, ALL_METHODS)
    for name, protocol in PROTOCOLS.items()
}


def parts_of(wildcards):
    """The maps that a combined method combines."""
    if wildcards.method not in names.COMBINED:
        return []
    pattern = "results/{corpus}/{protocol}/saliency/{part}.parquet"
    return expand(pattern, **wildcards, part=names.PARTS)


def second_seed(wildcards):
    """The network with a second seed, if only one is configured."""
    if len(config["seeds"]) > 1:
        return []
    pattern = (
        "results/{corpus}/{protocol}/controls/second_seed/fold0/seed{seed}/model.pt"
    )
    return expand(pattern, **wildcards, seed=OTHER_SEED)


def benchmarks_of(corpus, protocol, method):
    """Snakemake's benchmarks of a method's jobs, by rule: first the explanations, then the rest."""
    job = f"{corpus}_{protocol}_{method}"
    shards = [f"{job}_{i + 1}-of-{config['shards']}" for i in range(config["shards"])]
    first = (
        {"explain_sample": [job]}
        if method in COMPARISON_METHODS
        else {"compute_saliency": shards}
    )
    rest = ["extract_segments", "extract_cues", "score_plausibility"]
    jobs = first | {stage: [job] for stage in rest}
    return {
        stage: [f"benchmarks/{stage}/{name}.tsv" for name in stems]
        for stage, stems in jobs.items()
    }


def n_folds(corpus, protocol):
    """Folds of a corpus: the protocol's, or one per speaker where the corpus has fewer speakers."""
    split = PROTOCOLS[protocol]["split"]
    speakers = (
        CORPORA[corpus].get("speakers") or KNOWN[CORPORA[corpus]["layout"]]["speakers"]
    )
    if split["kind"] == "random" or not speakers:
        return split["folds"]
    return min(split["folds"], int(speakers))


def trainings(pattern):
    """Function of the wildcards that gives `pattern` for every fold and seed."""

    def paths(wildcards):
        folds = range(n_folds(wildcards.corpus, wildcards.protocol))
        return expand(pattern, **wildcards, fold=folds, seed=config["seeds"])

    return paths


SALIENCY_CORPORA = [
    name for name, corpus in CORPORA.items() if "saliency" in corpus["analyses"]
]
EMOLIME_CORPORA = [
    name for name, corpus in CORPORA.items() if "emolime" in corpus["analyses"]
]
CORPUS_PROTOCOLS = [
    (corpus, protocol)
    for corpus in SALIENCY_CORPORA
    for protocol in config["protocols"]
]
MAIN_RUNS = [
    (corpus, protocol, method)
    for corpus, protocol in CORPUS_PROTOCOLS
    for method in METHODS
]


# those of `methods` first, place by place
ALL_RUNS = [
    (corpus, protocol, method)
    for corpus, protocol in CORPUS_PROTOCOLS
    for method in (*METHODS, *COMPARISON_METHODS)
]


PLANTED = [run for run in MAIN_RUNS if run[0] in SYNTHETIC]


def per_run(pattern, runs=MAIN_RUNS):
    """`pattern` for every corpus, protocol and method of `runs`, in their order."""
    return [pattern.format(corpus=c, protocol=p, method=m) for c, p, m in runs]


def per_corpus_protocol(*patterns):
    """Every pattern for every corpus and protocol."""
    return [
        p.format(corpus=corpus, protocol=protocol)
        for corpus, protocol in CORPUS_PROTOCOLS
        for p in patterns
    ]


def all_models(wildcards):
    """The model of every corpus, protocol, fold and seed."""
    pattern = "results/{corpus}/{protocol}/fold{fold}/seed{seed}/model.pt"
    return [
        pattern.format(corpus=corpus, protocol=protocol, fold=fold, seed=seed)
        for corpus, protocol in CORPUS_PROTOCOLS
        for fold in range(n_folds(corpus, protocol))
        for seed in config["seeds"]
    ]


# a run that names no target makes them
EMOLIME_INCLUDED = bool(config["emolime"]["included"] and EMOLIME_CORPORA)


def emolime_results(wildcards):
    """Results of the EmoLIME study; none where no corpus takes part."""
    if not EMOLIME_CORPORA:
        return []
    return [
        "results/tables/agreement.html",
        "results/figures/agreement.svg",
        *per_emolime_run("results/figures/{corpus}_{protocol}_{classifier}_bands.png"),
        *per_emolime_run(
            "results/{corpus}/{protocol}/band_sounds/{classifier}.parquet"
        ),
    ]


def tables_and_claims(wildcards):
    """Every table and the claims, with the localisation if a corpus is synthetic."""
    return [
        "results/tables/accuracy.html",
        "results/tables/table2.html",
        "results/tables/table3.html",
        "results/tables/contrasts.html",
        "results/tables/methods.html",
        "results/tables/costs.html",
        "results/tables/plausibility.html",
        "results/tables/failure_checks.html",
        "results/tables/stability.html",
        "results/tables/mixed.html",
        "results/claims.csv",
        *(["results/tables/localisation.html"] if PLANTED else []),
    ]


def all_figures(wildcards):
    """Every figure."""
    return per_corpus_protocol(
        "results/figures/{corpus}_{protocol}_confusion.svg",
        "results/figures/{corpus}_{protocol}_deltas.svg",
        "results/figures/{corpus}_{protocol}_faithfulness.svg",
        "results/figures/{corpus}_{protocol}_curves.svg",
        "results/figures/{corpus}_{protocol}_plausibility.svg",
    ) + per_run("results/figures/{corpus}_{protocol}_{method}_examples.png")


def everything(wildcards):
    """What `snakemake` makes without a named target."""
    return [
        *tables_and_claims(wildcards),
        *all_figures(wildcards),
        *(emolime_results(wildcards) if EMOLIME_INCLUDED else []),
        *per_run("results/{corpus}/{protocol}/snippets/{method}.parquet"),
        "results/config.yaml",
    ]


def has_refits(corpus):
    """Whether a corpus may have the speakers that refits need; unknown until its manifest is read."""
    speakers = (
        CORPORA[corpus].get("speakers") or KNOWN[CORPORA[corpus]["layout"]]["speakers"]
    )
    return not speakers or int(speakers) >= MIN_REFIT_SPEAKERS


def refits_of(wildcards):
    """A classifier's models on disjoint groups of speakers: none, one per group, or all in one file."""
    if (
        not has_refits(wildcards.corpus)
        or wildcards.classifier not in config["emolime"]["refits"]
    ):
        return []
    if wildcards.classifier != "resnet":
        return ["results/{corpus}/{protocol}/refits/linear_svm/{classifier}.npz"]
    return expand(
        "results/{corpus}/{protocol}/refits/fold{group}/seed{seed}/model.pt",
        corpus=wildcards.corpus,
        protocol=wildcards.protocol,
        group=range(REFIT_GROUPS),
        seed=config["seeds"][0],
    )


def refit_splits_of(wildcards):
    """The speakers of `refits_of`."""
    pattern = "results/{corpus}/{protocol}/refits/splits.parquet"
    return [pattern] if refits_of(wildcards) else []


def weights_of(wildcards):
    """File of a classifier's pretrained weights, if it has any."""
    name = wildcards.get("features") or wildcards.get("classifier")
    return [f"resources/weights/{name}.pt"] if name in PRETRAINED else []


def models_of(wildcards):
    """A classifier's models: for the trained network, one per fold, with the first seed."""
    if wildcards.classifier != "resnet":
        return ["results/{corpus}/{protocol}/linear_svm/{classifier}.npz"]
    pattern = f"results/{{corpus}}/{{protocol}}/fold{{fold}}/seed{config['seeds'][0]}/model.pt"
    folds = range(n_folds(wildcards.corpus, wildcards.protocol))
    return expand(pattern, **wildcards, fold=folds)


# corpus and classifier of the study, in the order of its tables
EMOLIME_RUNS = [
    (corpus, classifier)
    for corpus in EMOLIME_CORPORA
    for classifier in config["emolime"]["classifiers"]
]


def emolime_clips(wildcards):
    """Clips per emotion that the EmoLIME study samples from a corpus."""
    study = config["emolime"]
    return study["clips_by_corpus"].get(wildcards.corpus, study["clips"])


def named_clips(wildcards):
    """Clips of a corpus that the configuration names, explained whether sampled or not."""
    return config["emolime"]["examples_by_corpus"].get(wildcards.corpus, [])


def example_clips(wildcards):
    """Clips of a corpus to show with their bands: their names, or how many."""
    return named_clips(wildcards) or config["emolime"]["examples"]


def per_emolime_run(pattern):
    """`pattern` for every corpus and classifier of the EmoLIME study."""
    return [
        pattern.format(corpus=corpus, protocol=EMOLIME_PROTOCOL, classifier=classifier)
        for corpus, classifier in EMOLIME_RUNS
    ]


def listener_accuracy():
    """Accuracy of human listeners by corpus, where known."""
    known = {
        name: KNOWN[corpus["layout"]]["listeners"] for name, corpus in CORPORA.items()
    }
    return {name: float(value) for name, value in known.items() if value}


def sample_text():
    """Which clips the tables are computed from, in words."""
    sample = config["sample"]
    if sample["correct"] == sample["misclassified"] == "all":
        return "every held-out clip"
    counts = f"{sample['correct']} correct and {sample['misclassified']} misclassified"
    return f"a seeded sample, at most {counts} per emotion, fold and seed"
