"""Laws of plausibility."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from known_errors import RESAMPLING, score, study
from runs import of_run
from sercues.core import tables
from sercues.core.errors import InputError
from sercues.corpora.labels import EMOTIONS
from sercues.cues.catalogue import CUES
from sercues.evaluation import error_detection, plausibility
from sercues.stats import permutation


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
    assert set(found["predicted_emotion"]) == {"angry", "sad"}
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
    for region in ("random", "loudest", "control"):
        blind = before[before["region"] == region]["plausibility"]
        assert blind.mean() == pytest.approx(0, abs=0.1)


def test_plausibility_of_predictions_drawn_at_random_is_zero(expectations):
    data = study(n_speakers=40)
    rng = np.random.default_rng(3)
    data.explained["predicted_emotion"] = rng.choice(["angry", "sad"], len(data.explained))
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
    data.explained = data.explained[data.explained["true_emotion"] != "neutral"]
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
    table = plausibility.summary_table(score(data, expectations), data.manifest, RESAMPLING)
    table = of_run(table, "plausibility_summary")
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


def test_a_sample_with_every_neutral_clip_of_its_speakers_scores_as_the_whole_does(expectations):
    data = study()
    whole = score(data, expectations)
    speakers = data.explained["clip_id"].str[0]
    sample = (data.explained["true_emotion"] == "neutral") | (data.explained.index % 5 == 0)
    sample &= speakers.isin(["1", "2", "3"])
    kept = set(data.explained.loc[sample, "clip_id"])
    part = data.cues[data.cues["clip_id"].isin(kept)]
    given = (part, data.explained, data.manifest, expectations)
    found = plausibility.score_clips(*given, sampled=True)
    same = whole[whole["clip_id"].isin(kept)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, same)
    # without, a class has the chance it has in the sample
    assert not np.allclose(plausibility.score_clips(*given)["chance"], same["chance"])
