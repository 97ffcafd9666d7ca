"""Laws of perturbations: what is covered, and what the network then says."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from torch import nn

from sercues.classifiers import resnet
from sercues.evaluation import faithfulness, perturbation

WINDOWS = np.array([[2, 6], [6, 10], [10, 14], [14, 18], [18, 22], [22, 26]])


class Linear(nn.Module):
    """Two logits, each a weighted sum of the input."""

    def __init__(self, weights):
        super().__init__()
        self.weights = torch.as_tensor(weights, dtype=torch.float32)

    def forward(self, x):
        return torch.einsum("bcmt,kmt->bk", x, self.weights)


@pytest.fixture
def linear():
    rng = np.random.default_rng(3)
    network = Linear(rng.normal(size=(2, 4, 30)))
    clip = torch.as_tensor(rng.normal(size=(1, 1, 4, 30)), dtype=torch.float32)
    return perturbation.WindowSets(network, clip, WINDOWS, value=0.0)


def drop_of(clip, window_set, target=0):
    before, after = clip.logits([0, window_set])[:, target]
    return before - after


def test_a_covered_window_holds_the_fill_and_the_rest_stays():
    clip = torch.randn(1, 1, 4, 30)
    seen = []

    def network(batch):
        seen.append(batch.clone())
        return batch.mean(dim=(1, 2, 3))[:, None]

    found = perturbation.WindowSets(network, clip, WINDOWS, value=-2.0)
    found.logits([perturbation.window_set([0, 3])])
    covered = seen[0][0]
    for start, end in WINDOWS[[0, 3]]:
        assert (covered[..., start:end] == -2).all()
    rest = [frame for frame in range(30) if not 2 <= frame < 6 and not 14 <= frame < 18]
    torch.testing.assert_close(covered[..., rest], clip[0][..., rest])


def test_drops_of_a_linear_network_add_up(linear):
    single = [drop_of(linear, 1 << index) for index in range(6)]
    for chosen in combinations(range(6), 3):
        together = drop_of(linear, perturbation.window_set(chosen))
        assert together == pytest.approx(sum(single[index] for index in chosen), abs=1e-4)


def test_a_logit_does_not_depend_on_the_coverings_beside_it():
    torch.manual_seed(0)
    network = resnet.ResNet(3).eval()
    clip = torch.randn(1, 1, 32, 40)
    windows = np.column_stack([np.arange(0, 40, 4), np.arange(4, 44, 4)])
    masks = perturbation.sets_of(10, 3, 1000, 1, "a")
    together = perturbation.WindowSets(network, clip, windows, -2.0).logits(masks)
    alone = perturbation.WindowSets(network, clip, windows, -2.0)
    for index in (0, 17, 118):
        np.testing.assert_array_equal(alone.logits([masks[index]])[0], together[index])


@pytest.mark.parametrize(
    "frames, width, gap", [(97, 7, 0), (150, 15, 0), (133, 10, 3), (60, 60, 0), (99, 4, 0)]
)
def test_sums_over_columns_are_what_a_forward_pass_says(frames, width, gap):
    torch.manual_seed(frames)
    network = resnet.ResNet(4)
    network(torch.randn(8, 1, 24, frames))  # statistics of the normalisations
    network.eval()
    clip = torch.randn(1, 1, 24, frames)
    starts = np.arange(5, frames - width + 1, width + gap) if width < 60 else np.array([0])
    found = perturbation.WindowSets(network, clip, np.column_stack([starts, starts + width]), -2.0)
    # windows of four frames are too many to try
    assert (found._columns is None) == (width == 4)
    rng = np.random.default_rng(0)
    masks = [0, (1 << len(starts)) - 1, *rng.integers(1 << len(starts), size=40).tolist()]
    direct = []
    for mask in masks:
        own = clip.clone()
        for index, start in enumerate(starts):
            if mask >> index & 1:
                own[..., start : start + width] = -2.0
        with torch.no_grad():
            direct.append(network(own)[0].numpy())
    np.testing.assert_allclose(found.logits(masks), direct, atol=1e-5)
    np.testing.assert_array_equal(found.logits(masks[5:6])[0], found.logits(masks)[5])


def test_the_receptive_field_is_where_a_frame_changes_a_column():
    network = resnet.ResNet(2).eval()
    features = nn.Sequential(*list(network.children())[:6])
    clip = torch.rand(1, 1, 16, 120, requires_grad=True)
    # sums of positive weights let every path through
    for parameter in network.parameters():
        parameter.data.abs_()
    columns = features(clip).sum(dim=(0, 1, 2))
    fields = perturbation.reach(network, 120)
    assert len(fields) == len(columns)
    for column, (first, stop) in zip(columns, fields, strict=True):
        (gradient,) = torch.autograd.grad(column, clip, retain_graph=True)
        touched = np.flatnonzero(gradient.abs().sum(dim=(0, 1, 2)).numpy())
        assert touched.min() >= max(first, 0) and touched.max() < min(stop, 120)
    assert np.ptp(fields, axis=1).tolist() == [51] * len(fields)


def test_windows_seen_are_those_that_overlap():
    windows = np.array([[2, 6], [6, 10], [12, 16]])
    fields = np.array([[-3, 2], [0, 3], [5, 13], [10, 12], [16, 30]])
    assert perturbation.windows_seen(windows, fields).tolist() == [
        [0, 0],
        [0, 1],
        [0, 3],
        [2, 2],
        [3, 3],
    ]


def test_every_set_once_or_a_sample_without_repetition():
    every = perturbation.sets_of(14, 5, 2002, 1, "a")
    assert len(every) == len(set(every)) == math.comb(14, 5) == 2002
    assert {mask.bit_count() for mask in every} == {5}
    sample = perturbation.sets_of(20, 5, 2000, 1, "a")
    assert len(sample) == len(set(sample)) == 2000 and {m.bit_count() for m in sample} == {5}
    assert sample == perturbation.sets_of(20, 5, 2000, 1, "a")
    assert sample != perturbation.sets_of(20, 5, 2000, 1, "b")
    assert perturbation.sets_of(3, 5, 100, 1, "a") == []


@pytest.mark.parametrize("n_windows", range(11))
def test_sets_ascend_by_their_bits(n_windows):
    for k in range(n_windows + 2):
        known = [mask for mask in range(1 << n_windows) if mask.bit_count() == k]
        assert perturbation.sets_of(n_windows, k, 1000, 1, "a") == known


def test_curves_end_where_the_other_begins():
    order = [2, 0, 1]
    assert perturbation.deletion(order) == [0, 0b100, 0b101, 0b111]
    assert perturbation.insertion(order) == [0b111, 0b011, 0b010, 0]


def test_the_greedy_order_of_a_linear_network_is_that_of_its_windows(linear):
    single = [drop_of(linear, 1 << index) for index in range(6)]
    assert perturbation.greedy_order(linear, 0) == np.argsort(-np.array(single)).tolist()


def test_random_orders_hold_every_window_once():
    orders = perturbation.random_orders(9, 50, 1, "a")
    assert (np.sort(orders, axis=1) == np.arange(9)).all()
    assert len(np.unique(orders, axis=0)) == 50


def test_too_many_windows_are_refused():
    windows = np.column_stack([np.arange(63), np.arange(63) + 1])
    with pytest.raises(ValueError, match="63 windows"):
        perturbation.WindowSets(Linear(np.ones((1, 1, 63))), torch.zeros(1, 1, 1, 63), windows, 0.0)


def test_the_best_set_has_no_regret_and_a_blind_choice_the_middle(linear):
    masks = perturbation.sets_of(6, 3, 100, 1, "a")
    logits = linear.logits(masks)[:, 0]
    drops = linear.logits([0])[0, 0] - logits
    best = faithfulness.rank(drops.max(), drops)
    assert best.regret == 0 and best.p == 1 / 20 and best.percentile == 1 - 1 / 40
    ranks = [faithfulness.rank(drop, drops) for drop in drops]
    assert np.mean([rank.percentile for rank in ranks]) == pytest.approx(0.5)
    # the exact p of a blind choice is uniform
    assert sorted(rank.p for rank in ranks) == pytest.approx(np.arange(1, 21) / 20)
