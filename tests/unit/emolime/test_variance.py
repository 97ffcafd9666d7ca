"""Variance components of band weights: known ones are found, and none is printed below zero."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as formulas

from sercues.core import tables
from sercues.emolime import variance
from sercues.emolime.study import Study
from sercues.stats.bootstrap import Resampling

KNOWN = {
    "classifier": 0.5,
    "corpus": 0.8,
    "emotion": 0.3,
    "classifier × corpus": 0.4,
    "classifier × emotion": 0.2,
    "corpus × emotion": 0.3,
    "classifier × corpus × emotion": 0.2,
    "speaker": 0.6,
    "classifier × speaker": 0.0,
    "clip": 0.7,
    "residual": 1.0,
}


def design(speakers=(10, 2, 7), clips=(40, 24, 60), classifiers=4, emotions=4) -> dict:
    """Factors of a study whose corpora differ in their speakers and clips."""
    rows, start, first = [], 0, 0
    for corpus, (people, count) in enumerate(zip(speakers, clips, strict=True)):
        for clip in range(count):
            for classifier in range(classifiers):
                speaker = first + clip // emotions % people
                rows.append((classifier, corpus, clip % emotions, speaker, start + clip))
        start, first = start + count, first + people
    names = ("classifier", "corpus", "emotion", "speaker", "clip")
    return dict(zip(names, np.array(rows).T, strict=True))


def drawn(factors: dict, known: dict, rng, n_parts=7) -> np.ndarray:
    """Weights with these components in every band."""
    weights = np.tile(rng.standard_normal(n_parts), (len(factors["clip"]), 1))
    for name, size in known.items():
        level, rows = variance._Levels(factors).of(variance.JOINT[name, name])
        weights += np.sqrt(size) * rng.standard_normal((len(rows), n_parts))[level]
    return weights


def test_known_components_are_found_on_average():
    factors, rng = design(), np.random.default_rng(0)
    found = pd.DataFrame(
        [variance.variances(drawn(factors, KNOWN, rng), factors) / 7 for _ in range(200)]
    )
    error = found.std() / np.sqrt(len(found))
    assert list(found.columns) == list(variance.COMPONENTS)
    assert (abs(found.mean() - pd.Series(KNOWN)) < 3.5 * error).all()
    assert error.max() < 0.06  # of a variance of 0.8 from three corpora
    assert (found["classifier × speaker"] < 0).any()  # unbiased, so below zero by chance


def test_on_balanced_data_they_are_those_of_restricted_maximum_likelihood():
    """One corpus, a clip per speaker and emotion, one classifier: speaker, emotion, clip."""
    rng = np.random.default_rng(1)
    factors = design((30,), (120,), classifiers=1)
    value = drawn(factors, {"emotion": 2.0, "speaker": 1.0, "clip": 0.5}, rng, 1)
    found = variance.variances(value, factors)
    data = pd.DataFrame(factors).assign(value=value[:, 0], all=1)
    parts = {"speaker": "0 + C(speaker)", "emotion": "0 + C(emotion)"}
    model = formulas.mixedlm("value ~ 1", data, groups="all", re_formula="0", vc_formula=parts)
    fit = model.fit(reml=True, method=["lbfgs", "powell"])
    by = dict(zip(model.exog_vc.names, fit.vcomp, strict=True)) | {"residual": fit.scale}
    assert found.index.tolist() == ["emotion", "speaker", "residual"]
    for name, size in found.items():
        assert size == pytest.approx(by[name], rel=1e-3)


def test_on_balanced_data_they_are_those_of_the_analysis_of_variance():
    """Classifiers × clips of one emotion: mean squares of rows and columns."""
    rng = np.random.default_rng(2)
    factors = design((20,), (20,), classifiers=4, emotions=1)
    value = drawn(factors, {"classifier": 0.3, "clip": 1.0, "residual": 0.4}, rng, 1)
    cells = value.reshape(20, 4)
    rest = cells - cells.mean(0) - cells.mean(1)[:, None] + cells.mean()
    residual = (rest**2).sum() / (19 * 3)
    found = variance.variances(value, factors)
    assert found["residual"] == pytest.approx(residual)
    assert found["clip"] == pytest.approx(cells.mean(1).var(ddof=1) - residual / 4)
    assert found["classifier"] == pytest.approx(cells.mean(0).var(ddof=1) - residual / 20)
    assert len(found) == 3


def study_of(factors: dict, weights: np.ndarray) -> Study:
    n_clips, n_classifiers = (factors[name].max() + 1 for name in ("clip", "classifier"))
    array = np.full((n_clips, n_classifiers, weights.shape[1]), np.nan)
    array[factors["clip"], factors["classifier"]] = weights
    _, rows = np.unique(factors["clip"], return_index=True)
    names = ("corpus", "emotion", "speaker", "clip")
    clips = pd.DataFrame({name: [f"{code:03d}" for code in factors[name][rows]] for name in names})
    nothing = np.full((n_clips, n_classifiers, 2, weights.shape[1]), np.nan)
    clips = clips.rename(columns={"clip": "clip_id"})
    return Study(clips, [*"abcd"[:n_classifiers]], array, nothing, np.full((n_clips, 2), -1))


def table_of(factors, weights, draws=40) -> pd.DataFrame:
    study = study_of(factors, weights)
    table = variance.variance_table({"this study": study}, Resampling(draws, 1))
    tables.checked(table, "variance_components")
    return table.set_index("component")


def test_shares_are_not_below_zero_and_sum_to_one():
    factors, rng = design(), np.random.default_rng(3)
    only = {name: 0.0 for name in KNOWN} | {"classifier": 0.5, "residual": 1.0}
    table = table_of(factors, drawn(factors, only, rng))
    assert (table["variance"] < 0).any() and (table.loc[table["variance"] < 0, "value"] == 0).all()
    assert table["value"].sum() == pytest.approx(1)
    assert table.loc["residual", "value"] == pytest.approx(2 / 3, abs=0.15)
    assert (table["ci_low"] >= 0).all() and (table["ci_high"] <= 1).all()
    assert table.loc["speaker", "levels"] == 19 and table.loc["residual", "levels"] == 4 * 124


def test_with_one_corpus_or_classifier_what_cannot_be_told_apart_is_missing():
    rng = np.random.default_rng(4)
    one = design((6,), (24,), classifiers=2)
    table = table_of(one, rng.standard_normal((48, 3)))
    assert not [name for name in table.index if "corpus" in name]
    assert {"classifier", "emotion", "classifier × emotion", "speaker", "clip"} <= {*table.index}
    # a clip per speaker: clip is there, speaker is not
    table = table_of(design((24,), (24,), emotions=1), rng.standard_normal((96, 3)))
    assert table.index.tolist() == ["classifier", "clip", "residual"]
    # a single classifier: what is left is called residual
    table = table_of(design((24,), (24,), classifiers=1, emotions=1), rng.standard_normal((24, 3)))
    assert table.index.tolist() == ["residual"] and table["value"].tolist() == [1]


def test_few_speakers_have_no_interval_and_equal_weights_no_rows():
    few = design((2, 2), (8, 8))
    weights = np.random.default_rng(5).standard_normal((64, 3))
    assert table_of(few, weights)[["ci_low", "ci_high"]].isna().all(axis=None)
    assert table_of(few, np.ones((64, 3))).empty


def test_speakers_drawn_twice_are_two_speakers():
    factors = design((3, 2), (12, 8), classifiers=2)
    values = np.arange(40.0)[:, None]
    for again, of in variance.redrawn(values, factors, Resampling(20, 0)):
        assert np.array_equal(np.unique(of["speaker"]), np.arange(5))
        assert [len(np.unique(of["speaker"][of["corpus"] == c])) for c in (0, 1)] == [3, 2]
        # a clip belongs to one speaker, with both classifiers
        assert pd.DataFrame(of).groupby("clip")["speaker"].nunique().max() == 1
        assert (pd.DataFrame(of).groupby("clip").size() == 2).all()
        own = factors["speaker"][again[:, 0].astype(int)]
        assert (
            pd.DataFrame({"new": of["speaker"], "old": own}).groupby("new")["old"].nunique().max()
            == 1
        )
