"""Heads: what learns from features, and files that are not theirs."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from sercues.classifiers import linear_svm
from sercues.core.errors import InputError


def clips(n=120, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n, 30)).astype(np.float32)
    values[:, 0] *= 100  # another scale
    emotions = np.array(["angry", "happy", "sad"])[np.argmax(values[:, 1:4], axis=1)]
    speakers = np.array([f"s{i % 6}" for i in range(n)])
    return values, emotions, speakers


def test_a_head_is_the_authors_classifier_calibrated_on_other_speakers():
    values, emotions, speakers = clips()
    head = linear_svm.fit(values, emotions, speakers)
    standardized = (values - values.mean(0)) / values.std(0)
    machine = OneVsRestClassifier(SVC(kernel="linear", C=1.0)).fit(standardized, emotions)
    theirs = machine.decision_function(standardized)
    np.testing.assert_allclose(theirs, standardized @ head.weights.T + head.offset, atol=5e-3)
    probabilities = head.probabilities(values)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (head.labels[probabilities.argmax(axis=1)] == emotions).mean() > 0.9


def test_its_sigmoid_is_that_of_scikit_learn():
    values, emotions, speakers = clips()
    head = linear_svm.fit(values, emotions, speakers)
    truth = emotions == "angry"
    standardized = (values.astype(float) - head.mean) / head.scale
    cut = list(linear_svm._calibration_folds(standardized, truth, speakers))
    for train, test in cut:
        assert not set(speakers[train]) & set(speakers[test])
    machine = CalibratedClassifierCV(SVC(kernel="linear", C=1.0), cv=cut, ensemble=False)
    expected = machine.fit(standardized, truth).predict_proba(standardized)[:, 1]
    decision = standardized @ head.weights[0] + head.offset[0]
    found = 1 / (1 + np.exp(head.slope[0] * decision + head.shift[0]))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_one_speaker_is_calibrated_on_other_clips():
    values, emotions, _ = clips()
    head = linear_svm.fit(values, emotions, np.array(["only"] * len(values)))
    assert np.isfinite(head.probabilities(values)).all()


def test_too_few_clips_are_told():
    values, _, speakers = clips()
    with pytest.raises(InputError, match=r"two emotions with two clips.*'angry': 1"):
        linear_svm.fit(values[:3], np.array(["angry", "sad", "sad"]), speakers[:3])


def test_heads_are_written_and_read_alike(tmp_path):
    values, emotions, speakers = clips()
    head = linear_svm.fit(values, emotions, speakers)
    linear_svm.save({0: head, 3: head}, tmp_path / "a.npz")
    linear_svm.save({3: head, 0: head}, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    found = linear_svm.load(tmp_path / "a.npz")
    assert list(found) == [0, 3]
    assert np.array_equal(found[3].probabilities(values), head.probabilities(values))
    linear_svm.save({}, tmp_path / "none.npz")
    assert linear_svm.load(tmp_path / "none.npz") == {}
