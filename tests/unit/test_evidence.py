"""Tables 2 and 3 and the claims, on clips whose cues are known."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from known_cues import EMOTIONS, LEVEL, SETTINGS, cell, shuffled, study
from scipy import stats

import check_claims
import evaluate_classifier
import tabulate_accuracy
import tabulate_cues
from sercues import evidence, jobs, layouts, tables
from sercues.cues import CUES
from sercues.errors import InputError
from sercues.statistics import MIN_SPEAKERS, Estimate

CLAIMS = Path(__file__).resolve().parents[2] / "config" / "claims.yaml"


@pytest.fixture
def statements():
    return evidence.read_statements(CLAIMS)


# ---- tables


def test_table_2_finds_the_planted_means_and_differences():
    table = evidence.cue_table(*study(), **SETTINGS, correct=True)
    assert len(table) == len(EMOTIONS) * len(CUES)
    for emotion, level in LEVEL.items():
        row = cell(table, emotion)
        assert (row.n_clips, row.n_speakers) == (12, 12)
        assert row["mean"] == pytest.approx(level, abs=0.02)
        assert row.ci_low < row["mean"] < row.ci_high
        assert row.delta_full == pytest.approx(0.2)
        assert row.delta_random == pytest.approx(0.3)
        assert row.delta_random_low == pytest.approx(row.delta_random_high)
        assert row.delta_energy == pytest.approx(9)


def test_every_difference_has_a_p_and_a_q_over_its_family():
    data = study(n_speakers=10)
    table = evidence.cue_table(*data, **SETTINGS | {"draws": 10_000}, correct=False)
    # ten speakers whose differences have one sign: 2 of 1024 sign vectors reach them
    for baseline in evidence.BASELINES:
        assert np.allclose(table[f"delta_{baseline}_p"], 2 / 1024)
        assert np.allclose(table[f"delta_{baseline}_q"], 2 / 1024)
    cues = data[0]
    noise = np.random.default_rng(2).normal(0, 1, len(cues))
    cues.loc[cues.region == "energy", "jitter"] = noise[cues.region == "energy"]
    cues.loc[cues.region == "salient", "jitter"] = noise[cues.region == "salient"]
    table = evidence.cue_table(*data, **SETTINGS | {"draws": 10_000}, correct=True)
    p = table[[f"delta_{name}_p" for name in evidence.BASELINES]].to_numpy()
    q = table[[f"delta_{name}_q" for name in evidence.BASELINES]].to_numpy()
    from_scipy = stats.false_discovery_control(p.ravel()).reshape(p.shape)
    np.testing.assert_allclose(q, from_scipy)
    assert (q >= p).all() and cell(table, "sad", "jitter").delta_energy_q > 0.01
    few = evidence.cue_table(*study(n_speakers=4), **SETTINGS, correct=True)
    assert few[["delta_full_p", "delta_full_q"]].isna().all(axis=None)


def test_cues_within_speakers_do_not_know_how_high_a_voice_is():
    cues, explained, manifest = study(noise=0.0)
    before = evidence.cue_table(cues, explained, manifest, **SETTINGS, correct=True)
    speaker = cues.clip_id.str[:3].astype(int)
    cues[list(CUES)] = cues[list(CUES)].mul(1.0 + speaker, axis=0).add(10.0 * speaker, axis=0)
    after = evidence.cue_table(cues, explained, manifest, **SETTINGS, correct=True)
    np.testing.assert_allclose(after.z, before.z)
    assert not np.allclose(after["mean"], before["mean"])
    # a right and a wrong clip of each emotion: full speech is 0.2 below the salient segments
    full = np.repeat(list(LEVEL.values()), 2) - 0.2
    expected = (LEVEL["angry"] - full.mean()) / full.std(ddof=1)
    assert cell(before, "angry").z == pytest.approx(expected)


def test_a_speaker_whose_clips_do_not_differ_has_no_z():
    cues, explained, manifest = study(n_speakers=6, noise=0.0)
    cues.loc[cues.clip_id.str.startswith("003"), list(CUES)] = 1.0
    clips = evidence.clip_cues(cues, explained, manifest)
    missing = clips.groupby("speaker").loudness_z.apply(lambda z: z.isna().all())
    assert missing[missing].index.tolist() == ["s003"]


def test_table_3_groups_by_true_and_by_predicted_emotion():
    table = evidence.cue_table(*study(), **SETTINGS, correct=False)
    assert set(table.grouped_by) == {"true", "predicted"}
    for true, predicted in zip(EMOTIONS, [*EMOTIONS[1:], EMOTIONS[0]], strict=True):
        same = ["mean", "ci_low", "delta_random", "n_clips"]
        by_true, by_predicted = cell(table, true), cell(table, predicted, grouped_by="predicted")
        assert by_true[same].tolist() == by_predicted[same].tolist()


@pytest.mark.parametrize("correct", [True, False])
def test_order_of_rows_changes_no_byte(tmp_path, correct):
    data = study(seeds=(1, 2))
    paths = []
    for name, frames in (("a", data), ("b", shuffled(*data))):
        table = evidence.cue_table(*frames, **SETTINGS, correct=correct)
        for ending in ("parquet", "csv"):
            paths.append(tmp_path / f"{name}.{ending}")
            tables.write(table, paths[-1], "table")
    parquet, csv, parquet_again, csv_again = (path.read_bytes() for path in paths)
    assert parquet == parquet_again
    assert csv == csv_again


def test_a_clip_explained_by_several_seeds_counts_once_with_its_average():
    cues, explained, manifest = study(seeds=(1, 2))
    cues.loc[cues.seed == 2, list(CUES)] += 1.0
    one, two = (
        evidence.cue_table(*data, **SETTINGS, correct=True)
        for data in (study(seeds=(1,)), (cues, explained, manifest))
    )
    assert cell(two, "sad").n_clips == cell(one, "sad").n_clips == 12
    assert cell(two, "sad")["mean"] == pytest.approx(cell(one, "sad")["mean"] + 0.5)
    assert cell(two, "sad").delta_full == pytest.approx(0.2)


def test_a_missing_cue_leaves_the_clip_out_of_that_cue_only():
    cues, explained, manifest = study()
    quiet = (cues.clip_id == "003_sad_True") & (cues.region == "salient")
    cues.loc[quiet, "jitter"] = np.nan
    table = evidence.cue_table(cues, explained, manifest, **SETTINGS, correct=True)
    jitter, loudness = cell(table, "sad", "jitter"), cell(table, "sad", "loudness")
    assert (jitter.n_clips, jitter.n_speakers) == (11, 11)
    assert (loudness.n_clips, loudness.n_speakers) == (12, 12)
    assert "11–12 (12)" in layouts.to_markdown(table, "caption")


def test_a_random_draw_without_voice_does_not_void_the_other_draws():
    cues, explained, manifest = study()
    unvoiced = (cues.region == "random") & (cues.draw == 1)
    cues.loc[unvoiced, "jitter"] = np.nan
    table = evidence.cue_table(cues, explained, manifest, **SETTINGS, correct=True)
    assert cell(table, "sad", "jitter").delta_random == pytest.approx(0.2)


def test_an_emotion_never_misclassified_keeps_its_rows():
    cues, explained, manifest = study()
    explained = explained[(explained.true != "happy") | explained.correct]
    cues = cues[cues.clip_id.isin(explained.clip_id)]
    table = evidence.cue_table(cues, explained, manifest, **SETTINGS, correct=False)
    row = cell(table, "happy")
    assert (row.n_clips, row.n_speakers) == (0, 0)
    assert np.isnan(row["mean"])
    assert len(tables.checked(table, "table")) == 2 * len(EMOTIONS) * len(CUES)
    for text in (layouts.to_markdown, layouts.to_html, layouts.to_latex):
        assert "happy" in text(table, "caption")


def test_only_the_emotions_asked_for_are_tabulated():
    settings = SETTINGS | {"emotions": ["sad", "angry"]}
    table = evidence.cue_table(*study(), **settings, correct=True)
    assert list(table.emotion.unique()) == ["sad", "angry"]


def test_maps_of_the_true_class_have_rows_of_their_own():
    cues, explained, manifest = study()
    more = [pd.concat([f, f.assign(target_kind="true")]) for f in (cues, explained)]
    table = evidence.cue_table(*more, manifest, **SETTINGS, correct=True)
    assert table.groupby("target_kind").size().to_dict() == {"predicted": 24, "true": 24}
    assert "maps of the true class" in layouts.to_markdown(table, "caption")


def test_a_clip_without_speaker_is_told_by_name():
    cues, explained, manifest = study()
    manifest.loc[manifest.clip_id == "003_sad_True", "speaker"] = None
    with pytest.raises(InputError, match="003_sad_True"):
        evidence.clip_cues(cues, explained, manifest)


def test_cues_of_a_clip_that_was_not_explained_are_refused():
    cues, explained, manifest = study()
    with pytest.raises(ValueError, match="not explained"):
        evidence.clip_cues(cues, explained.iloc[1:], manifest)


# ---- claims


def claims(statements, **arguments):
    clips = evidence.clip_cues(*study(**arguments))
    rows = evidence.cue_claims(clips, statements, **SETTINGS)
    tables.checked(rows, "claims")
    return rows.set_index(["claim", "cue"])


def test_planted_claims_hold(statements):
    found = claims(statements)
    for claim in ("angry_highest", "sad_lowest"):
        for cue in ("loudness", "shimmer"):
            assert found.loc[(f"{claim}_{cue}", cue), "verdict"] == "holds"
    smallest = found.loc[("angry_highest_loudness", "loudness")]
    assert smallest.effect == pytest.approx(LEVEL["angry"] - LEVEL["happy"], abs=0.03)
    assert smallest.measured.startswith("angry minus happy")
    assert found.loc[("sad_lowest_shimmer", "shimmer")].measured.startswith("happy minus sad")
    random = found.loc["salient_differs_from_random"]
    assert set(random.index) == set(CUES)
    assert (random.verdict == "holds").all()
    assert random.effect.to_numpy() == pytest.approx(0.3)


def test_reversed_levels_do_not_hold(statements, monkeypatch):
    monkeypatch.setitem(LEVEL, "happy", 2.0)
    monkeypatch.setitem(LEVEL, "sad", 1.5)
    found = claims(statements)
    assert found.loc[("angry_highest_loudness", "loudness"), "verdict"] == "does not"
    assert found.loc[("sad_lowest_loudness", "loudness"), "verdict"] == "does not"
    comparable = found.loc[("misclassified_sad_as_loud_as_angry", "loudness")]
    assert comparable.verdict == "undecided"
    assert "no bound" in comparable.measured


@pytest.mark.parametrize(
    ("sad", "verdict"), [(1.0, "holds"), (0.95, "holds"), (0.1, "does not"), (0.55, "undecided")]
)
def test_misclassified_sad_against_angry_is_a_test_of_equivalence(statements, sad, verdict):
    found = claims(statements, wrong_level={"angry": 1.0, "happy": 0.5, "sad": sad})
    row = found.loc[("misclassified_sad_as_loud_as_angry", "loudness")]
    assert row.verdict == verdict
    assert row.effect == pytest.approx(sad - 1.0, abs=0.03)
    # grouped by the predicted label, sad holds the happy clips and angry the sad ones
    row = found.loc[("misclassified_sad_as_loud_as_angry_by_predicted", "loudness")]
    assert row.effect == pytest.approx(0.5 - sad, abs=0.03)


def test_two_speakers_decide_nothing_and_the_reason_is_told(statements):
    found = claims(statements, n_speakers=2)
    assert (found.verdict == "undecided").all()
    assert found.measured.str.contains(f"fewer than {MIN_SPEAKERS} speakers").all()
    assert found.effect.notna().all() and found.ci_low.isna().all()
    table = evidence.cue_table(*study(n_speakers=2), **SETTINGS, correct=True)
    caption = layouts.caption("2", "all", 500)
    assert "†" in layouts.to_markdown(table, caption).split("###")[1]
    assert f"fewer than {MIN_SPEAKERS} speakers" in caption


def test_emotions_without_clips_leave_claims_undecided(statements):
    cues, explained, manifest = study()
    explained = explained[(explained.true != "happy") | ~explained.correct]
    cues = cues[cues.clip_id.isin(explained.clip_id)]
    clips = evidence.clip_cues(cues, explained, manifest)
    found = evidence.cue_claims(clips, statements, **SETTINGS).set_index("claim")
    assert found.loc["angry_highest_loudness", "verdict"] == "undecided"
    assert "1 not measured" in found.loc["angry_highest_loudness", "measured"]
    nothing = evidence.cue_claims(clips.iloc[:0], statements, **SETTINGS)
    assert (nothing.verdict == "undecided").all() and len(nothing) == 6 + len(CUES)
    tables.checked(nothing, "claims")


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((0.60, 0.66), "holds"),
        ((0.40, 0.50), "does not"),
        ((0.69, 0.75), "does not"),
        ((0.55, 0.62), "undecided"),
        ((np.nan, np.nan), "undecided"),
    ],
)
def test_published_accuracy_is_near_or_not(statements, ends, verdict):
    row = {"protocol": "corrected", "fold": "all", "seed": "all", "emotion": "all"}
    row |= {"ci_low": ends[0], "ci_high": ends[1], "value": np.mean(ends)}
    row |= {"n_clips": 100, "n_speakers": 12}
    accuracy = pd.DataFrame(
        [
            row | {"corpus": corpus, "measure": measure}
            for corpus in ("crema_d", "tess")
            for measure in ("accuracy", "uar")
        ]
    )
    found = evidence.accuracy_claims(accuracy, statements)
    assert found.corpus.tolist() == ["crema_d"]
    assert found.verdict.tolist() == [verdict]
    tables.checked(found, "claims")
    none = evidence.accuracy_claims(accuracy[accuracy.corpus == "tess"], statements)
    assert none.empty


def test_verdicts_follow_the_intervals():
    def between(low, high):
        return Estimate((low + high) / 2, low, high, 10, 10)

    above, across, below = between(1, 2), between(-1, 1), between(-2, -1)
    unknown = between(np.nan, np.nan)
    assert evidence.extreme_verdict([above, above]) == "holds"
    assert evidence.extreme_verdict([above, across]) == "undecided"
    assert evidence.extreme_verdict([above, across, below]) == "does not"
    assert evidence.extreme_verdict([above, unknown]) == "undecided"
    assert evidence.equivalence_verdict(across, 1.5) == "holds"
    assert evidence.equivalence_verdict(across, 0.5) == "undecided"
    assert evidence.equivalence_verdict(above, 0.5) == "does not"
    assert evidence.equivalence_verdict(below, 0.5) == "does not"
    assert evidence.difference_verdict(below) == "holds"
    assert evidence.difference_verdict(across) == evidence.difference_verdict(unknown)


def test_a_claim_without_words_is_told_by_name(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(CLAIMS.read_text(encoding="utf-8").replace("tolerance:", "tolerence:"))
    with pytest.raises(InputError, match="'tolerance' of the claim 'accuracy_crema_d'"):
        evidence.read_statements(path)
    path.write_text("[1, 2")
    with pytest.raises(InputError, match=r"claims\.yaml"):
        evidence.read_statements(path)


# ---- scripts


def test_scripts_make_every_table(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "start", lambda smk, *packages: None)
    cues, explained, manifest = study()
    cues = cues.assign(means=[[0.0]] * len(cues), voiced_fraction=0.5)
    manifest = manifest.assign(excluded=False).reindex(columns=tables.columns("manifest"))
    predictions = explained.drop(columns=["target_kind", "target"])
    predictions = predictions.assign(
        labels=[EMOTIONS] * len(predictions), scores=[[0.0, 1.0, 2.0]] * len(predictions)
    )
    frames = {"cues": cues, "explained": explained, "manifest": manifest.assign(path="x.wav")}
    for name, frame in frames.items():
        tables.write(frame, tmp_path / f"{name}.parquet", name)
    even = predictions.clip_id.str[:3].astype(int) % 2 == 0
    for fold, part in enumerate((predictions[even], predictions[~even])):
        tables.write(part.assign(fold=fold), tmp_path / f"fold{fold}.parquet", "predictions")

    def job(inputs, outputs, **params):
        return SimpleNamespace(
            input=SimpleNamespace(**inputs),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in outputs.items()}),
            params=SimpleNamespace(draws=200, seed=1, **params),
        )

    folds = [tmp_path / "fold1.parquet", tmp_path / "fold0.parquet"]
    evaluate_classifier.main(
        job(
            {"predictions": folds, "manifest": tmp_path / "manifest.parquet"},
            {
                "predictions": "predictions.parquet",
                "accuracy": "accuracy.parquet",
                "csv": "accuracy.csv",
            },
            corpus="crema_d",
            protocol="corrected",
        )
    )
    assert len(tables.read(tmp_path / "predictions.parquet")) == len(predictions)

    common = {
        "cues": [tmp_path / "cues.parquet"] * 2,
        "explained": [tmp_path / "explained.parquet"] * 2,
        "manifests": [tmp_path / "manifest.parquet"] * 2,
    }
    entries = [["crema_d", "corrected", "crp"], ["crema_d", "published", "crp"]]
    for number in ("2", "3"):
        endings = {
            "csv": "csv",
            "parquet": "parquet",
            "markdown": "md",
            "html": "html",
            "latex": "tex",
        }
        tabulate_cues.main(
            job(
                common,
                {key: f"table{number}.{ending}" for key, ending in endings.items()},
                entries=entries,
                emotions=EMOTIONS,
                sample="all",
                number=number,
            )
        )
        table = tables.read(tmp_path / f"table{number}.parquet")
        # without the type pandas would take a column of "true" for truth values
        csv = pd.read_csv(tmp_path / f"table{number}.csv", dtype={"grouped_by": str})
        pd.testing.assert_frame_equal(table, csv, check_dtype=False)
        assert f"Table {number}" in (tmp_path / f"table{number}.html").read_text(encoding="utf-8")

    tabulate_accuracy.main(
        job(
            {"accuracy": [tmp_path / "accuracy.parquet"], "statements": CLAIMS},
            {"csv": "summary.csv", "markdown": "summary.md", "html": "summary.html"},
            listeners={"crema_d": 0.409},
        )
    )
    summary = pd.read_csv(tmp_path / "summary.csv").set_index("measure")
    assert summary.value["accuracy"] == (predictions.true == predictions.predicted).mean()
    assert (summary.published["accuracy"], summary.listeners["accuracy"]) == (0.63, 0.409)
    assert "40.9" in (tmp_path / "summary.html").read_text(encoding="utf-8")

    check_claims.main(
        job(
            common | {"accuracy": [tmp_path / "accuracy.parquet"], "statements": CLAIMS},
            {"claims": "claims.csv", "markdown": "claims.md", "html": "claims.html"},
            entries=entries,
            emotions=EMOTIONS,
        )
    )
    ledger = pd.read_csv(tmp_path / "claims.csv")
    assert ledger.claim.nunique() == 8
    assert len(ledger) == 1 + 2 * (6 + len(CUES))
