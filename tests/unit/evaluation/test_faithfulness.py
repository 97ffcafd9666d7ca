"""Measures of faithfulness: a perfect method passes, a blind one does not."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from torch import nn

from known_methods import CURVES
from made_networks import CPU, saved, written_noise
from made_segments import CORRECTED
from sercues.classifiers import resnet
from sercues.core import tables
from sercues.core.names import KEY
from sercues.evaluation import faithfulness, perturbation
from sercues.evaluation.fills import FILLS

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = (16, 60)
LABELS = ["angry", "sad"]
WINDOWS = CORRECTED | {"window_frames": 5, "k": 3}
SETTINGS = {"seed": 1, "device": CPU}
SPEECH = (10, 50)  # eight windows, 56 sets of three


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Clips, spectrograms and a random network as files, and the network's logits of any input."""
    folder = tmp_path_factory.mktemp("study")
    torch.manual_seed(1)
    network = resnet.ResNet(len(LABELS))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.3, 2)
    path = saved(network.eval(), LABELS, folder / "fold0" / "seed1" / "model.pt")
    clips = [f"clip{index:02}" for index in range(12)]
    explained = pd.DataFrame({"clip_id": clips}).assign(
        fold=0,
        seed=1,
        true_emotion="sad",
        predicted_emotion="sad",
        correct=True,
        target="predicted_label",
        target_emotion="sad",
    )
    return SimpleNamespace(
        explained=explained,
        spectrograms=written_noise(clips, SIZE, folder, SPEECH),
        models=[path],
        network=network,
    )


@pytest.fixture(scope="module")
def covered(study):
    torch.set_num_threads(1)
    return cover(study)


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
        key = {name: getattr(row, name) for name in KEY}
        rows.append(key | {"map": relevance.ravel(), "n_mels": SIZE[0], "n_total": SIZE[1]})
    return pd.DataFrame(rows)


def compare(study, covered, **maps):
    return faithfulness.compare_methods(
        maps, covered, study.spectrograms, study.models, WINDOWS, **SETTINGS
    )


def under(table, fill="floor"):
    """Rows of a table under one fill."""
    return table[table["fill"] == fill]


def sets_of(clip_id):
    """The sets of windows of a clip, in the order of its `drops`."""
    return perturbation.sets_of(8, WINDOWS["k"], faithfulness.SETS, SETTINGS["seed"], clip_id)


def best_windows(covered, fill="floor"):
    """Scores of the windows that make the best set of each clip under a fill the three highest."""
    best = {}
    for row in under(covered, fill).itertuples():
        mask = sets_of(row.clip_id)[int(np.argmax(row.drops))]
        best[row.clip_id] = [1.0 + (mask >> index & 1) for index in range(row.n_windows)]
    return best.__getitem__


def test_every_set_is_scored_by_the_network_itself(study, covered):
    tables.checked(covered, "perturbations")
    row = under(covered).iloc[0]
    assert (row["n_windows"], row["k"], len(row["drops"])) == (8, 3, 56)
    spectrogram = tables.read(study.spectrograms).iloc[0]["log_mel"].reshape(SIZE)
    mask = sets_of(row["clip_id"])[17]
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


def test_a_perfect_method_has_no_regret_and_a_blind_one_is_in_the_middle(study, covered):
    perfect = compare(study, covered, perfect=maps_by(study, best_windows(covered)))
    tables.checked(perfect, "faithfulness")
    perfect = under(perfect)
    assert (perfect["regret"] == 0).all() and (perfect["p"] == 1 / 56).all()
    rng = np.random.default_rng(0)
    blind = {f"blind{seed}": maps_by(study, lambda _: rng.random(8)) for seed in range(20)}
    percentiles = compare(study, under(covered), **blind)["percentile"]
    assert len(percentiles) == 20 * 12
    assert np.mean(percentiles) == pytest.approx(0.5, abs=0.06)
    assert np.mean(percentiles > 0.95) == pytest.approx(0.05, abs=0.05)


def test_the_best_windows_under_one_fill_are_not_the_best_under_another(study, covered):
    # all fills try the same sets of the same clips
    assert (covered.groupby("clip_id")["fill"].agg(set).map(len) == len(FILLS)).all()
    assert covered.groupby("clip_id")["logit"].nunique().eq(1).all()
    maps = {fill: maps_by(study, best_windows(covered, fill)) for fill in FILLS}
    found = compare(study, covered, **maps).groupby(["method", "fill"])["regret"].max()
    for fill in FILLS:
        assert found[fill, fill] == 0 and (found[fill].drop(fill) > 0).all()


def test_a_map_against_the_class_has_worse_curves_than_its_reverse(study, covered):
    forward = best_windows(covered)
    maps = {"good": maps_by(study, forward)}
    maps["bad"] = maps_by(study, lambda clip: [3 - score for score in forward(clip)])
    covered = under(covered).reset_index()
    found = compare(study, covered, **maps)
    good, bad = (found[found["method"] == name].reset_index() for name in maps)
    assert good["deletion"].mean() < bad["deletion"].mean()
    assert good["deletion_percentile"].mean() > bad["deletion_percentile"].mean()
    assert (covered["greedy_deletion"] <= good["deletion"] + 0.05).all()


def test_curves_are_stored_whose_areas_are_those_of_the_tables(study, covered):
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


def test_shards_and_order_of_clips_change_no_byte(study, covered, tmp_path):
    parts = [cover(study, study.explained.iloc[places]) for places in ([5, 3, 4], [0, 1, 2])]
    parts.append(cover(study, study.explained.iloc[6:]))
    for name, table in (("whole", covered), ("parts", pd.concat(parts))):
        tables.write(table, tmp_path / f"{name}.parquet", "perturbations")
    assert (tmp_path / "whole.parquet").read_bytes() == (tmp_path / "parts.parquet").read_bytes()


def test_a_clip_with_no_choice_of_windows_is_left_out(study, tmp_path):
    frame = tables.read(study.spectrograms)
    frame.loc[frame["clip_id"] == "clip03", "speech_end_frame"] = SPEECH[0] + 15
    shortened = tmp_path / "spectrograms.parquet"
    tables.write(frame, shortened, "spectrograms")
    study = SimpleNamespace(**vars(study) | {"spectrograms": shortened})
    covered = cover(study, study.explained.iloc[2:4])
    assert set(covered["clip_id"]) == {"clip02"} and len(covered) == len(FILLS)
    nothing = cover(study, study.explained.iloc[:0])
    maps = {"crp": pd.DataFrame(columns=[*KEY, "map", "n_mels", "n_total"])}
    assert nothing.empty
    compared = faithfulness.compare_methods(
        maps, nothing, study.spectrograms, [], {}, seed=1, device=None
    )
    assert compared.empty


def test_a_choice_outside_the_sample_counts_as_one_more():
    assert faithfulness.rank(5.0, np.arange(4.0)).p == 1 / 5
    assert faithfulness.rank(-1.0, np.arange(4.0)).p == 1


def test_sets_of_equal_drop_share_their_percentile():
    assert faithfulness.rank(1.0, np.ones(8)) == (0.5, 1.0, 0.0, False, 0.0)


@pytest.mark.parametrize(
    "n_windows, chance", [(6, 0), (7, 1 / 21), (8, 2 / 56), (9, 6 / 126), (10, 12 / 252)]
)
def test_how_often_a_random_choice_is_significant_follows_from_the_number_of_sets(
    n_windows, chance
):
    drops = np.random.default_rng(1).permutation(math.comb(n_windows, 5)).astype(float)
    ranks = [faithfulness.rank(drop, drops) for drop in drops]
    assert {round(rank.significant_chance, 12) for rank in ranks} == {round(chance, 12)}
    assert np.mean([rank.significant for rank in ranks]) == pytest.approx(chance)


def test_ties_leave_fewer_significant_choices():
    drops = np.arange(100.0)
    assert faithfulness.rank(0.0, drops).significant_chance == 0.04
    drops[-6:] = 99
    assert faithfulness.rank(0.0, drops).significant_chance == 0


def test_probability_and_area():
    logits = np.array([[1000.0, 1000.0], [0.0, np.log(3)]])
    np.testing.assert_allclose(faithfulness.probability(logits, 0), [0.5, 0.25])
    assert faithfulness.area(np.array([1.0, 0.5, 0.0])) == 0.5
    assert faithfulness.area(np.array([1.0, 0.0, 0.0])) == 0.25
    assert faithfulness.area(np.array([0.7])) == 0.7


def test_percentiles_are_those_of_scipy():
    rng = np.random.default_rng(0)
    for size in (1, 7, 49, 2000):
        drops = rng.standard_normal(size).astype(np.float32).round(1)  # with ties
        for chosen in (drops[0], np.float32(0.33)):
            everyone = drops if chosen in drops else np.append(drops, chosen)
            known = stats.percentileofscore(everyone, chosen, kind="mean") / 100
            assert faithfulness.rank(chosen, drops).percentile == pytest.approx(known, abs=1e-12)
