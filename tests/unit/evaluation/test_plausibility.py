"""Laws of plausibility and of the detection of errors."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from sklearn.metrics import average_precision_score, roc_auc_score

import score_plausibility
import tabulate_plausibility
from paths import ROOT
from sercues.core import job, tables
from sercues.core.errors import InputError
from sercues.corpora.labels import EMOTIONS
from sercues.cues.catalogue import CUES
from sercues.evaluation import error_detection, plausibility
from sercues.stats import bootstrap, permutation

EXPECTATIONS = ROOT / "config" / "expectations.tsv"
PLACE = {"corpus": "c", "protocol": "corrected", "method": "crp"}
SETTINGS = PLACE | {"draws": 300, "seed": 1}
SIGN = {"angry": 1.0, "sad": -1.0, "neutral": 0.0}


@pytest.fixture
def expectations():
    return plausibility.read_expectations(EXPECTATIONS)


def study(n_speakers=10, wrong_share=0.5, seed=0):
    """Clips whose cues lie on the side of their true emotion; a part of them is misclassified.

    Angry is taken for sad and sad for angry, so a misclassified clip's cues lie on the wrong side.
    Salient segments show the emotion, random ones show noise; every region has a level of its own.
    """
    rng = np.random.default_rng(seed)
    cues, explained, manifest, predictions = [], [], [], []
    for speaker in range(n_speakers):
        height = rng.normal(0, 10)
        for true, sign in SIGN.items():
            for take in range(4):
                clip = f"{speaker}_{true}_{take}"
                wrong = true != "neutral" and rng.random() < wrong_share
                predicted = {"angry": "sad", "sad": "angry"}.get(true, true) if wrong else true
                key = {"clip_id": clip, "fold": 0, "seed": 1}
                labels = {"true": true, "predicted": predicted, "correct": not wrong}
                explained.append(key | labels | {"target_kind": "predicted", "target": predicted})
                manifest.append({"clip_id": clip, "speaker": f"s{speaker}"})
                scores = np.array([rng.normal(1 if wrong else 2), 0.0], dtype=np.float32)
                predictions.append(key | labels | {"labels": ["a", "b"], "scores": scores})
                for region, draw, shown in (
                    ("salient", 0, 1.0),
                    ("full", 0, 0.5),
                    ("energy", 0, 0.0),
                    ("paired", 0, 1.0),
                    ("matched", 0, 0.0),
                    ("random", 0, 0.0),
                    ("random", 1, 0.0),
                ):
                    level = height + {"salient": 5, "energy": 9}.get(region, 0) + sign * shown
                    row = key | {"target_kind": "predicted", "region": region, "draw": draw}
                    row["n_frames"] = 9
                    noise = rng.normal(0, 0.2, len(CUES))
                    cues.append(row | dict(zip(CUES, level + noise, strict=True)))
    frames = (cues, explained, manifest, predictions)
    return SimpleNamespace(
        **dict(
            zip(
                ("cues", "explained", "manifest", "predictions"),
                map(pd.DataFrame, frames),
                strict=True,
            )
        )
    )


def score(data, expectations):
    return plausibility.score_clips(data.cues, data.explained, data.manifest, expectations)


def test_the_file_names_known_words_and_where_they_come_from(expectations):
    assert set(expectations["emotion"]) <= set(EMOTIONS) - {"neutral"}
    assert expectations["source"].str.len().min() > 3
    confirmed = expectations[expectations["status"] == "confirmatory"]
    # jitter, shimmer and HNR are contested throughout
    assert set(confirmed["cue"]) == {
        "loudness",
        "pitch_level",
        "pitch_variability",
        "slope_500_1500",
    }


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cue": "volume"}, ["cue 'volume'", "loudness"]),
        ({"direction": "higher"}, ["direction 'higher'", "up, down, none"]),
        ({"status": "sure"}, ["status 'sure'", "confirmatory"]),
    ],
)
def test_an_unknown_word_is_named(tmp_path, expectations, changed, words):
    path = tmp_path / "expectations.tsv"
    expectations.assign(**changed).to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError) as raised:
        plausibility.read_expectations(path)
    assert all(word in str(raised.value) for word in [*words, str(path)])


def test_a_missing_column_and_a_cell_that_stands_twice_are_named(tmp_path, expectations):
    path = tmp_path / "expectations.tsv"
    expectations.drop(columns="source").to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError, match="lacks the column 'source'"):
        plausibility.read_expectations(path)
    pd.concat([expectations, expectations.head(1)]).to_csv(path, sep="\t", index=False)
    with pytest.raises(InputError, match="loudness of angry twice"):
        plausibility.read_expectations(path)
    with pytest.raises(InputError, match="cannot be read"):
        plausibility.read_expectations(tmp_path / "none.tsv")


def test_agreement_counts_expected_cues_only_and_skips_missing_ones():
    signs = np.array([[1, -1, 1], [np.nan, -1, 0], [np.nan, np.nan, 1]])
    expected = np.array([[1, 1, 0], [-1, 0, 1]])
    found = plausibility.agreement(signs, expected)
    np.testing.assert_allclose(found, [[0, 0], [-1, 0], [np.nan, 1]])


def test_expected_not_to_differ_is_kept_and_enters_no_score(tmp_path, expectations):
    data = study()
    before = score(data, expectations)
    none = expectations.head(2).assign(direction="none", status="confirmatory")
    none["cue"], none["emotion"] = "hnr", ["surprise", "boredom"]
    # of one emotion nothing else is expected, of another its only contested cells become these
    own = expectations["cue"].isin(["shimmer"]) & expectations["emotion"].isin(["angry", "sad"])
    changed = expectations.assign(
        direction=expectations["direction"].mask(own, "none"),
        status=expectations["status"].mask(own, "confirmatory"),
    )
    path = tmp_path / "expectations.tsv"
    pd.concat([changed, none]).to_csv(path, sep="\t", index=False)
    read = plausibility.read_expectations(path)
    assert (read["direction"] == "none").sum() == 4
    pd.testing.assert_frame_equal(score(data, read), before)


def test_right_predictions_are_plausible_and_wrong_ones_are_not(expectations):
    found = score(study(), expectations)
    tables.checked(found, "plausibility")
    assert set(found["predicted"]) == {"angry", "sad"}
    salient = found[found["region"] == "salient"]
    assert (salient[salient["correct"]]["agreement"] > 0.9).all()
    assert (salient[~salient["correct"]]["agreement"] < -0.9).all()


def test_what_a_region_is_like_in_every_clip_agrees_with_nothing(expectations):
    data = study()
    before = score(data, expectations)
    higher = data.cues["region"] == "salient"
    data.cues.loc[higher, list(CUES)] += 1000.0
    pd.testing.assert_frame_equal(score(data, expectations), before)
    # regions that show nothing of the emotion are plausible for nobody
    for region in ("random", "energy", "matched"):
        blind = before[before["region"] == region]["plausibility"]
        assert blind.mean() == pytest.approx(0, abs=0.1)


def test_plausibility_of_predictions_drawn_at_random_is_zero(expectations):
    data = study(n_speakers=40)
    rng = np.random.default_rng(3)
    data.explained["predicted"] = rng.choice(["angry", "sad"], len(data.explained))
    salient = score(data, expectations).query("region == 'salient'")
    assert salient["agreement"].abs().mean() > 0.7
    assert salient["plausibility"].mean() == pytest.approx(0, abs=0.12)


def test_a_speaker_without_other_neutral_clips_is_left_out(expectations):
    data = study()
    neutral = data.explained["clip_id"].str.match("[34]_neutral")
    one = data.explained["clip_id"] == "4_neutral_0"
    data.explained = data.explained[~neutral | one]
    data.cues = data.cues[data.cues["clip_id"].isin(data.explained["clip_id"])]
    speakers = set(score(data, expectations)["clip_id"].str[0])
    assert speakers == set("012456789")
    data.explained = data.explained[data.explained["true"] != "neutral"]
    assert score(data, expectations).empty


def test_order_of_rows_changes_no_byte(tmp_path, expectations):
    data = study()
    other = SimpleNamespace(
        **{name: frame.sample(frac=1, random_state=2) for name, frame in vars(data).items()}
    )
    for name, part in (("a", data), ("b", other)):
        tables.write(score(part, expectations), tmp_path / f"{name}.parquet", "plausibility")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_summary_tells_right_from_wrong_in_the_salient_region_only(expectations):
    data = study()
    table = plausibility.summary_table(score(data, expectations), data.manifest, **SETTINGS)
    tables.checked(table, "plausibility_summary")
    found = table.set_index(["region", "group"])
    salient = found.loc["salient", "difference"]
    assert salient["value"] > 1.5 and salient["ci_low"] > 1 and salient["p"] < 0.01
    blind = found.loc["random", "difference"]
    assert blind["ci_low"] < 0 < blind["ci_high"]
    # the family are the regions, of which only differences have a p
    tested = table[table["group"] == "difference"]
    assert tested["q"].tolist() == pytest.approx(permutation.false_discovery_rate(tested["p"]))
    assert table["q"].notna().sum() == table["p"].notna().sum() == len(tested) > 1
    shown = plausibility.page(table, error_detection.shown(tables.empty("detection"))).parts[0]
    rows = {row[3]: dict(zip(shown.head, row, strict=True)) for row in shown.rows}
    assert rows["salient"]["p"] == f"{salient['p']:.4f}"
    assert rows["salient"]["q"] == f"{salient['q']:.4f}"


def test_areas_are_those_of_scikit_learn(expectations):
    data = study(wrong_share=0.3)
    # the last take of each has no mates: nothing in it is alike
    alone = data.cues["region"].isin(["paired", "matched"]) & data.cues["clip_id"].str.endswith(
        "_3"
    )
    data.cues = data.cues[~alone]
    scored = score(data, expectations)
    table = error_detection.detection_table(scored, data.predictions, data.manifest, **SETTINGS)
    tables.checked(table, "detection")
    found = table.set_index(["score", "measure"])["value"]
    wide = scored.pivot_table(index="clip_id", columns="region", values="plausibility")
    right = data.explained.set_index("clip_id")["correct"].reindex(wide.index)
    for region in ("salient", "full", "random", "energy", "paired", "matched"):
        known = wide[region].notna()
        area = roc_auc_score(right[known], wide[region][known])
        assert found[f"plausibility_{region}", "auroc"] == pytest.approx(area)
    assert found["plausibility_salient", "auroc"] == 1
    # every region beside the salient segments, matched windows beside the paired ones
    rows = table.set_index(["score", "measure"])
    for region, partner in (("random", "salient"), ("energy", "salient"), ("matched", "paired")):
        ahead = rows.loc[(f"plausibility_{region}", "ahead")]
        areas = [found[f"plausibility_{name}", "auroc"] for name in (partner, region)]
        assert ahead.value == pytest.approx(areas[0] - areas[1]) and ahead.ci_low > 0.2
    assert ("plausibility_salient", "ahead") not in rows.index
    clips = rows.xs("auroc", level="measure")["n_clips"]
    assert clips["plausibility_paired"] == clips["plausibility_matched"]
    assert clips["plausibility_paired"] == 0.75 * clips["plausibility_energy"]
    assert clips["plausibility_energy"] == clips["plausibility_salient"] == clips["entropy"]
    assert found["doubt_and_plausibility", "gain"] == pytest.approx(
        found["doubt_and_plausibility", "auroc"] - found["doubt", "auroc"]
    )
    assert found["doubt_and_plausibility", "gain"] > 0.05
    shown = error_detection.shown(table)
    cells = {row[3]: dict(zip(shown.head, row, strict=True)) for row in shown.rows}
    assert cells["plausibility, salient segments"]["AUROC"] == "100.0 [100.0, 100.0]"
    assert cells["plausibility, salient segments"]["gain"] == "–"


def test_doubt_is_higher_where_the_network_is_surer():
    predictions = pd.DataFrame(
        {"fold": 0, "seed": 1, "clip_id": ["a", "b"], "scores": [[9.0, 0, 0], [1.0, 0.9, 0]]}
    )
    found = error_detection.doubts(predictions)
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
    found = error_detection.auroc(values, right, names[codes], 200, 1)
    times = bootstrap.resampled_totals(np.eye(len(names)), 200, 1)[:, codes]
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
        scored, data.predictions, data.manifest, **SETTINGS
    ).empty
    summary = plausibility.summary_table(scored, data.manifest, **SETTINGS)
    page = plausibility.page(summary, error_detection.shown(tables.empty("detection")))
    assert page.parts[0].rows and not page.parts[1].rows


def test_the_scripts_write_every_layout(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    data = study()
    for name, frame in vars(data).items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    paths = {name: tmp_path / f"{name}.parquet" for name in vars(data)}
    score_plausibility.main(
        SimpleNamespace(
            input=SimpleNamespace(**paths, expectations=EXPECTATIONS),
            output=SimpleNamespace(plausibility=tmp_path / "scored.parquet"),
            params=SimpleNamespace(sampled=False),
        )
    )
    names = {"summary": "s.csv", "detection": "d.csv", "markdown": "p.md", "html": "p.html"}
    tabulate_plausibility.main(
        SimpleNamespace(
            input=SimpleNamespace(
                plausibility=[tmp_path / "scored.parquet"],
                predictions=[paths["predictions"]],
                manifests=[paths["manifest"]],
            ),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in names.items()}),
            params=SimpleNamespace(entries=[tuple(PLACE.values())], draws=300, seed=1),
        )
    )
    assert len(pd.read_csv(tmp_path / "s.csv")) == 6 * 3
    assert pd.read_csv(tmp_path / "d.csv")["score"].nunique() == 11
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("<table>") == 2 and "entropy" in page


def test_a_sample_with_every_neutral_clip_of_its_speakers_scores_as_the_whole_does(expectations):
    data = study()
    whole = score(data, expectations)
    speakers = data.explained["clip_id"].str[0]
    sample = (data.explained["true"] == "neutral") | (data.explained.index % 5 == 0)
    sample &= speakers.isin(["1", "2", "3"])
    kept = set(data.explained.loc[sample, "clip_id"])
    part = data.cues[data.cues["clip_id"].isin(kept)]
    given = (part, data.explained, data.manifest, expectations)
    found = plausibility.score_clips(*given, sampled=True)
    same = whole[whole["clip_id"].isin(kept)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, same)
    # without, a class has the chance it has in the sample
    assert not np.allclose(plausibility.score_clips(*given)["chance"], same["chance"])
