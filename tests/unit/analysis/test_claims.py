"""Claims of the paper, on clips whose cues are known."""

import numpy as np
import pandas as pd
import pytest

from known_cues import LEVEL, SETTINGS, heard, study
from paths import CLAIMS
from runs import of_run
from sercues.analysis import claims
from sercues.core import tables
from sercues.core.errors import InputError
from sercues.core.names import COUNTERPARTS
from sercues.cues.catalogue import CUES
from sercues.emolime import agreement

# ---- claims


def cue_claims(cues, statements):
    return of_run(claims.cue_claims(cues, statements, **SETTINGS), "claims")


def verdicts(statements, **arguments):
    rows = cue_claims(heard(*study(**arguments)), statements)
    tables.checked(rows, "claims")
    return rows.set_index(["claim", "cue"])


def test_planted_claims_hold(statements):
    found = verdicts(statements)
    for claim in ("angry_highest", "sad_lowest"):
        for cue in ("loudness", "shimmer"):
            assert found.loc[(f"{claim}_{cue}", cue), "verdict"] == "holds"
    smallest = found.loc[("angry_highest_loudness", "loudness")]
    assert smallest.effect == pytest.approx(LEVEL["angry"] - LEVEL["happy"], abs=0.03)
    lowest = found.loc[("sad_lowest_shimmer", "shimmer")]
    assert lowest.effect == pytest.approx(LEVEL["happy"] - LEVEL["sad"], abs=0.03)
    for baseline, below in (("rest", 0.6), ("random", 0.3), ("control", 0.5), ("loudest", 9)):
        differs = found.loc[f"salient_differs_from_{baseline}"]
        # what windows were matched on differs or not by construction
        matched_on = {"loudness", "voiced_fraction"} if baseline == "control" else set()
        assert set(differs.index) == set(CUES) - matched_on
        assert (differs.verdict == "holds").all() and (differs.p < 0.05).all()
        assert differs.effect.to_numpy() == pytest.approx(below)
    assert found.loc[("angry_highest_loudness", "loudness"), "p"] < 0.05


def test_windows_that_have_mates_are_compared_with_them_and_their_share_is_known(statements):
    found = verdicts(statements)
    for baseline, effect in (("control", 0.5), ("random", 0.3)):
        row = found.loc[(f"salient_differs_from_{baseline}", "hnr")]
        assert row[["effect", "ci_low", "ci_high"]].tolist() == pytest.approx([effect] * 3)
        assert (row.n_clips, row.n_speakers) == (72, 12)
    shares = heard(*study()).per_clip().clips["matched_share"]
    assert shares.mean() == pytest.approx(0.4)


def test_without_mates_nothing_is_said_of_matched_windows(statements):
    """As where windows are salient for their loudness alone."""
    cues, explained, manifest = study()
    cues = cues[~cues.region.isin(["salient_matched", "control"])]
    found = cue_claims(heard(cues, explained, manifest), statements)
    found = found.set_index("claim")
    matched = found.loc["salient_differs_from_control"]
    assert len(matched) == len(CUES) - 2 and (matched.verdict == "undecided").all()
    assert (matched.n_clips == 0).all() and matched[["effect", "p"]].isna().all(axis=None)
    assert (found.loc["salient_differs_from_random"].verdict == "holds").all()


ADDS = ("salient_adds_beyond_level", "salient_neither_blind_nor_loudest")


def adds(statements, below=(), noise=0.0, **arguments):
    """Rows on whether saliency adds anything, where the baselines lie otherwise than in `study`.

    `below` is, by region, how far it lies below the salient (control: the paired) segments, `noise` the
    standard deviation over clips of that distance; `arguments` are of `study`.
    """
    cues, explained, manifest = study(**arguments)
    rng = np.random.default_rng(4)
    names = list(CUES)
    by_clip = cues.set_index("clip_id")
    for region, distance in dict(below).items():
        first = by_clip[by_clip.region == COUNTERPARTS.get(region, "salient")]
        at = first["loudness"] - distance - rng.normal(0, noise, len(first))
        own = cues["region"] == region
        cues.loc[own, names] = np.tile(cues.loc[own, "clip_id"].map(at), (len(names), 1)).T
    rows = cue_claims(heard(cues, explained, manifest), statements)
    tables.checked(rows, "claims")
    found = rows[rows["claim"].isin(ADDS)].set_index("cue")
    fixed = found["claim"] == "salient_neither_blind_nor_loudest"
    assert set(found.index[fixed]) == set(claims.MATCHED_ON)
    return found


def test_saliency_adds_where_its_segments_are_apart_from_every_baseline(statements):
    found = adds(statements)
    assert set(found.index) == set(CUES) and (found.verdict == "holds").all()
    # the weakest of the differences
    assert found.effect.to_numpy() == pytest.approx(0.3) and (found.p < 0.05).all()
    assert (found.n_clips == 72).all() and (found.n_speakers == 12).all()
    for cue in claims.MATCHED_ON:
        # no word of more than level and voicing where the matching holds the cue fixed
        assert "level and voicing" not in found.loc[cue].statement
    clips = heard(*study())
    # 12 speakers of six clips each
    values, speakers = clips.values["salient"]["loudness"], clips.clips["speaker"]
    known = np.sqrt(values.groupby(speakers).var().mean())
    assert claims._deviation(values, speakers) == pytest.approx(known)


@pytest.mark.parametrize("region", ["random", "loudest", "control"])
def test_saliency_adds_nothing_where_its_segments_are_like_a_baseline(statements, region):
    found = adds(statements, {region: 0.0}, noise=0.05)
    # what windows were matched on is asked of the other two only
    asked = found.drop(["loudness", "voiced_fraction"]) if region == "control" else found
    assert (asked.verdict == "does not").all()
    # the difference from what they are like decides
    assert asked.effect.abs().max() < 0.03 and (asked.p > 0.05).all()
    if region == "control":
        assert (found.loc[["loudness", "voiced_fraction"], "verdict"] == "holds").all()


def test_a_difference_too_small_to_matter_adds_nothing(statements):
    """Though it is seen beyond doubt: 0.03, where 0.2 of the standard deviation is 0.07."""
    found = adds(statements, {"loudest": 0.03}, noise=0.01)
    assert (found.verdict == "does not").all() and (found.p < 0.05).all()
    assert found.effect.to_numpy() == pytest.approx(0.03, abs=0.01)


def test_voices_do_not_widen_what_counts_as_alike():
    """Nor does a speaker of a single clip."""
    rng = np.random.default_rng(6)
    speakers = pd.Series(np.repeat(np.arange(50), 8).astype(str))
    values = pd.Series(rng.normal(0, 2, 400)) + speakers.astype(int) % 2 * 12
    assert claims._deviation(values, speakers) == pytest.approx(2, rel=0.1)
    more, who = (
        pd.concat([a, pd.Series([b])], ignore_index=True)
        for a, b in ((values, 99.0), (speakers, "x"))
    )
    assert claims._deviation(more, who) == pytest.approx(claims._deviation(values, speakers))
    assert np.isnan(claims._deviation(values[:1], speakers[:1]))


@pytest.mark.parametrize(
    ("arguments", "has_interval"),
    [
        # the interval neither excludes zero nor lies within the bound
        ({"below": {"loudest": 0.1}, "noise": 0.5}, True),
        ({"n_speakers": 2}, False),
    ],
)
def test_whether_saliency_adds_stays_open_on_few_or_noisy_data(statements, arguments, has_interval):
    found = adds(statements, **arguments)
    assert (found.verdict == "undecided").all()
    assert (((found.ci_low < 0) & (found.ci_high > 0)) == has_interval).all()


def test_without_mates_saliency_is_not_said_to_add(statements):
    cues, explained, manifest = study()
    clips = heard(cues[cues.region != "salient_matched"], explained, manifest)
    rows = cue_claims(clips, statements).set_index(["claim", "cue"])
    row = rows.loc[("salient_adds_beyond_level", "hnr")]
    assert row.verdict == "undecided" and np.isnan(row.p)


def test_reversed_levels_do_not_hold(statements, monkeypatch):
    monkeypatch.setitem(LEVEL, "happy", 2.0)
    monkeypatch.setitem(LEVEL, "sad", 1.5)
    found = verdicts(statements)
    assert found.loc[("angry_highest_loudness", "loudness"), "verdict"] == "does not"
    assert found.loc[("sad_lowest_loudness", "loudness"), "verdict"] == "does not"
    # the pair that lies on the other side decides the p
    assert found.loc[("angry_highest_loudness", "loudness"), "p"] > 0.95
    # without a bound nothing is comparable
    comparable = found.loc[("misclassified_sad_as_loud_as_angry", "loudness")]
    assert comparable.verdict == "undecided" and np.isnan(comparable.p)


@pytest.mark.parametrize(
    ("sad", "verdict"), [(1.0, "holds"), (0.95, "holds"), (0.1, "does not"), (0.55, "undecided")]
)
def test_misclassified_sad_against_angry_is_a_test_of_equivalence(statements, sad, verdict):
    found = verdicts(statements, wrong_level={"angry": 1.0, "happy": 0.5, "sad": sad})
    row = found.loc[("misclassified_sad_as_loud_as_angry", "loudness")]
    assert row.verdict == verdict
    assert (row.p < 0.025) == (verdict == "holds")
    assert row.effect == pytest.approx(sad - 1.0, abs=0.03)
    # grouped by the predicted label, sad holds the happy clips and angry the sad ones
    row = found.loc[("misclassified_sad_as_loud_as_angry_by_predicted", "loudness")]
    assert row.effect == pytest.approx(0.5 - sad, abs=0.03)


def test_two_speakers_decide_nothing(statements):
    found = verdicts(statements, n_speakers=2)
    assert (found.verdict == "undecided").all()
    assert found.effect.notna().all() and found[["ci_low", "p"]].isna().all(axis=None)


def test_emotions_without_clips_leave_claims_undecided(statements):
    cues, explained, manifest = study()
    explained = explained[(explained.true_emotion != "happy") | ~explained.correct]
    cues = cues[cues.clip_id.isin(explained.clip_id)]
    clips = heard(cues, explained, manifest)
    found = cue_claims(clips, statements).set_index("claim")
    assert found.loc["angry_highest_loudness", "verdict"] == "undecided"
    none = clips.where(clips.clips["clip_id"] == "none")
    nothing = cue_claims(none, statements)
    assert (nothing.verdict == "undecided").all() and len(nothing) == 6 + 5 * len(CUES) - 2
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
    found = tables.stacked([({}, claims.accuracy_claims(accuracy, statements))], "claims")
    assert found.corpus.tolist() == ["crema_d"]
    assert found.verdict.tolist() == [verdict]
    tables.checked(found, "claims")
    none = claims.accuracy_claims(accuracy[accuracy.corpus == "tess"], statements)
    assert none.empty


def test_a_claim_without_words_is_told_by_name(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(CLAIMS.read_text(encoding="utf-8").replace("tolerance:", "tolerence:"))
    with pytest.raises(InputError, match="'tolerance' of the claim 'accuracy_crema_d'"):
        claims.read_statements(path)
    path.write_text("[1, 2")
    with pytest.raises(InputError, match=r"claims\.yaml"):
        claims.read_statements(path)


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.8, "holds"), (0.5, "undecided"), (0.2, "does not")]
)
def test_implausible_cues_detect_errors_or_not(statements, value, verdict):
    row = {"target": "predicted_label", "ci_low": value - 0.1, "ci_high": value + 0.1}
    row |= {"value": value, "n_clips": 90, "n_errors": 30, "n_speakers": 9}
    less = {name: row[name] - 0.5 for name in ("value", "ci_low", "ci_high")}
    detection = pd.DataFrame(
        [
            row | {"score": "plausibility_salient", "measure": "auroc"},
            row | less | {"score": "confidence_and_plausibility", "measure": "gain"},
        ]
    )
    summary = pd.DataFrame(
        [{"target": "predicted_label", "region": "salient", "group": "difference", "p": 0.01}]
    )
    found = of_run(claims.detection_claims(summary, detection, statements), "claims")
    assert found["verdict"].tolist() == [verdict] * 2
    assert found["effect"].tolist() == pytest.approx([value - 0.5] * 2)
    assert found["p"].iloc[0] == 0.01 and np.isnan(found["p"].iloc[1])
    tables.checked(found, "claims")
    assert claims.detection_claims(summary, detection.iloc[:0], statements).empty


# ---- scripts


def agreement_rows(across, beyond):
    """Rows of the table `emolime`: value, low, high of the two differences."""
    values = {
        ("profile", "classifiers"): (0.8, 0.7, 0.9),
        ("profile", "corpora"): (0.5, 0.4, 0.6),
        ("profile", agreement.ACROSS): across,
        **{
            ("clip", name): (0.5, 0.4, 0.6)
            for name in ("refits", "classifiers", "clips", "corpora")
        },
        ("clip", agreement.BEYOND): beyond,
    }
    names = ["source", "level", "comparison", "measure", "value", "ci_low", "ci_high", "p"]
    rows = [("this study", *place, "pearson", *ends, 0.01) for place, ends in values.items()]
    return pd.DataFrame(rows, columns=names).assign(n_clips=120, n_speakers=30)


@pytest.mark.parametrize(
    ("across", "beyond", "verdicts"),
    [
        ((0.3, 0.1, 0.5), (0.1, -0.1, 0.2), ["holds", "undecided"]),
        ((-0.3, -0.5, -0.1), (0.1, 0.05, 0.2), ["does not", "holds"]),
    ],
)
def test_verdicts_on_bands(statements, across, beyond, verdicts):
    found = claims.band_claims(agreement_rows(across, beyond), statements)
    tables.checked(of_run(found, "claims"), "claims")
    assert found["verdict"].tolist() == verdicts
    assert found["effect"].tolist() == [across[0], beyond[0]]


def test_one_corpus_gives_no_verdict_on_bands(statements):
    rows = agreement_rows((0.1, 0, 0.2), (0.1, 0, 0.2))
    alone = rows[~rows["comparison"].isin([agreement.ACROSS, agreement.BEYOND])]
    assert claims.band_claims(alone, statements).empty
