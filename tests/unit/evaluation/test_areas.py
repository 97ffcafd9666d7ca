"""Laws of areas within predicted classes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from sercues.evaluation import areas
from sercues.stats import bootstrap
from sercues.stats.bootstrap import Resampling

RESAMPLING = Resampling(200, 1)


@pytest.fixture
def clips():
    """60 clips with tied values, of nine speakers and three classes."""
    rng = np.random.default_rng(3)
    values, right = rng.integers(0, 12, 60).astype(float), rng.random(60) < 0.6
    speakers = rng.integers(9, size=60).astype(str)
    return values, right, np.array(list("abc"))[rng.integers(3, size=60)], speakers


def test_risk_coverage_of_known_rankings():
    right, once = np.array([True, True, False, False]), np.ones((1, 4), dtype=int)
    ranked, clips = areas.risks(np.array([4.0, 3, 2, 1]), right, once)
    assert ranked == pytest.approx([(0 + 0 + 1 / 3 + 1 / 2) / 4]) and clips == [4]
    assert areas.risks(np.zeros(4), right, once)[0] == pytest.approx([0.5])


def test_a_clip_drawn_twice_counts_as_two_clips(clips):
    values, right, *_ = clips
    times = np.random.default_rng(4).integers(0, 4, (25, 60))
    precisions, errors = areas.precisions(values, right, times)
    risks, drawn = areas.risks(values, right, times)
    for draw, count in enumerate(times):
        copies = np.repeat(np.arange(60), count)
        own, outcome = values[copies], right[copies]
        assert (errors[draw], drawn[draw]) == ((~outcome).sum(), len(own))
        assert precisions[draw] == pytest.approx(average_precision_score(~outcome, -own))
        # by its definition: the mean risk at every coverage, a tie at its mean rate
        rate = pd.Series((~outcome).astype(float)).groupby(own).transform("mean").to_numpy()
        risk = np.cumsum(rate[np.argsort(-own)]) / np.arange(1, len(own) + 1)
        assert risks[draw] == pytest.approx(risk.mean())


def test_a_draw_without_errors_has_no_weight():
    right, values = np.array([True, False, True]), np.arange(3.0)
    found, weights = areas.precisions(values, right, np.array([[2, 0, 1]]))
    assert (found, weights) == (0, 0)
    found, weights = areas.risks(values, right, np.array([[0, 0, 0], [1, 0, 2]]))
    assert weights.tolist() == [0, 3] and (found == 0).all()


def test_the_area_over_all_pairs_is_scikit_learns_in_every_draw(clips):
    values, right, _, speakers = clips
    found = areas.auroc(values, right, np.zeros(60), speakers, RESAMPLING)
    names, codes = np.unique(speakers, return_inverse=True)
    times = bootstrap.resampled_totals(np.eye(len(names)), RESAMPLING)[:, codes]
    drawn = np.array([roc_auc_score(right, values, sample_weight=count) for count in times])
    known = (roc_auc_score(right, values), *bootstrap.interval(drawn, len(names)))
    np.testing.assert_allclose(found[:3], known, atol=1e-12)


def test_areas_within_classes_are_weighted_by_their_pairs(clips):
    values, right, classes, speakers = clips
    parts = [(values[classes == name], right[classes == name]) for name in "abc"]
    each = [roc_auc_score(good, part) for part, good in parts]
    pairs = [good.sum() * (~good).sum() for _, good in parts]
    found = areas.auroc(values, right, classes, speakers, RESAMPLING)
    assert found.value == pytest.approx(np.average(each, weights=pairs))
    assert found.low < found.value < found.high
    # what is added to a class changes nothing within it
    moved = areas.auroc(values + 99.0 * (classes == "b"), right, classes, speakers, RESAMPLING)
    assert moved == found
    assert np.isnan(areas.auroc(values, np.ones(60, bool), classes, speakers, RESAMPLING).value)


def test_means_over_classes_are_weighted_by_errors_and_by_clips(clips):
    values, right, classes, speakers = clips
    data = (values, right, classes, speakers, RESAMPLING)
    parts = [(values[classes == name], right[classes == name]) for name in "abc"]
    each = [average_precision_score(~good, -part) for part, good in parts]
    found = areas.resampled(areas.precisions, *data)
    assert found.value == pytest.approx(np.average(each, weights=[(~g).sum() for _, g in parts]))
    assert found.low < found.value < found.high
    alone = areas.resampled(areas.risks, np.zeros(60), *data[1:])
    assert alone.value == pytest.approx((~right).mean())


def test_areas_within_speakers_compare_clips_of_one_class_and_speaker(clips):
    values, right, classes, speakers = clips
    each, weights, counted = [], [], 0
    for cell in {*zip(classes, speakers, strict=True)}:
        own = (classes == cell[0]) & (speakers == cell[1])
        good, bad = (right & own).sum(), (~right & own).sum()
        if good and bad:
            each.append(roc_auc_score(right[own], values[own]))
            weights.append(good * bad / (good + bad))
            counted += good + bad
    data = (right, classes, speakers, RESAMPLING)
    ranked = areas.ranks(np.stack([values, -values], axis=1), classes, speakers)
    found = areas.within_speakers(np.column_stack([ranked, ranked[:, 0] - ranked[:, 1]]), *data)
    area, reverse, difference = found.estimates
    assert 0.5 + area.value == pytest.approx(np.average(each, weights=weights))
    assert area.n_clips == counted < 60
    assert reverse.value == pytest.approx(-area.value)
    assert difference.value == pytest.approx(2 * area.value)
    assert found.p[0] == found.p[1] == found.p[2]
    # neither a trait of a speaker nor one of a class in a speaker's clips matters
    cells = pd.factorize(pd.Series(classes) + speakers)[0]
    assert (areas.ranks((values + 99.0 * cells)[:, None], classes, speakers) == ranked[:, :1]).all()


def test_what_covariates_explain_of_ranks_is_taken_from_them(clips):
    values, right, classes, speakers = clips
    ranked = areas.ranks(values[:, None], classes, speakers)
    none = areas.unexplained(ranked, ranked, classes, speakers)
    data = (right, classes, speakers, RESAMPLING)
    assert areas.within_speakers(none, *data).estimates[0].value == pytest.approx(0, abs=1e-12)
    # many values are tied: a covariate that explains nothing must not put them in its own order
    rng = np.random.default_rng(1)
    speakers, classes = np.repeat(np.arange(20), 100).astype(str), np.repeat("a", 2000)
    right = rng.random(2000) < 0.5
    sure = rng.normal(size=2000) + right
    coarse = areas.ranks(rng.integers(2, size=(2000, 1)), classes, speakers)
    left = areas.unexplained(coarse, sure[:, None], classes, speakers)
    before, after = areas.within_speakers(
        np.column_stack([coarse, left]), right, classes, speakers, RESAMPLING
    ).estimates
    assert after.value == pytest.approx(before.value, abs=0.02)
    # unlike the ranks of what is left of the values
    again = areas.ranks(left, classes, speakers)
    reordered = areas.within_speakers(again, right, classes, speakers, RESAMPLING).estimates[0]
    assert abs(reordered.value) > 0.05
