"""Laws of the detection of errors."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from sklearn.metrics import average_precision_score, roc_auc_score

from known_errors import RESAMPLING, score, study
from runs import of_run
from sercues.core import tables
from sercues.evaluation import error_detection, plausibility
from sercues.stats import bootstrap
from sercues.stats.bootstrap import Resampling


def test_areas_are_those_of_scikit_learn(expectations):
    data = study(wrong_share=0.3)
    # the last take of each has no controls: nothing in it is alike
    alone = data.cues["region"].isin(["salient_matched", "control"]) & data.cues[
        "clip_id"
    ].str.endswith("_3")
    # in the first take all windows are salient
    whole = (data.cues["region"] == "rest") & data.cues["clip_id"].str.endswith("_0")
    data.cues = data.cues[~alone & ~whole]
    scored = score(data, expectations)
    table = error_detection.detection_table(scored, data.predictions, data.manifest, RESAMPLING)
    table = of_run(table, "detection")
    tables.checked(table, "detection")
    found = table.set_index(["score", "measure"])["value"]
    wide = scored.pivot_table(index="clip_id", columns="region", values="plausibility")
    right = data.explained.set_index("clip_id")["correct"].reindex(wide.index)
    for region in ("salient", "full", "rest", "random", "loudest", "salient_matched", "control"):
        known = wide[region].notna()
        area = roc_auc_score(right[known], wide[region][known])
        assert found[f"plausibility_{region}", "auroc"] == pytest.approx(area)
    assert found["plausibility_salient", "auroc"] == 1
    # every region beside the salient segments, control windows beside the matched salient ones
    rows = table.set_index(["score", "measure"])
    for region, partner in (
        ("rest", "salient"),
        ("random", "salient"),
        ("loudest", "salient"),
        ("control", "salient_matched"),
    ):
        ahead = rows.loc[(f"plausibility_{region}", "ahead")]
        areas = [found[f"plausibility_{name}", "auroc"] for name in (partner, region)]
        assert ahead.value == pytest.approx(areas[0] - areas[1]) and ahead.ci_low > 0.2
    assert ("plausibility_salient", "ahead") not in rows.index
    clips = rows.xs("auroc", level="measure")["n_clips"]
    assert clips["plausibility_salient_matched"] == clips["plausibility_control"]
    assert clips["plausibility_salient_matched"] == 0.75 * clips["plausibility_loudest"]
    assert clips["plausibility_rest"] == 0.75 * clips["plausibility_loudest"]
    assert clips["plausibility_loudest"] == clips["plausibility_salient"] == clips["entropy"]
    assert found["confidence_and_plausibility", "gain"] == pytest.approx(
        found["confidence_and_plausibility", "auroc"] - found["confidence", "auroc"]
    )
    assert found["confidence_and_plausibility", "gain"] > 0.05
    shown = error_detection.shown(table)
    cells = {row[3]: dict(zip(shown.head, row, strict=True)) for row in shown.rows}
    assert cells["plausibility, salient segments"]["AUROC"] == "100.0 [100.0, 100.0]"
    assert cells["plausibility, salient segments"]["gain"] == "–"


def test_doubt_is_higher_where_the_network_is_surer():
    predictions = pd.DataFrame(
        {"fold": 0, "seed": 1, "clip_id": ["a", "b"], "scores": [[9.0, 0, 0], [1.0, 0.9, 0]]}
    )
    found = error_detection.confidences(predictions)
    assert (found.loc[(0, 1, "a")] > found.loc[(0, 1, "b")]).all()
    assert found["entropy"].max() <= 0
    shares = special.softmax(np.stack(predictions["scores"].to_list()), axis=1)
    np.testing.assert_allclose(found["entropy"], -stats.entropy(shares, axis=1), atol=1e-12)


def test_risk_coverage_of_known_rankings():
    right, once = np.array([True, True, False, False]), np.ones((1, 4), dtype=int)
    ranked = error_detection.risk_coverage(np.array([4.0, 3, 2, 1]), right, once)
    assert ranked == pytest.approx([(0 + 0 + 1 / 3 + 1 / 2) / 4])
    assert error_detection.risk_coverage(np.zeros(4), right, once) == pytest.approx([0.5])


def test_a_clip_drawn_twice_counts_as_two_clips():
    rng = np.random.default_rng(3)
    values = rng.integers(0, 12, 40).astype(float)  # with ties
    pair, right = np.stack([values, rng.random(40)], axis=1), rng.random(40) < 0.6
    times = rng.integers(0, 4, (25, 40))
    precisions = error_detection.precision(values, right, times)
    areas = error_detection.risk_coverage(values, right, times)
    gains = error_detection._gain(pair, right, times)
    for draw, count in enumerate(times):
        copies = np.repeat(np.arange(40), count)
        own, outcome = pair[copies], right[copies]
        assert precisions[draw] == pytest.approx(average_precision_score(~outcome, -own[:, 0]))
        first, second = (roc_auc_score(outcome, score) for score in own.T)
        assert gains[draw] == pytest.approx(first - second)
        # by its definition: the mean risk at every coverage, a tie at its mean rate
        rate = pd.Series((~outcome).astype(float)).groupby(own[:, 0]).transform("mean").to_numpy()
        risk = np.cumsum(rate[np.argsort(-own[:, 0])]) / np.arange(1, len(own) + 1)
        assert areas[draw] == pytest.approx(risk.mean())


def test_areas_in_every_draw_are_those_of_scikit_learn():
    rng = np.random.default_rng(3)
    values, right = rng.integers(0, 12, 60).astype(float), rng.random(60) < 0.6  # with ties
    names, codes = np.unique(rng.integers(9, size=60).astype(str), return_inverse=True)
    found = error_detection.auroc(values, right, names[codes], Resampling(200, 1))
    times = bootstrap.resampled_totals(np.eye(len(names)), Resampling(200, 1))[:, codes]
    drawn = np.array([roc_auc_score(right, values, sample_weight=count) for count in times])
    known = (roc_auc_score(right, values), *bootstrap.interval(drawn, len(names)))
    np.testing.assert_allclose(found[:3], known, atol=1e-12)


def test_a_regression_never_sees_the_speaker_it_scores():
    # every speaker's outcome is the sign of a feature of its own: nothing carries over
    rng = np.random.default_rng(0)
    speakers = pd.Series(np.repeat(np.arange(10).astype(str), 20))
    right = rng.random(200) < 0.5
    features = np.zeros((200, 10))
    features[np.arange(200), speakers.astype(int)] = np.where(right, 1.0, -1.0)
    scores = error_detection.fitted(features, right, speakers)
    assert roc_auc_score(right, scores) < 0.6
    assert np.isnan(error_detection.fitted(features, np.ones(200, bool), speakers)).all()
    assert np.isnan(error_detection.fitted(features[:80], right[:80], speakers[:80])).all()


def test_without_errors_there_is_nothing_to_detect(expectations):
    data = study(wrong_share=0)
    scored = score(data, expectations)
    assert error_detection.detection_table(
        scored, data.predictions, data.manifest, RESAMPLING
    ).empty
    summary = plausibility.summary_table(scored, data.manifest, RESAMPLING)
    summary = of_run(summary, "plausibility_summary")
    page = plausibility.page(summary, error_detection.shown(tables.empty("detection")))
    assert page.parts[0].rows and not page.parts[1].rows
