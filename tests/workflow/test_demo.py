"""The demo, run twice: what the README promises of it."""

import re

import pandas as pd
import pytest

from sercues.analysis import failure_checks
from sercues.core import tables

DEMO = ("--configfile", "config/demo.yaml")
TABLES = ("results/claims.csv", "results/tables", "results/synthetic", "results/config.yaml")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def demos(tmp_path_factory, new_checkout):
    """Two finished demos, one on one core and one on two, each in a folder of its own."""
    found = []
    for cores in (2, 1):
        folder = tmp_path_factory.mktemp(f"cores{cores}")
        checkout = new_checkout(folder)
        report = ("--report", "results/report.html", "--report-after-run") if cores == 2 else ()
        result = checkout.run(*DEMO, *report, cores=cores)
        assert result.returncode == 0, result.stdout[-8000:]
        found.append(checkout)
    return found


def files(checkout):
    """Every file of the tables but seconds, relative to the checkout."""
    for place in TABLES:
        path = checkout.folder / place
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        kept = (file for file in inside if file.is_file() and file.stem != "costs")
        yield from (file.relative_to(checkout.folder) for file in kept)


def test_one_core_and_two_give_the_same_bytes(demos):
    two, one = demos
    names = list(files(two))
    assert names == list(files(one)) and len(names) > 50
    different = [
        str(name)
        for name in names
        if (two.folder / name).read_bytes() != (one.folder / name).read_bytes()
    ]
    assert not different


def test_a_second_run_has_nothing_to_do(demos):
    result = demos[0].run(*DEMO)
    assert result.returncode == 0 and "Nothing to be done" in result.stdout


def test_the_tables_name_real_numbers(demos):
    two = tables.read(demos[0].folder / "results/tables/table2.parquet")
    three = tables.read(demos[0].folder / "results/tables/table3.parquet")
    assert set(two["cue"]) >= {"loudness", "pitch_level", "jitter", "shimmer", "hnr"}
    assert (two.groupby(["protocol", "method"])["n_clips"].sum() > 0).all()
    wrong = three[(three["protocol"] == "corrected") & (three["grouped_by"] == "true_emotion")]
    assert (wrong.groupby("emotion")["n_clips"].max() > 0).mean() > 0.5
    claims = pd.read_csv(demos[0].folder / "results/claims.csv")
    defect = claims["claim"].str.startswith("defect_")
    assert (claims["verdict"][defect] == "repaired").all() and defect.sum() > 10
    assert set(claims["verdict"][~defect]) <= {"holds", "does not", "undecided"}


def test_held_out_speakers_are_recognised_but_not_always(demos):
    accuracy = tables.read(demos[0].folder / "results/synthetic/corrected/accuracy.parquet")
    pooled = accuracy.query("fold == 'all' and seed == 'all' and measure == 'uar'")
    assert 0.6 < pooled["value"].item() < 0.95


@pytest.mark.parametrize("method", ["occlusion", "crp"])
def test_salient_segments_fall_on_what_was_planted(demos, method):
    found = pd.read_csv(demos[0].folder / "results/tables/localisation.csv")
    found = found[found["method"] == method].set_index("region")
    print(found[["value", "delta_random", "delta_random_low"]])
    assert found.loc["salient", "delta_random_low"] > 0


def test_most_planted_cues_are_recovered_by_every_method(demos):
    found = pd.read_csv(demos[0].folder / "results/tables/recovery.csv")
    planted = found[found["planted"].notna()]
    counts = planted.groupby("method")["outcome"].value_counts().unstack(fill_value=0)
    shares = counts["recovered"] / counts.sum(axis=1)
    print(counts, shares.round(3), sep="\n")
    assert set(shares.index) == {"occlusion", "crp"} and (shares >= 0.8).all()


BESIDE = ("union", "intersection", "gradcam", "integrated_gradients", "lime")


def test_methods_that_are_only_compared_have_every_measure(demos):
    found = tables.read(demos[0].folder / "results/tables/methods.parquet")
    values = found.groupby(["method", "measure"])["value"].mean().unstack()
    clips = found.groupby(["method", "measure"])["n_clips"].max().unstack()
    for method in ("occlusion", "crp", *BESIDE):
        assert values.loc[method].notna().all(), method
        # the same clips for all; a map without positive relevance has no segments and no cues
        assert clips.loc[method, "percentile"] == clips.loc["occlusion", "percentile"], method
    blind = ["energy", "random", "greedy"]
    assert (
        values.loc[blind, ["parameter_randomisation", "label_randomisation"]].isna().all(axis=None)
    )
    assert values.loc[blind[:2], "plausibility"].notna().all()
    judged = pd.read_csv(demos[0].folder / "results/tables/failure_checks.csv")
    # of a sample, only what the maps show
    signs = judged.groupby("method")["check"].agg(set)
    assert all(signs[method] == set(failure_checks.CHECKS) for method in ("occlusion", "crp"))
    of_maps = set(failure_checks.CHECKS) - set(failure_checks.OF_CUES)
    assert all(signs[method] == of_maps for method in BESIDE) and len(signs) == 7


def test_every_method_meets_a_network_of_another_seed(demos):
    found = pd.read_csv(demos[0].folder / "results/tables/stability.csv")
    found = found[found["measure"] == "windows"].pivot(
        index="method", columns="change", values="n_clips"
    )
    assert set(found.index) == {"occlusion", "crp", *BESIDE}
    assert (found["another seed"] > 0).all()
    # clips of the first of two folds only
    assert (found["another seed"] < found["another fold"]).all()


def test_every_stage_of_a_method_has_its_seconds(demos):
    for checkout in demos:
        found = pd.read_csv(checkout.folder / "results/tables/costs.csv")
        assert set(found["method"]) == {"occlusion", "crp", *BESIDE}
        assert (found.groupby("method").size() == 4).all() and (found["seconds"] > 0).all()
        shards = found[found["rule"] == "compute_saliency"]
        assert set(shards["method"]) == {"occlusion", "crp"} and (shards["jobs"] == 2).all()


def test_maps_pass_their_checks(demos):
    folder = demos[0].folder / "results/synthetic/corrected/saliency"
    crp = tables.read(folder / "crp.parquet")
    assert crp["agrees"].all() and (crp["canonization_shift"] <= 1e-4).all()
    assert ((crp["conservation"] - 1).abs() < 1e-2).all() and (crp["concepts_alive"] > 0).all()
    assert tables.read(folder / "occlusion.parquet")["agrees"].all()


def test_the_report_is_whole_and_names_no_folder(demos):
    report = (demos[0].folder / "results/report.html").read_text(encoding="utf-8")
    assert "Table 2" in report and "confusion matrix" in report
    assert not re.search(r"<script[^>]+src=.http", report)
    # EmoLIME: the clips of each classifier with their bands, and the mean weights
    for classifier in ("resnet", "egemaps"):
        figure = f"results/figures/synthetic_corrected_{classifier}_bands.png"
        assert (demos[0].folder / figure).is_file() and figure in report, figure
    assert "results/figures/agreement.svg" in report


def test_the_published_protocol_comes_beside_and_reruns_nothing_of_the_corrected(demos):
    result = demos[0].run(*DEMO, "--config", "protocols=[corrected,published]")
    assert result.returncode == 0, result.stdout[-8000:]
    made = set(re.findall(r"logs/train_classifier/synthetic_(\w+?)_fold", result.stdout))
    assert made == {"published"}
    two = tables.read(demos[0].folder / "results/tables/table2.parquet")
    assert set(zip(two["protocol"], two["method"], strict=True)) == {
        (protocol, method)
        for protocol in ("corrected", "published")
        for method in ("crp", "occlusion")
    }
