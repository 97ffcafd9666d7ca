"""Methods that are only compared, on their way through the rules."""

import pandas as pd
import pytest

import choose_tested_clips
import compare_explanations
import compute_perturbations
import explain_sample
import extract_cues
import extract_segments
import score_plausibility
import tabulate_methods
import test_faithfulness
from made_segments import CORRECTED
from runs import PLACE
from sampled_clips import CLIPS, PARTS, model
from sercues.core import tables
from sercues.saliency.combined import KINDS

pytestmark = pytest.mark.usefixtures("one_thread")
WINDOWS = CORRECTED | {"k": 3}


@pytest.fixture
def run(place, job_of):
    """Function that runs a script with the inputs that many have, and those given."""
    common = {
        "explained": place / "explained.parquet",
        "manifest": place / "manifest.parquet",
        "tested": place / "tested.parquet",
        "perturbations": place / "perturbations.parquet",
        "spectrograms": place / "spectrograms.parquet",
        "descriptors": place / "descriptors.parquet",
        "models": [place / f"fold{fold}/seed1/model.pt" for fold in (0, 1)],
    }

    def ran(script, output, params, wildcards=None, **inputs):
        paths = {"input": common | inputs, "output": output}
        script.main(job_of(script.__name__, **paths, params=params, wildcards=wildcards))

    return ran


def through_the_rules(run, folder, method, params):
    """Maps, segments, cues and plausibility of one method, each by its script."""
    maps = folder / f"{method}.parquet"
    names = ("segments", "cues", "plausibility")
    made = {name: folder / f"{method}_{name}.parquet" for name in names}
    parts = [folder / f"{part}.parquet" for part in PARTS]
    combined = {"parts": parts} if method in KINDS else {}
    own = {"method_params": params}
    run(explain_sample, {"saliency": maps}, own, {"method": method}, **combined)
    grid = {"segments": WINDOWS, "draws": 4, "seed": 1, "keep_offset": True, "full": "speech"}
    run(extract_segments, {"segments": made["segments"]}, grid, saliency=maps)
    reduce = {"cues": {"extraction": "sliced", "unvoiced": "masked"}}
    run(extract_cues, {"cues": made["cues"]}, reduce, segments=made["segments"])
    expected = {"expectations": folder / "expectations.tsv", "cues": made["cues"]}
    score = {"plausibility": made["plausibility"]}
    run(score_plausibility, score, {"sampled": True}, **expected)
    return made


def compared_again(run, folder, blocks):
    """Table `stability` of all methods, by its script."""
    given = {"methods": blocks, "windows": WINDOWS, "clips": 1, "draw_seed": 1, "seed": 1}
    inputs = {
        "saliency": [folder / f"{method}.parquet" for method in blocks],
        "randomised_labels": [model(folder / "controls/randomised_labels/fold0/seed1/model.pt", 8)],
        "second_seed": [model(folder / "second_seed/fold0/seed2/model.pt", 9)],
    }
    found = folder / "stability.parquet"
    run(compare_explanations, {"stability": found}, given, **inputs)
    return found


def test_what_is_only_compared_has_sanity_checks_plausibility_and_another_seed(place, run):
    rows = [("loudness", "angry", "up"), ("loudness", "sad", "down"), ("hnr", "sad", "down")]
    expected = pd.DataFrame(rows, columns=["cue", "emotion", "direction"])
    expected = expected.assign(status="confirmatory", source="test")
    expected.to_csv(place / "expectations.tsv", sep="\t", index=False)
    counts = {"correct": 1, "misclassified": 1, "seed": 1}
    run(choose_tested_clips, {"tested": place / "tested.parquet"}, counts)
    perturbations = {"perturbations": place / "perturbations.parquet"}
    run(compute_perturbations, perturbations, {"windows": WINDOWS, "seed": 1})
    blocks = {"integrated_gradients": {"steps": 3, "fill": "floor"}, "union": {}}
    made = {
        method: through_the_rules(run, place, method, params) for method, params in blocks.items()
    }

    again = compared_again(run, place, PARTS | blocks)
    alike = tables.read(again)
    assert set(alike["method"]) == {*PARTS, *blocks}
    # of the methods that replace cells by a fill
    assert set(alike.loc[alike["kind"] == "fill", "method"]) == {
        "occlusion",
        "integrated_gradients",
    }
    for _, own in alike.groupby("method"):
        # clips of the fold that has such a network
        assert set(own.loc[own["change"] == "another seed", "fold"]) == {0}
        assert set(own.loc[own["change"] == "another fold", "fold"]) == {0, 1}

    tested = tables.read(place / "perturbations.parquet")
    chosen = tables.read(place / "tested.parquet").query("tested")
    assert set(tested["clip_id"]) == set(chosen["clip_id"])
    for method in blocks:
        maps = tables.read(place / f"{method}.parquet")
        neutral = {clip for clip in CLIPS if "neutral" in clip}
        assert set(maps["clip_id"]) == set(tested["clip_id"]) | neutral

    found = {"faithfulness": place / "faithfulness.parquet"}
    energy = place / "energy.parquet"
    run(explain_sample, {"saliency": energy}, {"method_params": {}}, {"method": "energy"})
    maps = [energy, *(place / f"{method}.parquet" for method in (*PARTS, *blocks))]
    run(test_faithfulness, found, {"windows": WINDOWS, "seed": 1}, saliency=maps)
    names = {"csv": "m.csv", "curves": "c.csv", "markdown": "m.md", "html": "m.html"}
    names |= {"parquet": "m.parquet", "curves_parquet": "c.parquet", "verdicts": "v.csv"}
    plausibility = [made[method]["plausibility"] for method in blocks]
    here = tuple(PLACE.values())
    run(
        tabulate_methods,
        {name: place / path for name, path in names.items()},
        {"runs": [(*here, method) for method in blocks], "sampled": ["union"]}
        | {"corpus_protocols": [here], "draws": 100, "seed": 1, "methods": list(blocks)}
        | {"own_fills": {here[1]: {"integrated_gradients": ["floor"]}}},
        faithfulness=[found["faithfulness"]],
        perturbations=[place / "perturbations.parquet"],
        manifests=[place / "manifest.parquet"],
        stability=[again],
        plausibility=plausibility,
    )
    table = tables.read(place / "m.parquet")
    own = table[table["own_fill"]]
    assert set(own["method"]) == {"integrated_gradients"} and set(own["fill"]) == {"floor"}
    table = table.groupby(["method", "measure"])["value"].mean().unstack()
    columns = [
        "percentile",
        "deletion",
        "insertion",
        "parameter_randomisation",
        "label_randomisation",
        "plausibility",
    ]
    assert table.loc[list(blocks), columns].notna().all(axis=None)
    assert table.loc["energy", ["parameter_randomisation", "label_randomisation"]].isna().all()
