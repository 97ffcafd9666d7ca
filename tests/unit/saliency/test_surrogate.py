"""The surrogate equals scikit-learn's, Shapley values their definition, curves their counts."""

from itertools import permutations

import numpy as np
import pytest
import statsmodels.api
from scipy import special, stats
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import auc

from sercues.saliency import surrogate


def scores_of(n_parts: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(2**n_parts)


@pytest.mark.parametrize("n_parts", [1, 4, 8])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 30.0])
def test_fit_is_that_of_scikit_learn(n_parts, alpha):
    masks, scores = surrogate.all_masks(n_parts), scores_of(n_parts)
    weights = surrogate.kernel(masks)
    model = (Ridge(alpha) if alpha else LinearRegression()).fit(masks, scores, weights)
    found = surrogate.fit(masks, scores, weights, alpha)
    np.testing.assert_allclose(found.weights, model.coef_, atol=1e-9)
    assert found.intercept == pytest.approx(model.intercept_)
    assert found.r2 == pytest.approx(model.score(masks, scores, weights))


def test_intervals_are_those_of_statsmodels():
    masks, scores = surrogate.drawn_masks(6, 40, seed=0), scores_of(6)[:40]
    weights = surrogate.kernel(masks)
    found = surrogate.fit(masks, scores, weights)
    design = statsmodels.api.add_constant(masks.astype(float))
    known = statsmodels.api.WLS(scores, design, weights).fit(cov_type="HC1").conf_int(0.05)[1:]
    np.testing.assert_allclose(np.stack([found.low, found.high], axis=1), known, atol=1e-9)


def test_an_additive_score_is_recovered_without_doubt():
    truth = np.array([2.0, -1.0, 0.0, 0.5])
    masks = surrogate.all_masks(4)
    found = surrogate.fit(masks, masks @ truth + 3, surrogate.kernel(masks))
    np.testing.assert_allclose(found.weights, truth, atol=1e-12)
    np.testing.assert_allclose(found.high - found.low, 0, atol=1e-9)
    assert (found.intercept, found.r2) == (pytest.approx(3), pytest.approx(1))
    np.testing.assert_allclose(surrogate.shapley(masks @ truth + 3), truth, atol=1e-12)


def test_the_published_penalty_shrinks_weights_by_an_eighth():
    """On its own masks: about 0.88 of the true additive weight, of 56 distinct ones."""
    masks = surrogate.published_masks(8, 64)
    assert len(np.unique(surrogate.packed(masks))) == 56 and masks[0].all()
    truth = np.random.default_rng(1).standard_normal((200, 8))
    weights = surrogate.kernel(masks)
    found = np.array([surrogate.fit(masks, masks @ each, weights, 1.0).weights for each in truth])
    shrunk = (found * truth).sum(axis=0) / (truth**2).sum(axis=0)
    assert 0.83 < shrunk.min() < shrunk.mean() < shrunk.max() < 0.91


def test_the_kernel_of_the_published_code():
    full = [255, 127, 63, 31, 15, 7, 3, 1, 0]
    found = surrogate.kernel(surrogate.unpacked(full, 8))
    known = [1, 0.967, 0.866, 0.704, 0.503, 0.301, 0.135, 0.035, 0.0003]
    np.testing.assert_allclose(found, known, atol=5e-4)


def test_intervals_cover_weights_of_noisy_scores():
    """95 % of the intervals hold the weight that scores without noise would give."""
    truth, masks = np.array([1.0, 0.0, -2.0, 0.3, 0.0]), surrogate.all_masks(5)
    weights = surrogate.kernel(masks)
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(600):
        found = surrogate.fit(masks, masks @ truth + rng.standard_normal(32), weights)
        hits += ((found.low < truth) & (truth < found.high)).sum()
    assert 0.90 < hits / 3000 < 0.98


@pytest.mark.parametrize("n_parts", [1, 3, 5])
def test_shapley_values_are_means_over_all_orders(n_parts):
    scores = scores_of(n_parts, 3)
    gains = np.zeros(n_parts)
    orders = list(permutations(range(n_parts)))
    for order in orders:
        mask = 0
        for part in order:
            gains[part] += scores[mask | 1 << part] - scores[mask]
            mask |= 1 << part
    found = surrogate.shapley(scores)
    np.testing.assert_allclose(found, gains / len(orders), atol=1e-12)
    assert found.sum() == pytest.approx(scores[-1] - scores[0])


def test_masks_are_drawn_without_repetition():
    masks = surrogate.drawn_masks(12, 500, seed=0)
    numbers = surrogate.packed(masks)
    assert len(np.unique(numbers)) == 500 and (np.diff(numbers) > 0).all()
    assert numbers[0] == 0 and numbers[-1] == 2**12 - 1
    assert (surrogate.unpacked(numbers, 12) == masks).all()
    assert (masks == surrogate.drawn_masks(12, 500, seed=0)).all()
    assert len(surrogate.drawn_masks(3, 500, seed=0)) == 8


def test_silent_parts_are_in_every_mask_but_not_of_coins():
    settings = {"masks": 1024, "sampling": "distinct"}
    masks = surrogate.masks_of(6, np.array([0, 2, 5]), settings)
    assert len(masks) == 8 and masks[:, [1, 3, 4]].all()
    coins = surrogate.masks_of(6, np.array([0, 2, 5]), {"masks": 64, "sampling": "bernoulli"})
    assert coins.shape == (64, 6) and not coins[:, 1].all()


def test_curves_and_areas():
    scores = np.array([0.0, 0.5, 0.1, 1.0])  # none, first, second, both
    order = np.array([0, 1])
    np.testing.assert_allclose(surrogate.curve(scores, order, insert=False), [1.0, 0.1, 0.0])
    np.testing.assert_allclose(surrogate.curve(scores, order, insert=True), [0.0, 0.5, 1.0])
    assert surrogate.area(np.array([1.0, 0.1, 0.0])) == pytest.approx((0.55 + 0.05) / 2)
    drawn = np.random.default_rng(0).random((5, 9))
    known = [auc(np.linspace(0, 1, 9), each) for each in drawn]
    np.testing.assert_allclose(surrogate.area(drawn), known, atol=1e-12)


def test_shares_are_those_of_scipy():
    rng = np.random.default_rng(0)
    for size in (1, 7, 49, 300):
        others = rng.standard_normal(size).round(1)  # with ties
        for value in (others[0], 0.33, -9.0):
            known = stats.percentileofscore(others, value, kind="mean") / 100
            assert surrogate.share_below(value, others) == pytest.approx(known, abs=1e-12)


def test_a_faithful_order_beats_chance_and_a_reversed_one_does_not():
    truth = np.linspace(-1, 2, 6)
    scores = 1 / (1 + np.exp(-(surrogate.all_masks(6) @ truth)))
    good = surrogate.faithfulness(scores, truth, 200, 0)
    bad = surrogate.faithfulness(scores, -truth, 200, 0)
    assert good["deletion"] < good["deletion_random"] < bad["deletion"]
    assert good["insertion"] > good["insertion_random"] > bad["insertion"]
    assert good["deletion_rank"] > 0.95 and bad["deletion_rank"] < 0.05


def test_random_orders_come_to_the_exact_mean():
    scores, rng = scores_of(5), np.random.default_rng(0)
    orders = rng.permuted(np.tile(np.arange(5), (20000, 1)), axis=1)
    drawn = surrogate.area(surrogate.curve(scores, orders, insert=False)).mean()
    exact = surrogate.faithfulness(scores, np.arange(5.0), 100, 0)["deletion_random"]
    assert drawn == pytest.approx(exact, abs=0.01)


def test_quantities():
    p = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
    assert surrogate.quantity(p, 0, "probability").tolist() == [0.2, 1.0]
    assert surrogate.quantity(p, 0, "log_odds")[0] == pytest.approx(special.logit(0.2), abs=1e-12)
    assert surrogate.quantity(p, 0, "margin")[0] == pytest.approx(np.log(0.4))
    assert np.isfinite(surrogate.quantity(p, 0, "log_odds")).all()
    with pytest.raises(ValueError, match="logit"):
        surrogate.quantity(p, 0, "logit")
