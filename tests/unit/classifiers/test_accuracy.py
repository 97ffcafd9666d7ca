"""Accuracies: what is pooled, over what, and how it spreads."""

import numpy as np
import pandas as pd
import pytest

from known_cues import EMOTIONS, shuffled
from runs import PLACE
from sercues.classifiers import accuracy
from sercues.core import tables
from sercues.stats.bootstrap import Resampling


def accuracy_table(*data):
    return tables.stacked([(PLACE, accuracy.accuracy_table(*data, Resampling(500, 1)))], "accuracy")


@pytest.fixture(scope="module")
def predicted():
    """Predictions of 240 clips by two folds and two seeds, and the manifest."""
    rng = np.random.default_rng(1)
    rows = [
        {"clip_id": f"c{i:03d}", "fold": i % 2, "seed": seed, "true_emotion": EMOTIONS[i % 3]}
        for i in range(240)
        for seed in (1, 2)
    ]
    predictions = pd.DataFrame(rows)
    hit = rng.random(len(predictions)) < 0.6
    predictions["predicted_emotion"] = np.where(hit, predictions.true_emotion, "fear")
    names = [f"c{i:03d}" for i in range(240)]
    manifest = pd.DataFrame({"clip_id": names, "speaker": [f"s{i % 10}" for i in range(240)]})
    return predictions, manifest


def test_accuracy_table_pools_folds_and_seeds(predicted):
    predictions, _ = predicted
    table = accuracy_table(*predicted)
    again = accuracy_table(*shuffled(*predicted))
    assert tables.checked(table, "accuracy").equals(tables.checked(again, "accuracy"))

    overall = table[table.measure == "accuracy"].set_index(["fold", "seed"])
    assert set(overall.index) == {(f, s) for f in ("0", "1", "all") for s in ("1", "2")} | {
        ("all", "all")
    }
    pooled = overall.loc[("all", "all")]
    assert pooled.value == pytest.approx(
        (predictions.true_emotion == predictions.predicted_emotion).mean()
    )
    assert (pooled.n_clips, pooled.n_speakers) == (240, 10)
    assert overall.loc[("0", "1")].n_clips == 120
    recalls = table[(table.fold == "all") & (table.seed == "all") & (table.measure == "recall")]
    uar = table[(table.fold == "all") & (table.seed == "all") & (table.measure == "uar")]
    assert recalls.value.mean() == pytest.approx(uar.value.item())


def crowd(accuracy, n_speakers, n_clips=8, spread=0.1, seed=0):
    """Predictions whose share of right ones is `accuracy` to the clip, of speakers who differ."""
    rng = np.random.default_rng(seed)
    speakers = np.repeat([f"s{i}" for i in range(n_speakers)], n_clips)
    of_speaker = np.repeat(rng.normal(0, spread, n_speakers), n_clips)
    ease = of_speaker + rng.uniform(size=len(speakers))
    right = np.argsort(np.argsort(-ease)) < round(accuracy * len(speakers))
    return pd.Series(right), pd.Series(speakers)


@pytest.mark.parametrize(
    ("value", "n_speakers", "near", "far"),
    [(0.63, 400, True, False), (0.5, 400, False, True), (0.63, 25, False, False)],
)
def test_an_accuracy_is_near_a_published_one_far_from_it_or_neither(value, n_speakers, near, far):
    published, resampling = accuracy.Published(0.63, 0.05), Resampling(2000, 1)
    found = accuracy.nearness(*crowd(value, n_speakers), published, resampling)
    assert (found["p_near"] < 0.05, found["p_far"] < 0.05) == (near, far)


@pytest.mark.parametrize("n_speakers", [20, 30, 60, 120])
def test_there_is_room_where_the_published_accuracy_itself_is_shown_to_be_near(n_speakers):
    published, resampling = accuracy.Published(0.625, 0.05), Resampling(4000, 1)
    found = accuracy.nearness(*crowd(0.625, n_speakers), published, resampling)
    assert (found["room"] > 0) == (found["p_near"] < 0.05) == (n_speakers > 40)


def test_only_the_accuracy_over_everything_is_compared_with_the_published_one(predicted):
    rows = accuracy.accuracy_table(*predicted, Resampling(500, 1), accuracy.Published(0.6, 0.2))
    compared = rows[rows["p_near"].notna()]
    assert compared[["fold", "seed", "measure"]].to_numpy().tolist() == [["all", "all", "accuracy"]]
    assert accuracy_table(*predicted)["p_near"].isna().all()


def test_summary_spreads_over_trainings_and_knows_whose_figures_it_quotes(predicted):
    predictions, _ = predicted
    table = accuracy_table(*predicted)
    other = table.assign(corpus="tess", protocol="published")
    summary = accuracy.summary_table(
        pd.concat([other, table]), listeners={"crema_d": 0.4}, published={"crema_d": 0.6}
    )
    summary = tables.checked(summary, "summary").to_pandas()
    assert list(summary.corpus) == ["crema_d"] * 2 + ["tess"] * 2

    hits = predictions.assign(hit=predictions.true_emotion == predictions.predicted_emotion)
    each = hits.groupby(["fold", "seed"]).hit.mean()
    row = summary.iloc[0]
    assert (row.measure, row.n_trainings, row.n_clips) == ("accuracy", 4, 240)
    assert (row["mean"], row.sd) == pytest.approx((each.mean(), each.std()))
    assert (row.lowest, row.highest) == pytest.approx((each.min(), each.max()))
    assert (row.published, row.listeners) == (0.6, 0.4)
    # what others report is accuracy, not recall, and of that corpus only
    assert summary.iloc[1:][["published", "listeners"]].isna().all(axis=None)


def test_summary_of_one_training_has_no_spread(predicted):
    predictions, manifest = predicted
    one = predictions[(predictions.fold == 0) & (predictions.seed == 1)]
    table = accuracy_table(one, manifest)
    summary = accuracy.summary_table(table, {}, {})
    summary = tables.checked(summary, "summary").to_pandas()
    assert (summary.n_trainings == 1).all() and summary.sd.isna().all()
    assert (summary["mean"] == summary.value).all()


def test_accuracies_show_spread_interval_and_what_is_not_known():
    row = {"corpus": "c|d", "protocol": "corrected", "value": 0.5, "n_clips": 90, "n_speakers": 9}
    summary = pd.DataFrame(
        [
            row
            | {"measure": "accuracy", "ci_low": 0.4, "ci_high": 0.6, "n_trainings": 3}
            | {"mean": 0.51, "sd": 0.02, "lowest": 0.49, "highest": 0.53}
            | {"published": 0.63, "listeners": 0.409},
            row
            | {"measure": "uar", "ci_low": np.nan, "ci_high": np.nan, "n_trainings": 1}
            | {"mean": 0.5, "sd": np.nan, "lowest": 0.5, "highest": 0.5}
            | {"published": np.nan, "listeners": np.nan},
        ]
    )
    page = accuracy.page(summary)
    first, second = page.parts[0].rows
    known = ["50.0 [40.0, 60.0]", "51.0 ± 2.0 (49.0–53.0)", "3", "90 (9)", "63.0", "40.9"]
    assert first == ["c|d", "corrected", "accuracy", *known]
    assert second[2:] == ["UAR", "50.0 †", "50.0", "1", "90 (9)", "–", "–"]
    assert "| c\\|d |" in page.markdown() and page.html().count("<tr>") == 3
