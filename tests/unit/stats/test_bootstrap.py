"""Laws of the bootstrap over speakers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sercues.core.errors import InputError
from sercues.stats import bootstrap
from sercues.stats.bootstrap import MIN_SPEAKERS, Estimate, Resampling

DRAWS = 4000


def crowd(n_speakers, clips_each, spread_between, spread_within, seed=0):
    """Clip values and speakers: a level per speaker and a deviation per clip, around zero."""
    rng = np.random.default_rng(seed)
    speakers = np.repeat([f"s{i:03d}" for i in range(n_speakers)], clips_each)
    levels = np.repeat(rng.normal(0, spread_between, n_speakers), clips_each)
    return levels + rng.normal(0, spread_within, len(levels)), speakers


def width(estimate: Estimate) -> float:
    return estimate.high - estimate.low


@pytest.mark.parametrize("n_speakers", [6, 12, 40, 200])
def test_one_clip_per_speaker_gives_students_interval(n_speakers):
    values, speakers = crowd(n_speakers, 1, 1, 1)
    found = bootstrap.means(values[:, None], speakers, Resampling(20000, 1))[0]
    assert found.value == pytest.approx(values.mean())
    error = values.std(ddof=1) / np.sqrt(n_speakers)
    half = stats.t.ppf(0.975, n_speakers - 1) * error
    # tails of few, skewed or discrete draws differ most; 200 speakers are close to the normal law
    tolerance = {6: 0.2, 12: 0.12, 40: 0.06, 200: 0.04}[n_speakers] * 2 * half
    assert found.low == pytest.approx(values.mean() - half, abs=tolerance)
    assert found.high == pytest.approx(values.mean() + half, abs=tolerance)


@pytest.mark.parametrize("n_speakers", [5, 12, 60])
def test_one_clip_per_speaker_is_the_bootstrap_of_scipy(n_speakers):
    """The same draws, and the ends of its percentile interval at the expanded level."""
    values, speakers = crowd(n_speakers, 1, 1, 1)
    found = bootstrap.means(values[:, None], speakers, Resampling(2000, 7))[0]
    spread = stats.t.ppf(0.975, n_speakers - 1) * np.sqrt(n_speakers / (n_speakers - 1))
    known = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=2000,
        confidence_level=2 * stats.norm.cdf(spread) - 1,
        method="percentile",
        rng=np.random.default_rng(7),
    )
    np.testing.assert_allclose(found[1:3], known.confidence_interval, atol=1e-12)


@pytest.mark.parametrize("n_speakers", [6, 12, 40])
def test_interval_covers_the_truth_in_95_of_100_repetitions(n_speakers):
    repeats, rng = 1000, np.random.default_rng(5)
    speakers = np.repeat(np.arange(n_speakers).astype(str), rng.integers(1, 8, n_speakers))
    _, codes = np.unique(speakers, return_inverse=True)
    levels = rng.normal(size=(n_speakers, repeats))[codes]
    # every column is a repetition of the whole study, on the same speakers and numbers of clips
    values = levels + rng.normal(size=(len(speakers), repeats))
    found = np.array(bootstrap.means(values, speakers, Resampling(1000, 2)))
    covered = np.mean((found[:, 1] <= 0) & (found[:, 2] >= 0))
    # three standard errors of the simulation are 0.02; few speakers of unequal clips cost more
    assert covered == pytest.approx(0.95, abs=0.045 if n_speakers < 12 else 0.03)


def test_clustered_is_wider_than_naive_when_a_speakers_clips_are_alike():
    values, speakers = crowd(20, 15, spread_between=1, spread_within=0.3)
    clips = [f"c{i:03d}" for i in range(len(values))]
    clustered = bootstrap.means(values[:, None], speakers, Resampling(DRAWS, 1))[0]
    naive = bootstrap.means(values[:, None], clips, Resampling(DRAWS, 1))[0]
    assert width(clustered) > 2 * width(naive)


def test_clustered_equals_naive_when_a_speakers_clips_are_not_alike():
    values, speakers = crowd(200, 5, spread_between=0, spread_within=1)
    clips = [f"c{i:04d}" for i in range(len(values))]
    clustered = bootstrap.means(values[:, None], speakers, Resampling(DRAWS, 1))[0]
    naive = bootstrap.means(values[:, None], clips, Resampling(DRAWS, 1))[0]
    assert width(clustered) == pytest.approx(width(naive), rel=0.15)


def test_seed_decides_the_draws():
    values, speakers = crowd(12, 3, 1, 1)
    first, again, other = (
        bootstrap.means(values[:, None], speakers, Resampling(DRAWS, seed))[0] for seed in (1, 1, 2)
    )
    assert first == again
    assert first.low != other.low
    assert first.value == other.value


def test_blocks_of_draws_equal_one_block(monkeypatch):
    totals = np.random.default_rng(0).normal(size=(7, 2))
    whole = bootstrap.resampled_totals(totals, Resampling(100, 4))
    monkeypatch.setattr(bootstrap, "BLOCK", 70)
    np.testing.assert_allclose(bootstrap.resampled_totals(totals, Resampling(100, 4)), whole)


def test_every_draw_has_as_many_speakers_as_there_are():
    drawn = bootstrap.resampled_totals(np.eye(9), Resampling(500, 0))
    assert (drawn.sum(axis=1) == 9).all()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(9), abs=0.2)


def test_missing_values_are_left_out_column_by_column():
    values, speakers = crowd(10, 4, 1, 1)
    holes = values.copy()
    holes[::3] = np.nan
    pair = bootstrap.means(np.stack([values, holes], axis=1), speakers, Resampling(DRAWS, 1))
    kept = np.isfinite(holes)
    alone = bootstrap.means(holes[kept][:, None], speakers[kept], Resampling(DRAWS, 1))[0]
    assert pair[1] == alone
    assert (pair[0].n_clips, pair[1].n_clips) == (40, kept.sum())


def test_too_few_speakers_have_no_interval_and_none_have_no_value():
    values, speakers = crowd(MIN_SPEAKERS - 1, 50, 1, 1)
    few = bootstrap.means(values[:, None], speakers, Resampling(DRAWS, 1))[0]
    assert np.isfinite(few.value) and np.isnan([few.low, few.high]).all()
    values, speakers = crowd(MIN_SPEAKERS, 1, 1, 1)
    assert np.isfinite(width(bootstrap.means(values[:, None], speakers, Resampling(DRAWS, 1))[0]))
    nobody = bootstrap.means(np.empty((0, 1)), [], Resampling(DRAWS, 1))[0]
    assert np.isnan(nobody.value) and nobody.n_clips == 0 and nobody.n_speakers == 0


def test_accuracy_recall_and_uar_agree_with_their_definitions():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    labels = np.array(["angry", "happy", "sad"])
    true = rng.choice(labels, 300, p=[0.6, 0.3, 0.1])
    predicted = np.where(rng.random(300) < 0.6, true, rng.choice(labels, 300))
    speakers = rng.integers(12, size=300).astype(str)
    data = (true, predicted, speakers, Resampling(DRAWS, 1))
    accuracy = bootstrap.accuracy(*data)
    uar = bootstrap.unweighted_average_recall(*data)
    recalls = bootstrap.recalls(*data)
    assert accuracy.value == pytest.approx(metrics.accuracy_score(true, predicted))
    assert uar.value == pytest.approx(metrics.balanced_accuracy_score(true, predicted))
    assert uar.value == pytest.approx(np.mean([recall.value for recall in recalls.values()]))
    assert list(recalls) == sorted(labels)
    assert sum(recall.n_clips for recall in recalls.values()) == accuracy.n_clips == 300
    for found in (accuracy, uar, *recalls.values()):
        assert 0 <= found.low < found.value < found.high <= 1


def test_recall_in_every_draw_is_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    true, predicted = rng.choice(list("abc"), (2, 120), p=[0.5, 0.3, 0.2])
    names, codes = np.unique(rng.integers(12, size=120).astype(str), return_inverse=True)
    times = bootstrap.resampled_totals(np.eye(len(names)), Resampling(100, 1))[:, codes]
    data = (true, predicted, names[codes], Resampling(100, 1))
    for found, function in (
        (bootstrap.unweighted_average_recall(*data), metrics.balanced_accuracy_score),
        (bootstrap.accuracy(*data), metrics.accuracy_score),
    ):
        drawn = np.array([function(true, predicted, sample_weight=count) for count in times])
        known = (function(true, predicted), *bootstrap.interval(drawn, len(names)))
        np.testing.assert_allclose(found[:3], known, atol=1e-12)


def test_shared_variance_is_the_squared_correlation_of_scipy():
    first, speakers = crowd(12, 5, 1, 1)
    second = first + np.random.default_rng(1).normal(size=60)
    second[::9] = np.nan
    kept = np.isfinite(second)
    found = bootstrap.shared_variance(first, second, speakers, Resampling(100, 1))
    known = stats.pearsonr(first[kept], second[kept]).statistic ** 2
    assert found.value == pytest.approx(known, abs=1e-12)


def test_means_of_clips_find_their_speakers():
    values, speakers = crowd(8, 3, 1, 1)
    clips = pd.DataFrame({"a": values, "b": values**2}, index=[f"c{i}" for i in range(24)])
    manifest = pd.DataFrame({"clip_id": clips.index, "speaker": speakers}).iloc[::-1]
    found = bootstrap.means_of_clips(clips, manifest, Resampling(100, 1))
    assert found == bootstrap.means(clips.to_numpy(), speakers, Resampling(100, 1))
    with pytest.raises(InputError, match="'c0' has no speaker"):
        bootstrap.means_of_clips(clips, manifest[:-1], Resampling(100, 1))


def test_a_label_never_true_does_not_enter_the_uar():
    true, speakers = ["angry", "sad"] * 10, [str(i) for i in range(20)]
    predicted = ["angry", "surprise"] * 10
    assert (
        bootstrap.unweighted_average_recall(true, predicted, speakers, Resampling(DRAWS, 1)).value
        == 0.5
    )
    assert set(bootstrap.recalls(true, predicted, speakers, Resampling(DRAWS, 1))) == {
        "angry",
        "sad",
    }


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="3 clips"):
        bootstrap.means(np.zeros((4, 1)), ["a"] * 3, Resampling(DRAWS, 1))
