"""Tables of faithfulness: a perfect method passes, a blind one does not."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import tabulate_methods
from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.evaluation import faithfulness
from sercues.evaluation.methods import MEASURES, curve_table, measured, method_table, page
from sercues.saliency import combined

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = (16, 60)
LABELS = ["angry", "sad"]
CURVES = ("deletion", "insertion")
FRONT_END = {"top_db": 80, "scale": [-40.0, 20.0]}
WINDOWS = {"window_frames": 5, "k": 3, "positive_only": True, "inside_speech": True}
SETTINGS = {"sets": 100, "orders": 30, "seed": 1, "device": torch.device("cpu")}
SPEECH = (10, 50)  # eight windows, 56 sets of three


@pytest.fixture
def study(tmp_path):
    """Clips, spectrograms and a random network as files, and the network's logits of any input."""
    torch.manual_seed(1)
    network = resnet.ResNet(len(LABELS))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.3, 2)
    path = tmp_path / "fold0" / "seed1" / "model.pt"
    resnet.save(resnet.Classifier(network.eval(), LABELS, FRONT_END), path)
    rng = np.random.default_rng(4)
    clips = [f"clip{index:02}" for index in range(12)]
    spectrograms = pd.DataFrame(
        {
            "clip_id": clips,
            "log_mel": [rng.uniform(-80, 0, SIZE).astype(np.float32).ravel() for _ in clips],
            "n_mels": SIZE[0],
            "n_total": SIZE[1],
            "n_frames": SIZE[1],
            "start_s": 0.0,
            "speech_start_frame": SPEECH[0],
            "speech_end_frame": SPEECH[1],
            "speech_start_s": 0.15,
            "speech_end_s": 0.75,
            "frame_step_s": 0.015,
        }
    )
    tables.write(spectrograms, tmp_path / "spectrograms.parquet", "spectrograms")
    explained = pd.DataFrame({"clip_id": clips}).assign(
        fold=0, seed=1, true="sad", predicted="sad", correct=True, target_kind="predicted"
    )
    explained["target"] = "sad"
    return SimpleNamespace(
        explained=explained,
        spectrograms=tmp_path / "spectrograms.parquet",
        models=[path],
        network=network,
    )


def cover(study, explained=None, **changed):
    explained = study.explained if explained is None else explained
    return faithfulness.cover_clips(
        explained, study.spectrograms, study.models, WINDOWS, **SETTINGS | changed
    )


def maps_by(study, scores):
    """Table `saliency` whose windows have the scores that `scores(clip_id)` gives."""
    rows = []
    for row in study.explained.itertuples():
        relevance = np.zeros(SIZE)
        for index, score in enumerate(scores(row.clip_id)):
            relevance[0, SPEECH[0] + 5 * index] = score
        key = {name: getattr(row, name) for name in faithfulness.KEY}
        rows.append(key | {"map": relevance.ravel(), "n_mels": SIZE[0], "n_total": SIZE[1]})
    return pd.DataFrame(rows)


def compare(study, covered, **maps):
    return faithfulness.compare_methods(
        maps, covered, study.spectrograms, study.models, WINDOWS, torch.device("cpu")
    )


def best_windows(covered):
    """Scores of the windows that make the best set of each clip the three highest."""
    best = {}
    for row in covered.itertuples():
        mask = int(row.sets[int(np.argmax(row.drops))])
        best[row.clip_id] = [1.0 + (mask >> index & 1) for index in range(row.n_windows)]
    return best.__getitem__


def test_every_set_is_scored_by_the_network_itself(study):
    covered = cover(study)
    tables.checked(covered, "coverings")
    row = covered.iloc[0]
    assert (row["n_windows"], row["k"], len(row["sets"])) == (8, 3, 56)
    spectrogram = tables.read(study.spectrograms).iloc[0]["log_mel"].reshape(SIZE)
    mask = int(row["sets"][17])
    hidden = spectrogram.copy()
    for index in range(8):
        if mask >> index & 1:
            hidden[:, SPEECH[0] + 5 * index : SPEECH[0] + 5 * index + 5] = -80
    with torch.no_grad():
        before, after = (
            study.network(torch.tensor((image + 40) / 20)[None, None])[0, 1].item()
            for image in (spectrogram, hidden)
        )
    assert row["logit"] == pytest.approx(before, abs=1e-5)
    assert row["drops"][17] == pytest.approx(before - after, abs=1e-5)


def test_a_perfect_method_has_no_regret_and_a_blind_one_is_in_the_middle(study):
    covered = cover(study)
    perfect = compare(study, covered, perfect=maps_by(study, best_windows(covered)))
    tables.checked(perfect, "faithfulness")
    assert (perfect["regret"] == 0).all() and (perfect["p"] == 1 / 56).all()
    percentiles = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        blind = compare(study, covered, blind=maps_by(study, lambda _, rng=rng: rng.random(8)))
        percentiles += blind["percentile"].tolist()
    assert np.mean(percentiles) == pytest.approx(0.5, abs=0.06)
    assert np.mean(np.array(percentiles) > 0.95) == pytest.approx(0.05, abs=0.05)


def test_a_map_against_the_class_has_worse_curves_than_its_reverse(study):
    covered = cover(study)
    forward = best_windows(covered)
    maps = {"good": maps_by(study, forward)}
    maps["bad"] = maps_by(study, lambda clip: [3 - score for score in forward(clip)])
    found = compare(study, covered, **maps)
    good, bad = (found[found["method"] == name].reset_index() for name in maps)
    assert good["deletion"].mean() < bad["deletion"].mean()
    assert good["deletion_percentile"].mean() > bad["deletion_percentile"].mean()
    assert (covered["greedy_deletion"] <= good["deletion"] + 0.05).all()


def test_curves_are_stored_whose_areas_are_those_of_the_tables(study):
    covered = cover(study)
    found = compare(study, covered, perfect=maps_by(study, best_windows(covered)))
    tables.checked(found, "faithfulness")
    for curve in CURVES:
        for table, column in ((found, curve), (covered, f"greedy_{curve}")):
            areas = table[f"{column}_curve"].map(faithfulness.area)
            np.testing.assert_allclose(areas, table[column], atol=1e-6)
        mean = covered[f"random_{curve}_curve"].map(faithfulness.area)
        np.testing.assert_allclose(mean, covered[f"random_{curve}"].map(np.mean), atol=1e-6)
    first = found.iloc[0]
    assert len(first["deletion_curve"]) == len(first["insertion_curve"]) == 9
    # nothing is covered at the beginning of one and at the end of the other
    bare, bare_too = first["deletion_curve"][0], first["insertion_curve"][-1]
    assert bare == bare_too == pytest.approx(covered.iloc[0]["greedy_deletion_curve"][0])
    assert first["deletion_curve"][-1] == first["insertion_curve"][0]


def test_shards_and_order_of_clips_change_no_byte(study, tmp_path):
    whole = cover(study)
    parts = [cover(study, study.explained.iloc[places]) for places in ([5, 3, 4], [0, 1, 2])]
    parts.append(cover(study, study.explained.iloc[6:]))
    for name, table in (("whole", whole), ("parts", pd.concat(parts))):
        tables.write(table, tmp_path / f"{name}.parquet", "coverings")
    assert (tmp_path / "whole.parquet").read_bytes() == (tmp_path / "parts.parquet").read_bytes()


def test_a_clip_with_no_choice_of_windows_is_told_and_left_out(study, caplog):
    frame = tables.read(study.spectrograms)
    frame.loc[frame["clip_id"] == "clip03", "speech_end_frame"] = SPEECH[0] + 15
    tables.write(frame, study.spectrograms, "spectrograms")
    covered = cover(study)
    assert "clip03" not in set(covered["clip_id"]) and len(covered) == 11
    assert "clip03 is not tested: it has 3 windows" in caplog.text
    nothing = cover(study, study.explained.iloc[:0])
    maps = {"crp": pd.DataFrame(columns=[*faithfulness.KEY, "map", "n_mels", "n_total"])}
    assert nothing.empty
    assert faithfulness.compare_methods(maps, nothing, study.spectrograms, [], {}, None).empty


def test_union_and_intersection_of_two_maps():
    def of(*maps):
        clips = [f"clip{index}" for index in range(len(maps))]
        table = pd.DataFrame({"clip_id": clips, "map": list(map(np.array, maps))})
        return table.assign(fold=0, seed=1, target_kind="predicted", n_mels=1, n_total=4)

    maps = {
        "occlusion": of([3.0, 1.0, -9.0, 0.0], [-1.0, -2.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]),
        "crp": of([0.0, 2.0, 2.0, -5.0], [0.0, 5.0, 0.0, 0.0]),
    }
    union, both = (combined.combine(maps, kind)["map"] for kind in ("union", "intersection"))
    assert len(union) == 2
    np.testing.assert_allclose(union[0], [0.75, 0.5, 0.5, 0])
    np.testing.assert_allclose(both[0], [0, 0.25, 0, 0])
    np.testing.assert_allclose(union[1], [0, 1, 0, 0])
    np.testing.assert_allclose(both[1], 0)


def results(method, percentile, n_clips=20):
    """Table `faithfulness` of a method whose percentiles scatter about a mean."""
    rng = np.random.default_rng(1)
    values = np.clip(percentile + rng.normal(0, 0.05, n_clips), 0, 1)
    clips = [f"clip{index:02}" for index in range(n_clips)]
    return pd.DataFrame({"clip_id": clips, "percentile": values, "p": 1 - values}).assign(
        method=method,
        fold=0,
        seed=1,
        target_kind="predicted",
        n_windows=8,
        drop=1.0,
        regret=0.1,
        deletion=0.3,
        deletion_percentile=values,
        insertion=0.6,
        insertion_percentile=values,
        planted_auc=np.nan,
        deletion_curve=[[0.75, 0.2, 0.125, 0.0, 0.125]] * n_clips,
        insertion_curve=[[0.125, 0.5, 0.625, 0.7, 0.75]] * n_clips,
    )


def areas(n_clips=20):
    """Table `coverings`: areas and curves of the greedy order, and curves of random ones."""
    clips = [f"clip{index:02}" for index in range(n_clips)]
    place = {"fold": 0, "seed": 1, "target_kind": "predicted"}
    table = pd.DataFrame({"clip_id": clips}).assign(**place)
    # clips of two and of five windows
    lines = [np.linspace(1, 0, 3 if index % 2 else 6) for index in range(n_clips)]
    names = [f"{order}_{curve}_curve" for order in ("greedy", "random") for curve in CURVES]
    table = table.assign(**dict.fromkeys(names, lines))
    return table.assign(greedy_deletion=0.125, greedy_insertion=0.75)


def untaught(method, n_clips=20):
    """Table `likeness` of a method, with its name."""
    clips = [f"clip{index:02}" for index in range(n_clips)]
    values = {"fc": 0.9, "conv1": 0.2, "shuffled labels": 0.3}
    table = pd.concat(
        pd.DataFrame({"clip_id": clips}).assign(change=change, windows=value)
        for change, value in values.items()
    )
    return table.assign(method=method, fold=0, seed=1, target_kind="predicted")


def plausible(method, n_clips=20):
    """Table `plausibility` of a method, with its name."""
    clips = [f"clip{index:02}" for index in range(n_clips)]
    # random windows agree as often as not
    blind = np.resize([0.1, -0.1, -0.1, 0.1], n_clips)
    values = {"salient": 0.4, "full": 0.3, "random": blind, "matched": 0.3, "energy": 0.2}
    table = pd.concat(
        pd.DataFrame({"clip_id": clips}).assign(region=region, plausibility=value)
        for region, value in values.items()
    )
    return table.assign(method=method, fold=0, seed=1, target_kind="predicted")


@pytest.fixture
def manifest():
    clips = [f"clip{index:02}" for index in range(20)]
    return pd.DataFrame({"clip_id": clips, "speaker": [clip[-1] for clip in clips]})


def test_what_beats_chance_is_marked_and_what_does_not_is_not(manifest):
    table = method_table(
        measured(
            pd.concat([results("crp", 0.97), results("random", 0.5)]),
            areas(),
            untaught("crp"),
            plausible("crp"),
        ),
        manifest,
        corpus="c",
        protocol="corrected",
        draws=2000,
        seed=1,
    )
    tables.checked(table, "methods")
    found = table.set_index(["method", "measure"])
    good, blind = found.loc[("crp", "percentile")], found.loc[("random", "percentile")]
    assert good["ci_low"] > 0.9 and good["q"] < 0.05 and good["n_speakers"] == 10
    assert blind["ci_low"] < 0.5 < blind["ci_high"] and blind["q"] > 0.05
    assert np.isnan(found.loc[("crp", "regret"), "p"])
    assert found.loc[("crp", "significant"), "value"] > 0.5
    (shown,) = page(table, []).parts
    crp, random, greedy = shown.rows
    assert crp[2:4] == ["crp", "20 (10)"]
    assert any("*" in value for value in crp) and not any("*" in value for value in random)
    assert found.loc[("crp", "untaught"), "value"] == pytest.approx(0.2)
    assert found.loc[("crp", "mistaught"), "value"] == pytest.approx(0.3)
    assert np.isnan(found.loc[("random", "untaught"), "value"])
    forgot = shown.head.index(MEASURES["untaught"].label)
    assert random[forgot] == "–" != crp[forgot]
    assert found.loc[("crp", "plausibility"), "value"] == pytest.approx(0.4)
    assert found.loc[("random", "plausibility"), "value"] == pytest.approx(0)
    assert ("energy", "plausibility") not in found.index
    assert MEASURES["planted_auc"].label not in shown.head
    assert found.loc[("crp", "planted_auc"), "n_clips"] == 0
    assert np.isnan(found.loc[("random", "significant"), "p"])
    best = found.loc["greedy"]
    assert best["value"].dropna().to_dict() == {"deletion": 0.125, "insertion": 0.75}
    assert best["p"].isna().all() and greedy[2:5] == ["greedy", "20 (10)", "–"]


def test_mean_curves_have_the_areas_of_their_clips_whatever_the_number_of_windows(manifest):
    settings = {"corpus": "c", "protocol": "corrected", "draws": 500, "seed": 1}
    found = results("crp", 0.9)
    # one clip in two falls twice as far
    steep = [0.75, 0.2, 0.125, 0.0, 0.125]
    found["deletion_curve"] = [steep if i % 2 else [1.0, 0.5, 0.0] for i in range(20)]
    table = curve_table(found, areas(), manifest, **settings)
    tables.checked(table, "curves")
    assert set(table["method"]) == {"crp", "greedy", "random_orders"}
    assert (table.groupby(["method", "curve"])["share"].agg(list).map(len) == 21).all()
    heights = table.set_index(["method", "curve", "share"])
    drawn = {
        place: faithfulness.area(part["value"])
        for place, part in table.groupby(["method", "curve"])
    }
    areas_of = [faithfulness.area(curve) for curve in found["deletion_curve"]]
    assert drawn["crp", "deletion"] == pytest.approx(np.mean(areas_of))
    assert drawn["crp", "insertion"] == pytest.approx(
        faithfulness.area(found["insertion_curve"][0])
    )
    assert drawn["random_orders", "deletion"] == pytest.approx(0.5)
    at = heights.loc["crp", "deletion", 0.25]
    assert at["value"] == pytest.approx((0.2 + 0.75) / 2) and at["n_speakers"] == 10
    # speakers differ, as they spoke clips of one kind only
    assert 0.2 <= at["ci_low"] < at["value"] < at["ci_high"] <= 0.75
    few = curve_table(found, areas(), manifest.assign(speaker="one"), **settings)
    assert few["ci_low"].isna().all()
    np.testing.assert_allclose(few["value"], table["value"], atol=1e-12)


def test_a_clip_explained_by_two_models_has_one_curve(manifest):
    settings = {"corpus": "c", "protocol": "corrected", "draws": 50, "seed": 1}
    found = results("crp", 0.9)
    again = found.assign(fold=1, deletion_curve=[[0.25, 0.0]] * 20)
    table = curve_table(pd.concat([found, again]), areas(), manifest, **settings)
    first = table[(table["method"] == "crp") & (table["curve"] == "deletion")].iloc[0]
    assert (first["value"], first["n_clips"]) == (0.5, 20)


def test_the_script_keeps_corpora_and_methods_apart(manifest, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    methods = ("crp", "occlusion", "gradcam")
    for corpus, percentile in (("a", 0.9), ("b", 0.2)):
        rows = pd.concat([results(method, percentile) for method in methods])
        rows.to_parquet(tmp_path / f"{corpus}.parquet")
    for method in methods:
        own = plausible(method).drop(columns="method")
        own.to_parquet(tmp_path / f"{method}_plausibility.parquet")
    for corpus, shift in (("a", 0.0), ("b", 0.1)):
        alike = pd.concat([untaught(method) for method in methods])
        alike.assign(windows=alike["windows"] + shift).to_parquet(
            tmp_path / f"{corpus}_like.parquet"
        )
    manifest.to_parquet(tmp_path / "manifest.parquet")
    areas().to_parquet(tmp_path / "coverings.parquet")
    names = {"csv": "m.csv", "curves": "c.csv", "markdown": "m.md", "html": "m.html"}
    entries = [(corpus, "corrected", method) for corpus in "ab" for method in methods]
    tabulate_methods.main(
        SimpleNamespace(
            input=SimpleNamespace(
                faithfulness=[tmp_path / f"{corpus}.parquet" for corpus in "ab"],
                coverings=[tmp_path / "coverings.parquet"] * 2,
                likeness=[tmp_path / f"{corpus}_like.parquet" for corpus in "ab"],
                plausibility=[
                    tmp_path / f"{method}_plausibility.parquet" for _, _, method in entries
                ],
                manifests=[tmp_path / "manifest.parquet"] * 2,
            ),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in names.items()}),
            params=SimpleNamespace(
                entries=entries,
                methods=[],
                sampled=["gradcam"],
                places=[("a", "corrected"), ("b", "corrected")],
                draws=500,
                seed=1,
            ),
        )
    )
    found = pd.read_csv(tmp_path / "m.csv").set_index(["corpus", "method", "measure"])["value"]
    assert found["a", "crp", "percentile"] == pytest.approx(0.9, abs=0.05)
    assert found["b", "occlusion", "percentile"] == pytest.approx(0.2, abs=0.05)
    assert found["a", "crp", "untaught"] == pytest.approx(0.2)
    assert found["b", "gradcam", "untaught"] == pytest.approx(0.3)
    assert (tmp_path / "m.html").read_text(encoding="utf-8").count("<tr>") == 9
    assert found["a", "gradcam", "plausibility"] == pytest.approx(0.4)
    drawn = pd.read_csv(tmp_path / "c.csv").groupby(["corpus", "method"]).size()
    assert len(drawn) == 2 * 5 and (drawn == 2 * 21).all()
