"""Laws of the detection of errors."""

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import special, stats
from sklearn.metrics import roc_auc_score

from known_errors import RESAMPLING, score, study
from paths import ROOT
from runs import of_run
from sercues.core import tables
from sercues.core.names import BASELINES, COUNTERPARTS, REGIONS
from sercues.evaluation import error_detection, plausibility
from sercues.stats import permutation
from simulated_errors import simulated

WITHIN, BEYOND = "auroc_within_speaker", "auroc_beyond_confidence"


def detected(data, resampling=RESAMPLING):
    """Table `detection` of simulated clips, by score and measure."""
    table = error_detection.detection_table(
        data.plausibility, data.predictions, data.manifest, resampling
    )
    return of_run(table, "detection").set_index(["score", "measure"])


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
    rows = table.set_index(["score", "measure"])
    found = rows["value"]
    wide = scored.pivot_table(index="clip_id", columns="region", values="plausibility")
    of_clip = data.explained.set_index("clip_id").reindex(wide.index)
    right, predicted = of_clip["correct"], of_clip["predicted_emotion"]
    for region in REGIONS:
        known = wide[region].notna()
        area = roc_auc_score(right[known], wide[region][known])
        assert found[f"plausibility_{region}", "auroc_pooled"] == pytest.approx(area)
        each, pairs = [], []
        for _, clips in wide[known].groupby(predicted[known]):
            each.append(roc_auc_score(right[clips.index], clips[region]))
            pairs.append(right[clips.index].sum() * (~right[clips.index]).sum())
        area = np.average(each, weights=pairs)
        assert found[f"plausibility_{region}", "auroc"] == pytest.approx(area)
    assert found["plausibility_salient", "auroc"] == 1
    # every region beside the salient segments, control windows beside the matched salient ones
    for region in (name for name in BASELINES if name != "full"):
        ahead = rows.loc[(f"plausibility_{region}", "ahead")]
        partner = COUNTERPARTS.get(region, "salient")
        areas = [found[f"plausibility_{name}", WITHIN] for name in (partner, region)]
        assert ahead.value == pytest.approx(areas[0] - areas[1])
        assert ahead.ci_low > 0.2 and ahead.q < 0.05
    assert ("plausibility_salient", "ahead") not in rows.index
    clips = rows.xs("auroc", level="measure")["n_clips"]
    assert clips["plausibility_salient_matched"] == clips["plausibility_control"]
    assert clips["plausibility_salient_matched"] == 0.75 * clips["plausibility_loudest"]
    assert clips["plausibility_rest"] == 0.75 * clips["plausibility_loudest"]
    assert clips["plausibility_loudest"] == clips["plausibility_salient"] == clips["entropy"]
    both = "confidence_and_plausibility"
    assert found[both, "gain"] == pytest.approx(found[both, WITHIN] - found["confidence", WITHIN])
    assert found[both, "gain"] > 0.05
    described, tested = error_detection.shown(table)
    cells = {row[3]: dict(zip(described.head, row, strict=True)) for row in described.rows}
    assert cells["plausibility, salient"]["AUROC"] == "100.0 [100.0, 100.0]"
    cells = {row[3]: dict(zip(tested.head, row, strict=True)) for row in tested.rows}
    assert cells["plausibility, salient"]["salient − region"] == "–"
    assert cells["these and plausibility, regression"]["gain"] == f"{100 * found[both, 'gain']:.1f}"


def test_every_region_has_a_score_with_a_name():
    regions = {f"plausibility_{region}" for region in REGIONS}
    assert regions == {
        *error_detection.PLAUSIBILITY,
        *error_detection.MATCHED,
        *error_detection.REST,
    }
    described = yaml.safe_load((ROOT / "workflow/schemas/tables.yaml").read_text("utf-8"))
    known = set(described["detection"]["columns"]["score"]["values"])
    assert known == set(error_detection.SCORES) >= regions


def test_every_family_of_q_is_a_measure():
    rows = detected(simulated("clip", n_speakers=8)).reset_index()
    tested = rows[rows["p"].notna()]
    assert set(tested["measure"]) == {WITHIN, BEYOND, "ahead"}
    assert tested["score"].str.startswith("plausibility_").all()
    for _, family in rows.groupby("measure"):
        known = permutation.false_discovery_rate(family["p"].to_numpy(float))
        np.testing.assert_array_equal(family["q"].to_numpy(float), known)
    assert (tested["measure"] == "ahead").sum() == len(BASELINES)


def test_a_class_that_is_predicted_well_and_is_plausible_detects_nothing_within_it():
    pooled = []
    for seed in range(4):
        data = simulated("class", seed=seed)
        rows = detected(data)
        salient, blind = rows.loc["plausibility_salient"], rows.loc["predicted_class"]
        # over all pairs it seems to, as the class alone does
        pooled.append(salient.loc["auroc_pooled"])
        assert blind.loc["auroc_pooled", "ci_low"] > 0.5
        assert salient.loc[["auroc", WITHIN, BEYOND], "value"].between(0.46, 0.54).all()
        assert salient.loc[[WITHIN, BEYOND], "p"].min() > 0.02
        assert blind.loc["auroc", "value"] == 0.5
        errors = 1 - data.predictions["correct"].mean()
        assert blind.loc["aurc", "value"] == pytest.approx(errors)
        summary = plausibility.summary_table(data.plausibility, data.manifest, RESAMPLING)
        difference = summary.query("region == 'salient' and group == 'difference'").iloc[0]
        assert difference["p"] > 0.02 and abs(difference["value"]) < 0.15
    assert np.mean([row["value"] for row in pooled]) > 0.54
    assert sum(row["ci_low"] > 0.5 for row in pooled) >= 3


@pytest.mark.parametrize(("condition", "adds"), [("confidence", False), ("clip", True)])
def test_what_confidence_explains_adds_nothing_to_it(condition, adds):
    salient = detected(simulated(condition, seed=4)).loc["plausibility_salient"]
    assert salient.loc[WITHIN, "ci_low"] > 0.5 and salient.loc[WITHIN, "p"] < 0.05
    assert (salient.loc[BEYOND, "ci_low"] > 0.5) == adds
    assert (salient.loc[BEYOND, "p"] < 0.05) == adds


def test_a_trait_of_speakers_who_are_recognised_well_gains_nothing():
    gains = []
    for seed in range(4):
        rows = detected(simulated("speaker", seed=seed))
        assert rows.loc[("plausibility_salient", "auroc"), "ci_low"] > 0.5
        assert rows.loc["plausibility_salient"].loc[[WITHIN, BEYOND], "p"].min() > 0.05
        gains.append(rows.loc[("confidence_and_plausibility", "gain"), "value"])
    assert np.mean(gains) < 0.003


def test_regressions_know_the_predicted_class():
    """Confidence says nothing here, so a regression without the class would be blind."""
    rng = np.random.default_rng(0)
    classes, speakers = np.tile(["angry", "sad"], 200), np.repeat(np.arange(10), 40).astype(str)
    right = rng.random(400) < np.where(classes == "sad", 0.2, 0.8)
    found = error_detection.regressions(
        rng.normal(size=(400, 3)), rng.normal(size=400), right, classes, speakers
    )
    assert all(roc_auc_score(right, found[name]) > 0.7 for name in error_detection.REGRESSIONS)


def test_doubt_is_higher_where_the_network_is_surer():
    predictions = pd.DataFrame(
        {"fold": 0, "seed": 1, "clip_id": ["a", "b"], "scores": [[9.0, 0, 0], [1.0, 0.9, 0]]}
    )
    found = error_detection.confidences(predictions)
    assert (found.loc[(0, 1, "a")] > found.loc[(0, 1, "b")]).all()
    assert found["entropy"].max() <= 0
    shares = special.softmax(np.stack(predictions["scores"].to_list()), axis=1)
    np.testing.assert_allclose(found["entropy"], -stats.entropy(shares, axis=1), atol=1e-12)


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
    assert page.parts[0].rows and not any(part.rows for part in page.parts[1:])
