"""Laws of the tests: level on null data, exact small cases, equality with other libraries."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from groups import joined
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import Resampling


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def null_cues(rng, n_speakers=12, n_clips=6, n_columns=1):
    """Clips with differences between speakers, and none between clips of a speaker."""
    speakers = np.repeat([f"s{number:02}" for number in range(n_speakers)], n_clips)
    of_speaker = rng.normal(0, 3, (n_speakers, n_columns)).repeat(n_clips, axis=0)
    return of_speaker + rng.normal(size=(len(speakers), n_columns)), speakers


class TestSignFlip:
    def test_few_speakers_give_the_exact_p_of_all_flips(self, rng):
        values = rng.normal(0.5, 1, 8)
        speakers = list("abcdefgh")
        found = permutation.sign_flip(values[:, None], speakers, Resampling(1000, 1))[0]
        exact = stats.permutation_test(
            (values, np.zeros(8)), lambda a, b: (a - b).mean(), permutation_type="samples"
        ).pvalue
        assert found == pytest.approx(exact)

    def test_a_speakers_clips_flip_together(self):
        # 48 clips of one sign, but only six speakers: no less than 2 of 64 sign vectors
        speakers = np.repeat(list("abcdef"), 8)
        p = permutation.sign_flip(np.ones((48, 1)), speakers, Resampling(10_000, 1))[0]
        assert p == pytest.approx(2 / 64)

    def test_five_speakers_have_no_p_for_none_could_be_small(self):
        ones = np.ones((5, 1))
        assert np.isnan(permutation.sign_flip(ones, list("abcde"), Resampling(100, 1))[0])
        columns = np.ones((6, 2))
        columns[0, 1] = np.nan
        p = permutation.sign_flip(columns, list("abcdef"), Resampling(100, 1))
        assert p[0] == pytest.approx(2 / 64) and np.isnan(p[1])

    def test_one_null_test_in_twenty_is_below_five_per_cent(self, rng):
        speakers = np.repeat(np.arange(15).astype(str), 4)
        effects = rng.normal(size=(15, 2000)).repeat(4, axis=0)
        p = permutation.sign_flip(
            effects + rng.normal(size=(60, 2000)), speakers, Resampling(499, 1)
        )
        assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.015)

    def test_missing_clips_and_the_order_of_clips_do_not_matter(self, rng):
        values, speakers = null_cues(rng, n_speakers=20, n_columns=3)
        values[::7, 1] = np.nan
        found = permutation.sign_flip(values, speakers, Resampling(999, 1))
        order = rng.permutation(len(speakers))
        np.testing.assert_array_equal(
            found, permutation.sign_flip(values[order], speakers[order], Resampling(999, 1))
        )
        kept = np.isfinite(values[:, 1])
        alone = permutation.sign_flip(values[kept, 1:2], speakers[kept], Resampling(999, 1))
        assert alone[0] == found[1]

    def test_a_large_effect_has_the_smallest_p(self, rng):
        speakers = np.repeat(np.arange(30).astype(str), 2)
        values = 5 + rng.normal(size=(60, 1))
        assert permutation.sign_flip(values, speakers, Resampling(999, 1))[0] == 1 / 1000


class TestCliffsDelta:
    def test_it_is_the_mann_whitney_statistic(self, rng):
        first, second = rng.integers(0, 9, 40).astype(float), rng.integers(0, 9, 30).astype(float)
        speakers = [f"s{number % 8}" for number in range(40)]
        found = permutation.cliffs_delta(
            *joined(first, speakers, second, speakers[:30]), Resampling(500, 1)
        )
        u = stats.mannwhitneyu(first, second).statistic
        assert found.value == pytest.approx(2 * u / (40 * 30) - 1)
        assert found.low < found.value < found.high
        assert (found.n_clips, found.n_speakers) == (70, 8)

    def test_groups_that_do_not_overlap_have_one(self):
        speakers = list("abcdef")
        found = permutation.cliffs_delta(
            *joined(np.arange(6) + 10, speakers, np.arange(6), speakers), Resampling(100, 1)
        )
        assert found[:3] == (1, 1, 1)

    def test_the_interval_covers_the_truth(self):
        truth = 2 * stats.norm.cdf(0.8 / np.sqrt(2 * 1.25)) - 1
        hits = 0
        for seed in range(200):
            rng = np.random.default_rng(seed)
            of_speaker = rng.normal(0, 0.5, (20, 2))
            first, second = (
                of_speaker[:, [column]] + rng.normal(size=(20, 5)) for column in (0, 1)
            )
            speakers = np.arange(20).repeat(5).astype(str)
            data = joined(first.ravel() + 0.8, speakers, second.ravel(), speakers)
            found = permutation.cliffs_delta(*data, Resampling(400, seed))
            hits += found.low <= truth <= found.high
        assert hits / 200 == pytest.approx(0.95, abs=0.05)

    def test_missing_values_and_too_few_speakers(self):
        speakers, resampling = list("abcdef"), Resampling(100, 1)
        values = np.array([1.0, 2, 3, 4, 5, np.nan])
        data = joined(values, speakers, values - 1, speakers)
        found = permutation.cliffs_delta(*data, resampling)
        assert found.n_clips == 10
        data = joined(values[:3], speakers[:3], values[:3], speakers[:3])
        few = permutation.cliffs_delta(*data, resampling)
        assert few.value == 0 and np.isnan(few.low)
        data = joined(values[5:], ["f"], values, speakers)
        nothing = permutation.cliffs_delta(*data, resampling)
        assert np.isnan(nothing.value)


class TestEquivalence:
    @pytest.mark.parametrize("centre", [0.0, 0.5, 0.9, 1.4])
    def test_it_agrees_with_the_interval(self, rng, centre):
        drawn = rng.normal(centre, 0.3, 20_000)
        p = permutation.equivalence(drawn, bound=1.2, n_speakers=12)
        low, high = bootstrap.interval(drawn, 12)
        assert (p < 0.025) == (low > -1.2 and high < 1.2)

    def test_an_effect_at_the_bound_is_a_coin_toss(self, rng):
        drawn = 1 + rng.permutation(np.linspace(-1, 1, 10_001))
        assert permutation.equivalence(drawn, 1.0, 40) == pytest.approx(0.5, abs=0.01)
        assert permutation.equivalence(drawn, 0.5, 40) > 0.6
        assert np.isnan(permutation.equivalence(drawn, 1.0, 4))


def test_false_discovery_rate_steps_up_and_keeps_what_is_missing():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.005])
    found = permutation.false_discovery_rate(p)
    np.testing.assert_allclose(found, [0.02, np.nan, 0.04, 0.04, 0.02])
    assert np.isnan(permutation.false_discovery_rate(np.array([np.nan]))).all()


def test_discoveries_on_null_data_stay_at_their_level(rng):
    """Families of forty null tests: at most 5 % of them name any discovery."""
    speakers = np.repeat(np.arange(12).astype(str), 3)
    named = []
    for seed in range(200):
        values = np.random.default_rng(seed).normal(size=(36, 40))
        p = permutation.sign_flip(values, speakers, Resampling(2047, seed))
        named.append((permutation.false_discovery_rate(p) < 0.05).any())
    assert np.mean(named) <= 0.09


def test_families_of_q_are_told_apart_and_rows_stay_where_they_are():
    table = pd.DataFrame({"class": list("abab"), "p": [0.01, 0.5, 0.02, None]}, index=[7, 5, 3, 1])
    found = permutation.with_q(table, ["class"])
    np.testing.assert_allclose(found["q"], [0.02, 0.5, 0.02, np.nan])
    assert found.index.tolist() == [7, 5, 3, 1] and "q" not in table
    assert permutation.with_q(table[:0], ["class"])["q"].tolist() == []
    wide = table.assign(p2=[0.04, 0.1, None, None])
    found = permutation.with_q(wide, ["class"], ["p", "p2"], ["q", "q2"])
    # of class a 0.01, 0.02 and 0.04, of class b 0.1 and 0.5
    np.testing.assert_allclose(found["q"], [0.03, 0.5, 0.03, np.nan])
    np.testing.assert_allclose(found["q2"], [0.04, 0.2, np.nan, np.nan])
    # a family whose every p is missing
    assert permutation.with_q(table[3:], ["class"])["q"].isna().all()
