"""Methods that are only compared: their sample, combined maps, and the way through the rules."""

import runpy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

import compare_explanations
import compute_coverings
import explain_sample
import extract_cues
import extract_segments
import score_plausibility
import tabulate_methods
from paths import SCRIPTS
from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.cues import descriptors
from sercues.saliency import explain, sampling
from sercues.saliency.combined import KINDS, explain_each, tabulate

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = (16, 120)
STEP_S = 0.015
LABELS = ["angry", "neutral", "sad"]
FRONT_END = {"top_db": 80, "scale": [-40.0, 20.0]}
WINDOWS = {"window_frames": 10, "k": 3, "positive_only": True, "inside_speech": True}
PARTS = {
    "occlusion": {"patch": [8, 20], "stride": [8, 20], "fill": "floor", "engine": "incremental"},
    "crp": {"layer": "block2", "concepts": 5, "channel": None, "condition": "class"},
}
CLIPS = [f"{who}_{what}{take}" for who in "ab" for what in LABELS for take in (1, 2)]
CPU = torch.device("cpu")


def explained():
    """Two speakers, a fold each; the second clip of an emotion but neutral is misclassified."""
    table = pd.DataFrame({"clip_id": CLIPS})
    true = table["clip_id"].str.extract(r"_([a-z]+)")[0]
    wrong = table["clip_id"].str.endswith("2") & (true != "neutral")
    predicted = true.mask(wrong, true.map({"angry": "sad", "sad": "angry"}))
    return table.assign(
        fold=(table["clip_id"].str[0] == "b").astype(int),
        seed=1,
        true=true,
        predicted=predicted,
        correct=~wrong,
        target_kind="predicted",
        target=predicted,
    )


def speakers():
    return pd.DataFrame({"clip_id": CLIPS, "speaker": [clip[0] for clip in CLIPS]})


def model(path, seed):
    torch.manual_seed(seed)
    resnet.save(resnet.Classifier(resnet.ResNet(len(LABELS)).eval(), LABELS, FRONT_END), path)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Folder with the tables and networks of a small corpus."""
    folder = tmp_path_factory.mktemp("place")
    tables.write(explained(), folder / "explained.parquet", "explained")
    speakers().to_parquet(folder / "manifest.parquet")
    rng = np.random.default_rng(4)
    clips = pd.DataFrame({"clip_id": CLIPS}).assign(
        log_mel=[rng.uniform(-80, 0, SIZE).astype(np.float32).ravel() for _ in CLIPS],
        n_mels=SIZE[0],
        n_total=SIZE[1],
        n_frames=SIZE[1],
        speech_start_frame=10,
        speech_end_frame=110,
        start_s=0.0,
        speech_start_s=0.15,
        speech_end_s=1.65,
        frame_step_s=STEP_S,
    )
    tables.write(clips, folder / "spectrograms.parquet", "spectrograms")
    heard = pd.DataFrame(
        [(clip, frame) for clip in CLIPS for frame in range(180)], columns=["clip_id", "frame"]
    ).assign(time_s=lambda table: 0.01 * table["frame"] + 0.005, voiced=True)
    heard[descriptors.names()] = rng.uniform(1, 2, (len(heard), len(descriptors.names()))).astype(
        np.float32
    )
    tables.write(heard, folder / "descriptors.parquet", "descriptors")
    networks = [model(folder / f"fold{fold}/seed1/model.pt", fold) for fold in (0, 1)]
    for method, params in PARTS.items():
        given = (explained(), folder / "spectrograms.parquet", networks, method, params, CPU)
        tables.write(explain.explain_table(*given), folder / f"{method}.parquet", "saliency")
    return folder


def make_job(folder, output, params, **inputs):
    """A job as Snakemake hands it over, with the inputs that many have, `output` by name."""
    inputs = {
        "explained": folder / "explained.parquet",
        "manifest": folder / "manifest.parquet",
        "coverings": folder / "coverings.parquet",
        "spectrograms": folder / "spectrograms.parquet",
        "descriptors": folder / "descriptors.parquet",
        "models": [folder / f"fold{fold}/seed1/model.pt" for fold in (0, 1)],
    } | inputs
    given = SimpleNamespace(**inputs)
    given.get = inputs.get
    return SimpleNamespace(
        input=given, output=SimpleNamespace(**output), params=SimpleNamespace(**params), threads=1
    )


def through_the_rules(folder, method, params):
    """Maps, segments, cues and plausibility of one method, each by its script."""
    maps = folder / f"{method}.parquet"
    names = ("segments", "cues", "plausibility")
    made = {name: folder / f"{method}_{name}.parquet" for name in names}
    own = {"method": method, "method_params": params}
    parts = [folder / f"{part}.parquet" for part in PARTS]
    combined = {"parts": parts} if method in KINDS else {}
    explain_sample.main(make_job(folder, {"saliency": maps}, own, **combined))
    grid = {"segments": WINDOWS, "draws": 4, "seed": 1, "keep_offset": True, "full": "speech"}
    extract_segments.main(make_job(folder, {"segments": made["segments"]}, grid, saliency=maps))
    reduce = {"cues": {"extraction": "sliced", "unvoiced": "masked"}}
    extract_cues.main(make_job(folder, {"cues": made["cues"]}, reduce, segments=made["segments"]))
    expected = {"expectations": folder / "expectations.tsv", "cues": made["cues"]}
    score = {"plausibility": made["plausibility"]}
    score_plausibility.main(make_job(folder, score, {"sampled": True}, **expected))
    return made


def compared_again(folder, blocks):
    """Table `likeness` of all methods, by its script."""
    given = {"methods": blocks, "windows": WINDOWS, "clips": 1, "draw_seed": 1, "seed": 1}
    inputs = {
        "saliency": [folder / f"{method}.parquet" for method in blocks],
        "shuffled": [model(folder / "shuffled/fold0/seed1/model.pt", 8)],
        "reseeded": [model(folder / "reseeded/fold0/seed2/model.pt", 9)],
    }
    found = folder / "likeness.parquet"
    compare_explanations.main(make_job(folder, {"likeness": found}, given, **inputs))
    return found


def test_the_sample_is_what_is_tested_and_the_neutral_clips_of_its_speakers():
    table = explained()
    tested = table[table["clip_id"].isin(["a_angry1", "a_neutral2"])]
    found = sampling.with_neutral(table.sample(frac=1, random_state=1), tested, speakers())
    assert set(found["clip_id"]) == {"a_angry1", "a_neutral1", "a_neutral2"}
    assert list(found.columns) == list(table.columns)
    assert sampling.with_neutral(table, tested.iloc[:0], speakers()).empty
    # rows of other networks or classes are not tested because their clip is
    other = table.assign(fold=7)
    found = sampling.with_neutral(pd.concat([table, other]), tested, speakers())
    assert set(found.loc[found["fold"] == 7, "true"]) == {"neutral"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_combined_map_of_a_network_is_that_of_the_stored_maps_of_its_parts(place, kind):
    maps = {part: tables.read(place / f"{part}.parquet") for part in PARTS}
    wanted = explained().iloc[[1, 8]]
    table = tabulate(maps, kind, wanted, place / "spectrograms.parquet")
    tables.checked(table, "saliency")
    assert set(table["clip_id"]) == {CLIPS[1], CLIPS[8]}
    clips = explain.read_clips(place / "spectrograms.parquet", table["clip_id"])
    for row in table.itertuples():
        classifier = resnet.load(place / f"fold{row.fold}/seed1/model.pt")
        inputs = explain.network_input(clips.loc[row.clip_id, "log_mel"], classifier, CPU)
        given = (inputs, torch.tensor([LABELS.index(row.target)]), FRONT_END)
        maps_of = explain_each({kind: {}, **PARTS}, classifier.network, *given)
        assert list(maps_of) == [kind, *PARTS]
        (relevance,) = maps_of[kind]
        np.testing.assert_allclose(row.map, relevance.ravel(), atol=1e-6)
        assert row.speech_share == pytest.approx(explain.speech_share(relevance, 10, 110))
        assert 0 < row.speech_share <= 1
    none = tabulate(maps, kind, wanted.iloc[:0], place / "spectrograms.parquet")
    assert tables.checked(none, "saliency").num_rows == 0


def test_what_is_only_compared_has_sanity_checks_plausibility_and_another_seed(place, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    rows = [("loudness", "angry", "up"), ("loudness", "sad", "down"), ("hnr", "sad", "down")]
    expected = pd.DataFrame(rows, columns=["cue", "emotion", "direction"])
    expected = expected.assign(status="confirmatory", source="test")
    expected.to_csv(place / "expectations.tsv", sep="\t", index=False)
    size = {"windows": WINDOWS, "correct": 1, "misclassified": 1, "sets": 40, "orders": 3}
    coverings = {"coverings": place / "coverings.parquet"}
    compute_coverings.main(make_job(place, coverings, size | {"seed": 1}))
    blocks = {"integrated_gradients": {"steps": 3, "baseline": "floor"}, "union": {}}
    made = {method: through_the_rules(place, method, params) for method, params in blocks.items()}

    again = compared_again(place, PARTS | blocks)
    alike = tables.read(again)
    assert set(alike["method"]) == {*PARTS, *blocks}
    # only what covers has a fill to be changed
    assert set(alike.loc[alike["kind"] == "fill", "method"]) == {"occlusion"}
    for _, own in alike.groupby("method"):
        # clips of the fold that has such a network
        assert set(own.loc[own["change"] == "another seed", "fold"]) == {0}
        assert set(own.loc[own["change"] == "another fold", "fold"]) == {0, 1}

    tested = tables.read(place / "coverings.parquet")
    for method in blocks:
        maps = tables.read(place / f"{method}.parquet")
        neutral = {clip for clip in CLIPS if "neutral" in clip}
        assert set(maps["clip_id"]) == set(tested["clip_id"]) | neutral

    found = {"faithfulness": place / "faithfulness.parquet"}
    maps = [place / f"{method}.parquet" for method in (*PARTS, *blocks)]
    blind = {"windows": WINDOWS, "blind": ["energy"]}
    # by its file, as a module of tests has its name
    script = runpy.run_path(SCRIPTS / "test_faithfulness.py")
    script["main"](make_job(place, found, blind, saliency=maps))
    names = {"csv": "m.csv", "curves": "c.csv", "markdown": "m.md", "html": "m.html"}
    plausibility = [made[method]["plausibility"] for method in blocks]
    here = ("c", "corrected")
    tabulate_methods.main(
        make_job(
            place,
            {name: place / path for name, path in names.items()},
            {"entries": [(*here, method) for method in blocks], "sampled": ["union"]}
            | {"places": [here], "draws": 100, "seed": 1, "methods": list(blocks)},
            faithfulness=[found["faithfulness"]],
            coverings=[place / "coverings.parquet"],
            manifests=[place / "manifest.parquet"],
            likeness=[again],
            plausibility=plausibility,
        )
    )
    table = tables.read_csv(place / "m.csv").set_index(["method", "measure"])["value"].unstack()
    columns = ["percentile", "deletion", "insertion", "untaught", "mistaught", "plausibility"]
    assert table.loc[list(blocks), columns].notna().all(axis=None)
    assert table.loc["energy", ["untaught", "mistaught"]].isna().all()
