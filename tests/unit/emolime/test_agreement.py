"""the EmoLIME study: similarity is what it says, planted structure is found, chance is chance."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from paths import ROOT
from sercues.core import tables
from sercues.emolime import agreement, profiles
from sercues.emolime.study import gather
from sercues.stats.bootstrap import Resampling

PUBLISHED = pd.read_csv(ROOT / "config/published_bands.tsv", sep="\t")
MANIFEST = ["clip_id", "speaker", "emotion"]


def study(noise=0.3, *, classifier=0.0, corpus=0.0, heard=0.0, speakers=6, refits=True, seed=0):
    """Two emotions × three corpora, clips of their speakers by three classifiers, seven bands.

    Each emotion has a profile of its own; `classifier` and `corpus` add to it what is theirs, `heard`
    what all classifiers learn of the speakers they are fitted on.
    """
    rng = np.random.default_rng(seed)
    emotions, corpora, n_classifiers, n_parts = ["angry", "sad"], ["a", "b", "c"], 3, 7
    common = rng.standard_normal((2, n_parts))
    of_corpus = corpus * rng.standard_normal((3, 2, n_parts))
    of_classifier = classifier * rng.standard_normal((n_classifiers, 2, n_parts))
    of_group = heard * rng.standard_normal((3, 3, 2, n_parts))
    rows, weights, learned, fitted = [], [], [], []
    for c, name in enumerate(corpora):
        for speaker in range(speakers):
            for e, emotion in enumerate(emotions):
                rows.append((name, f"{name}{speaker}{emotion}", emotion, f"{name} {speaker}"))
                weights.append(common[e] + of_corpus[c, e] + of_classifier[:, e])
                others = [group for group in range(3) if group != speaker % 3]
                learned.append([of_group[c, :, e].mean(axis=0), *of_group[c, others, e]])
                fitted.append([3 * c + other for other in others])
    clips = pd.DataFrame(rows, columns=["corpus", "clip_id", "emotion", "speaker"])
    fits = np.array(weights)[:, :, None] + np.array(learned)[:, None]
    fits += noise * rng.standard_normal(fits.shape)
    others, fitted = fits[:, :, 1:], np.array(fitted)
    if not refits:
        others, fitted = np.full_like(others, np.nan), np.full_like(fitted, -1)
    return agreement.Study(clips, ["x", "y", "z"], fits[:, :, 0], others, fitted)


def test_likeness_is_that_of_scipy():
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((2, 20, 7)).round(1)  # with ties
    found = agreement.similarity(first, second)
    for row, one, two in zip(found, first, second, strict=True):
        assert row[0] == pytest.approx(stats.pearsonr(one, two).statistic)
        assert row[1] == pytest.approx(stats.spearmanr(one, two).statistic)
        assert row[2] == pytest.approx(one @ two / np.linalg.norm(one) / np.linalg.norm(two))
    top = agreement.similarity(np.array([3.0, 2, 1, 0]), np.array([0, 5.0, 1, 6]))[3]
    assert top == 0.5
    assert np.isnan(agreement.similarity(np.ones(7), first[0])[:2]).all()
    assert np.isnan(agreement.similarity(np.full(7, np.nan), first[0])).all()


def test_means_of_what_is_there_are_those_of_numpy():
    values = np.random.default_rng(0).standard_normal((6, 5, 4, 3))
    values[values > 1] = np.nan
    values[0, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of nothing NumPy warns
        for axis in (0, 1, (1, 2)):
            known = np.nanmean(values, axis=axis)
            np.testing.assert_array_equal(agreement._mean(values, axis), known)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(agreement._mean(values[0, 0], 1)).all()


def test_the_published_figure_says_what_was_read_off_it():
    """Of its 12 pairs of classifiers and 24 pairs of corpora: Pearson .77 and .44."""
    cells = agreement.published_cells(PUBLISHED)
    assert cells.shape == (2, 3, 4, 8)
    found = agreement.compare_profiles(cells[None])
    assert found["classifiers"][0, 0] == pytest.approx(0.77, abs=0.005)
    assert found["corpora"][0, 0] == pytest.approx(0.44, abs=0.005)


def rows_of(one: agreement.Study, draws=400) -> pd.DataFrame:
    table = agreement.agreement_table({"this study": one}, PUBLISHED, Resampling(draws, 1))
    tables.checked(table, "agreement")
    return table[table["source"] == "this study"].set_index(["level", "comparison", "measure"])


@pytest.mark.parametrize("measure", agreement.MEASURES[:3])
def test_what_corpora_add_is_found(measure):
    rows = rows_of(study(corpus=1.0))
    for level in ("profile", "clip"):
        row = rows.loc[level, agreement.ACROSS, measure]
        assert row["ci_low"] > 0 and row["p"] < 0.05
    beyond = rows.loc["clip", agreement.BEYOND, measure]
    assert beyond["ci_low"] > 0 and beyond["p"] < 0.05


def test_what_classifiers_add_is_found():
    rows = rows_of(study(classifier=1.0))
    for level in ("profile", "clip"):
        row = rows.loc[level, agreement.ACROSS, "pearson"]
        assert row["ci_high"] < 0 and row["p"] < 0.05
    assert rows.loc["clip", agreement.BEYOND, "pearson"]["ci_high"] < 0


def test_where_neither_adds_anything_all_is_as_alike_as_another_fit():
    rows = rows_of(study(speakers=20))
    clip = rows.loc["clip"].xs("pearson", level="measure")["value"]
    for name in ("classifiers", "clips", "corpora", *agreement.OF_REFITS.values()):
        assert clip[name] == pytest.approx(clip["refits"], abs=0.02)
    assert clip["emotions"] < clip["clips"] - 0.3
    assert abs(clip[agreement.BEYOND]) < 0.02


def test_what_classifiers_learn_of_the_same_speakers_is_no_likeness_of_theirs():
    """Two classifiers fitted on the same speakers are too alike for a claim about classifiers."""
    values = []
    for seed in range(20):
        rows = rows_of(study(heard=1.0, speakers=9, seed=seed), draws=20)
        values.append(rows.loc["clip"].xs("pearson", level="measure")["value"])
    mean, error = np.mean(values, axis=0), np.std(values, axis=0) / np.sqrt(len(values))
    mean, error = (pd.Series(numbers, values[0].index) for numbers in (mean, error))
    assert mean["classifiers"] > mean["corpora"] + 0.1
    for name in agreement.OF_REFITS.values():
        assert abs(mean[name] - mean["refits"]) < 3 * (error[name] + error["refits"])
    assert abs(mean[agreement.BEYOND]) < 3 * error[agreement.BEYOND] < 0.2


def test_a_ceiling_compares_fits_of_different_speakers_only():
    """Signal and what a fit learned of its speakers vary alike, so r is one half."""
    one = study(0.0, heard=1.0, speakers=30, seed=3)
    rng = np.random.default_rng(0)
    signal, learned = rng.standard_normal((len(one.clips), 3, 7)), rng.standard_normal((9, 3, 7))
    fits = signal[:, None] + learned[one.fits]  # clip × fit × classifier × part
    given = agreement.Study(one.clips, ["x", "y", "z"], signal, fits.swapaxes(1, 2), one.fits)
    rows = rows_of(given, draws=20).xs("refits", level="comparison").xs("pearson", level="measure")
    # a little less: r of seven numbers
    assert rows.loc["clip", "value"] == pytest.approx(0.47, abs=0.06)
    # a mean over ten clips of a group averages their signals, and leaves what was learned
    assert rows.loc["profile", "value"] == pytest.approx(0.1, abs=0.15)


def test_the_permutation_test_keeps_its_level():
    """Profiles without any structure: 5 % of p fall below 0.05."""
    rng = np.random.default_rng(0)
    p = [
        agreement.permuted(rng.standard_normal((3, 3, 2, 7)), Resampling(199, i))[0]
        for i in range(400)
    ]
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.085


def sampled(rng, common, of_corpus, of_classifier, speakers=8) -> agreement.Study:
    """A study whose emotions, corpora and classifiers are given, and whose speakers are drawn."""
    rows, weights = [], []
    for c, corpus in enumerate("abc"):
        for speaker in range(speakers):
            own = 0.5 * rng.standard_normal((2, 7))
            for e, emotion in enumerate(("angry", "sad")):
                rows.append((corpus, f"{corpus}{speaker}{emotion}", emotion, f"{corpus} {speaker}"))
                clip = own[e] + 0.3 * rng.standard_normal(7)
                weights.append(common[e] + of_corpus[c, e] + of_classifier[:, e] + clip)
    clips = pd.DataFrame(rows, columns=["corpus", "clip_id", "emotion", "speaker"])
    fits = np.array(weights)[:, :, None] + 0.5 * rng.standard_normal((len(rows), 3, 3, 7))
    corpus, speaker = np.divmod(np.arange(len(rows)) // 2, speakers)
    others = np.array([[1, 2], [0, 2], [0, 1]])[speaker % 3]
    return agreement.Study(
        clips, ["x", "y", "z"], fits[:, :, 0], fits[:, :, 1:], 3 * corpus[:, None] + others
    )


def covered(rows, studies: int, draws: int) -> pd.Series:
    """Share of `studies` of other speakers whose interval has the mean of all, by comparison."""
    rng = np.random.default_rng(1)
    given = (
        rng.standard_normal((2, 7)),
        0.7 * rng.standard_normal((3, 2, 7)),
        0.5 * rng.standard_normal((3, 2, 7)),
    )
    found = pd.concat(
        [
            pd.DataFrame(rows(sampled(rng, *given), Resampling(draws, seed)))
            for seed in range(studies)
        ]
    )
    found = found[found["measure"] == "pearson"]
    truth = found.groupby("comparison")["value"].transform("mean")
    inside = (found["ci_low"] <= truth) & (truth <= found["ci_high"])
    return inside.groupby(found["comparison"]).mean()


def test_intervals_of_clips_cover_what_they_should():
    each = covered(agreement.clip_rows, 200, 300)
    # 95 % less four standard errors of so many studies
    assert len(each) == 10 and each.drop("emotions").min() >= 0.888
    # nearly nothing in common: what pairs add beyond their clips is not resampled (0.89 of 400)
    assert each["emotions"] >= 0.84 and 0.92 <= each.mean() <= 0.98, each


def test_intervals_of_profiles_cover_at_least_what_they_should():
    """More for what is nearly the same: two draws, of speakers and of clips, spread too much."""
    each = covered(agreement.profile_rows, 50, 150)
    assert len(each) == 4 and each.min() >= 0.84 and each.mean() >= 0.92, each


def test_the_part_of_a_clip_in_pairs_keeps_their_mean():
    one = study(corpus=0.5)
    one.weights[3, 1] = np.nan  # a clip without one of the classifiers
    found = agreement.per_clip(one)["corpora"][:, 0]
    other = one.clips["corpus"].to_numpy()[:, None] != one.clips["corpus"].to_numpy()
    other &= one.clips["emotion"].to_numpy()[:, None] == one.clips["emotion"].to_numpy()
    alike = [agreement.similarity(w[:, None], w[None])[..., 0] for w in one.weights.swapaxes(0, 1)]
    counts = np.array([(other & ~np.isnan(a)).sum(1) for a in alike])
    totals = np.array([np.nansum(np.where(other, a, np.nan), 1) for a in alike])
    each = np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0)
    assert found.mean() == pytest.approx(np.nanmean(each, 0).mean(), abs=1e-12)
    centred = agreement._within_corpora(found[:, None], one.clips)
    assert centred.mean() == pytest.approx(found.mean(), abs=1e-12)


def test_one_corpus_or_classifier_has_no_difference():
    one = study()
    kept = (one.clips["corpus"] == "a").to_numpy()
    alone = agreement.Study(
        one.clips[kept].reset_index(drop=True),
        ["x", "y", "z"],
        *(array[kept] for array in (one.weights, one.refits, one.fits)),
    )
    rows = rows_of(alone)
    assert ("profile", "classifiers", "pearson") in rows.index
    assert not {"corpora", agreement.ACROSS} & set(rows.index.get_level_values("comparison"))
    single = agreement.Study(one.clips, ["x"], one.weights[:, :1], one.refits[:, :1], one.fits)
    assert "classifiers" not in rows_of(single).index.get_level_values("comparison")


def test_without_refits_there_is_no_ceiling():
    rows = rows_of(study(refits=False))
    found = set(rows.index.get_level_values("comparison"))
    assert not found & {"refits", *agreement.OF_REFITS.values(), agreement.BEYOND}


def test_speakers_then_clips_are_drawn_within_their_corpus():
    clips = study(speakers=4).clips
    times = agreement.drawn_clips(clips, Resampling(50, 0))
    for corpus, rows in clips.groupby("corpus"):
        assert (times[:, rows.index].sum(axis=1) == len(rows)).all(), corpus
    assert (times == 0).any() and (times > 1).any()
    assert np.array_equal(times, agreement.drawn_clips(clips, Resampling(50, 0)))


def bands_of(weights: dict, refit=False, fold=0) -> pd.DataFrame:
    """Rows of the table `bands` of clips."""
    rows = []
    for (clip, emotion), values in weights.items():
        for part, value in enumerate(values):
            rows.append(
                {"clip_id": clip, "fold": fold, "refit": refit, "target": "true_label",
                 "target_emotion": emotion, "part": part, "low_hz": 1000.0 * part,
                 "high_hz": 1000.0 * (part + 1), "start_s": 0.0, "end_s": 1.0, "silent": False,
                 "weight": value, "ci_low": value, "ci_high": value, "shapley": value}
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_tables_are_gathered_by_clip_classifier_and_part():
    own = {("1", "sad"): [1, 2, 9], ("2", "sad"): [3, 4, 9]}
    bands = {
        ("a", "x"): pd.concat(
            [
                bands_of(own),
                bands_of({("2", "sad"): [5, 6, 9]}, refit=True, fold=2),
                bands_of({("2", "sad"): [4, 3, 9]}, refit=True, fold=0),
            ]
        ),
        ("b", "x"): bands_of({("1", "angry"): [7, 8, 9]}),
    }
    manifests = {
        "a": pd.DataFrame([("1", "s", "sad"), ("2", "t", "sad")], columns=MANIFEST),
        "b": pd.DataFrame([("1", "s", "angry")], columns=MANIFEST),
    }
    found = gather(bands, manifests, low_pass_hz=2000)  # the third part holds nothing
    assert found.clips["speaker"].tolist() == ["a s", "a t", "b s"]
    np.testing.assert_array_equal(found.weights[:, 0], [[1, 2], [3, 4], [7, 8]])
    nothing = [[np.nan] * 2] * 2
    np.testing.assert_array_equal(found.refits[:, 0], [nothing, [[4, 3], [5, 6]], nothing])
    assert found.fits.tolist() == [[-1, -1], [0, 1], [-1, -1]]
    table = profiles.profile_table(bands, bands, manifests, PUBLISHED, Resampling(100, 1))
    tables.checked(table, "band_profiles")
    row = table[(table["corpus"] == "a") & (table["part"] == 1)].iloc[0]
    assert row["value"] == row["as_published"] == 3 and row["n_clips"] == 2


def test_published_values_stand_beside_ours():
    bands = {("emodb", "compare"): bands_of({("1", "sad"): [1.0, 2.0]})}
    manifests = {"emodb": pd.DataFrame([("1", "s", "sad")], columns=MANIFEST)}
    table = profiles.profile_table(bands, bands, manifests, PUBLISHED, Resampling(100, 1))
    assert table["published"].tolist() == [0.399, -0.047]
