"""Laws of contrasts within speakers: exact small cases, equality with regressions, size."""

import numpy as np
import pytest

from groups import joined
from sercues.stats import bootstrap, permutation, within
from sercues.stats.bootstrap import Resampling

RESAMPLING = Resampling(999, 1)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def voices(rng, n_speakers=12, most=6, n_columns=1):
    """Values, group and speaker of clips: voices differ, numbers of clips differ, nothing else."""
    sizes = rng.integers(1, most + 1, (n_speakers, 2))
    names = np.array([f"s{number:02}" for number in range(n_speakers)])
    speakers = np.repeat(names, sizes.sum(axis=1))
    first = np.concatenate([np.repeat([True, False], pair) for pair in sizes])
    voice = rng.normal(0, 3, (n_speakers, n_columns)).repeat(sizes.sum(axis=1), axis=0)
    return voice + rng.normal(size=(len(speakers), n_columns)), first, speakers


def test_the_mean_difference_is_that_of_a_regression_with_an_intercept_per_speaker(rng):
    formulas = pytest.importorskip("statsmodels.formula.api")
    values, first, speakers = voices(rng)
    fit = formulas.ols(
        "value ~ first + C(speaker)", {"value": values[:, 0], "first": first, "speaker": speakers}
    ).fit()
    found = within.compare(values, first, speakers, RESAMPLING).estimates[0]
    assert found.value == pytest.approx(fit.params["first[T.True]"], abs=1e-9)


def test_with_strata_it_has_an_intercept_per_speaker_and_stratum(rng):
    formulas = pytest.importorskip("statsmodels.formula.api")
    values, first, speakers = voices(rng, most=12)
    strata = rng.choice(["angry", "sad"], len(values))
    cell = np.char.add(speakers.astype(str), strata)
    fit = formulas.ols(
        "value ~ first + C(cell)", {"value": values[:, 0], "first": first, "cell": cell}
    ).fit()
    found = within.compare(values, first, speakers, RESAMPLING, strata).estimates[0]
    assert found.value == pytest.approx(fit.params["first[T.True]"], abs=1e-9)
    shuffled = rng.permutation(len(values))
    data = (values[shuffled], first[shuffled], speakers[shuffled], RESAMPLING, strata[shuffled])
    assert (
        within.compare(*data).estimates
        == within.compare(values, first, speakers, RESAMPLING, strata).estimates
    )


def test_pairs_of_clips_are_paired_differences(rng):
    speakers = np.repeat([f"s{number}" for number in range(10)], 2)
    values, first = rng.normal(size=(20, 2)), np.tile([True, False], 10)
    found = within.compare(values, first, speakers, RESAMPLING)
    paired, names = values[first] - values[~first], speakers[first]
    np.testing.assert_allclose(found.p, permutation.sign_flip(paired, names, RESAMPLING))
    for ours, known in zip(
        found.estimates, bootstrap.means(paired, names, RESAMPLING), strict=True
    ):
        assert ours[:3] == pytest.approx(known[:3]) and ours.n_clips == 2 * known.n_clips


def test_order_of_clips_changes_no_bit(rng):
    values, first, speakers = voices(rng, n_columns=3)
    values[::7, 1] = np.nan
    order = rng.permutation(len(values))
    known = within.compare(values, first, speakers, RESAMPLING)
    turned = within.compare(values[order], first[order], speakers[order], RESAMPLING)
    assert turned.estimates == known.estimates
    np.testing.assert_array_equal(turned.p, known.p)
    np.testing.assert_array_equal(turned.drawn, known.drawn)


def test_missing_clips_are_left_out_column_by_column(rng):
    values, first, speakers = voices(rng, n_columns=2)
    values[::5, 1] = np.nan
    kept = np.isfinite(values[:, 1])
    both = within.compare(values, first, speakers, RESAMPLING)
    alone = within.compare(values[kept][:, 1:], first[kept], speakers[kept], RESAMPLING)
    assert both.estimates[1].value == pytest.approx(alone.estimates[0].value)
    assert both.estimates[1].n_clips == alone.estimates[0].n_clips
    assert both.n_first[1] == alone.n_first[0] < both.n_first[0]


def test_a_speaker_with_one_group_only_is_not_counted():
    data = joined(np.array([[1.0], [3.0], [99.0]]), ["a", "b", "c"], np.zeros((2, 1)), ["a", "b"])
    found = within.compare(*data, RESAMPLING)
    assert found.estimates[0].value == 2 and found.estimates[0].n_speakers == 2
    assert (found.n_first[0], found.n_second[0]) == (2, 2)
    assert np.isnan([found.estimates[0].low, found.p[0]]).all()
    nobody = within.compare(np.zeros((2, 1)), [True, False], ["a", "b"], RESAMPLING)
    assert np.isnan(nobody.estimates[0].value) and nobody.estimates[0].n_clips == 0
    nothing = within.compare(np.zeros((0, 1)), [], [], RESAMPLING)
    assert np.isnan(nothing.estimates[0].value)


def test_speakers_who_differ_in_label_and_voice_fake_no_effect(rng):
    n_speakers, each, tests = 20, 8, 1000
    speakers = np.repeat([f"s{number:02}" for number in range(n_speakers)], each)
    voice = rng.normal(0, 3, n_speakers)
    # the higher a voice, the more of its clips are of the first group
    first = rng.random(len(speakers)) < 0.2 + 0.6 * (voice > 0).repeat(each)
    values = voice.repeat(each)[:, None] + rng.normal(size=(len(speakers), tests))
    found = within.compare(values, first, speakers, RESAMPLING)
    assert (found.p < 0.05).mean() == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_size_holds_where_speakers_differ_in_how_they_express_an_emotion(rng, spread):
    """At a spread of 1, permuting labels within speakers rejected 25 to 35 % of true nulls."""
    n_speakers, each, tests = 12, 8, 2000
    speakers = np.repeat([f"s{number:02}" for number in range(n_speakers)], 2 * each)
    first = np.tile(np.repeat([True, False], each), n_speakers)
    effect = rng.normal(0, spread, (n_speakers, tests)).repeat(2 * each, axis=0)
    values = effect * first[:, None] + rng.normal(size=(len(speakers), tests))
    found = within.compare(values, first, speakers, RESAMPLING)
    assert (found.p < 0.05).mean() == pytest.approx(0.05, abs=0.015)
    ends = np.array(found.estimates)[:, 1:3]
    covered = ((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).mean()
    assert covered == pytest.approx(0.95, abs=0.02)


def test_rounding_of_means_that_do_not_differ_is_no_difference(rng):
    speakers = np.repeat([f"s{number}" for number in range(8)], 6)
    values = 0.1 + np.cumsum(np.full((48, 1), 1e-17), axis=0) * rng.integers(-9, 9, (48, 1))
    assert within.compare(values, np.tile([True, False], 24), speakers, RESAMPLING).p[0] == 1
