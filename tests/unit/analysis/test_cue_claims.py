"""Claims about cues, on clips whose cues are known."""

import numpy as np
import pandas as pd
import pytest

from known_cues import LEVEL, SETTINGS, heard, study
from runs import of_run
from sercues.analysis import cue_claims, verdicts
from sercues.core import tables
from sercues.core.names import COUNTERPARTS
from sercues.cues.catalogue import CUES
from sercues.stats.bootstrap import Resampling


def judged(cues, statements, reach=None, **settings):
    """Judged claims, and those that follow from several."""
    # enough draws for a small p of equivalence
    settings = SETTINGS | {"reach": reach or {}, "resampling": Resampling(2000, 1)} | settings
    found = verdicts.judged(cue_claims.cue_claims(cues, statements, **settings))
    rows = [found, cue_claims.additions(found, statements)]
    return of_run(pd.concat(rows, ignore_index=True), "claims")


def found_claims(statements, **arguments):
    rows = judged(heard(*study(**arguments)), statements)
    tables.checked(rows, "claims")
    return rows.set_index(["claim", "cue"])


def test_planted_claims_hold(statements):
    found = found_claims(statements)
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
    found = found_claims(statements)
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
    found = judged(heard(cues, explained, manifest), statements)
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
    rows = judged(heard(cues, explained, manifest), statements)
    tables.checked(rows, "claims")
    found = rows[rows["claim"].isin(ADDS)].set_index("cue")
    fixed = found["claim"] == "salient_neither_blind_nor_loudest"
    assert set(found.index[fixed]) == set(cue_claims.MATCHED_ON)
    return found


def test_saliency_adds_where_its_segments_are_apart_from_every_baseline(statements):
    found = adds(statements)
    assert set(found.index) == set(CUES) and (found.verdict == "holds").all()
    # the weakest of the differences
    weakest = np.where(found.index.isin(cue_claims.MATCHED_ON), 0.6, 0.5)
    assert found.effect.to_numpy() == pytest.approx(weakest) and (found.p < 0.05).all()
    assert (found.n_clips == 72).all() and (found.n_speakers == 12).all()
    for cue in cue_claims.MATCHED_ON:
        # no word of more than level and voicing where the matching holds the cue fixed
        assert "level and voicing" not in found.loc[cue].statement
    clips = heard(*study())
    # 12 speakers of six clips each
    values, speakers = clips.values["salient"]["loudness"], clips.clips["speaker"]
    known = np.sqrt(values.groupby(speakers).var().mean())
    assert cue_claims.deviation(values, speakers) == pytest.approx(known)


@pytest.mark.parametrize("region", ["rest", "loudest", "control"])
def test_saliency_adds_nothing_where_its_segments_are_like_a_baseline(statements, region):
    found = adds(statements, {region: 0.0}, noise=0.05)
    # what windows were matched on is asked of the other two only
    asked = found.drop(["loudness", "voiced_fraction"]) if region == "control" else found
    assert (asked.verdict == "does not").all()
    # the difference from what they are like decides
    assert asked.effect.abs().max() < 0.03 and (asked.p > 0.05).all()
    assert (asked.q_against < 0.05).all() and (asked.p_against < 0.05).all()
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
    assert cue_claims.deviation(values, speakers) == pytest.approx(2, rel=0.1)
    more, who = (
        pd.concat([a, pd.Series([b])], ignore_index=True)
        for a, b in ((values, 99.0), (speakers, "x"))
    )
    assert cue_claims.deviation(more, who) == pytest.approx(cue_claims.deviation(values, speakers))
    assert np.isnan(cue_claims.deviation(values[:1], speakers[:1]))


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
    rows = judged(clips, statements).set_index(["claim", "cue"])
    row = rows.loc[("salient_adds_beyond_level", "hnr")]
    assert row.verdict == "undecided" and np.isnan(row.p)


def test_reversed_levels_do_not_hold(statements, monkeypatch):
    monkeypatch.setitem(LEVEL, "happy", 2.0)
    monkeypatch.setitem(LEVEL, "sad", 1.5)
    found = found_claims(statements)
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
    found = found_claims(statements, wrong_level={"angry": 1.0, "happy": 0.5, "sad": sad})
    row = found.loc[("misclassified_sad_as_loud_as_angry", "loudness")]
    assert row.verdict == verdict
    assert (row.p < 0.025) == (verdict == "holds")
    assert row.effect == pytest.approx(sad - 1.0, abs=0.03)
    # grouped by the predicted label, sad holds the happy clips and angry the sad ones
    row = found.loc[("misclassified_sad_as_loud_as_angry_by_predicted", "loudness")]
    assert row.effect == pytest.approx(0.5 - sad, abs=0.03)


def test_two_speakers_decide_nothing(statements):
    found = found_claims(statements, n_speakers=2)
    assert (found.verdict == "undecided").all()
    assert found.effect.notna().all() and found[["ci_low", "p"]].isna().all(axis=None)


def test_emotions_without_clips_leave_claims_undecided(statements):
    cues, explained, manifest = study()
    explained = explained[(explained.true_emotion != "happy") | ~explained.correct]
    cues = cues[cues.clip_id.isin(explained.clip_id)]
    clips = heard(cues, explained, manifest)
    found = judged(clips, statements).set_index("claim")
    assert found.loc["angry_highest_loudness", "verdict"] == "undecided"
    none = clips.where(clips.clips["clip_id"] == "none")
    nothing = judged(none, statements)
    assert (nothing.verdict == "undecided").all() and len(nothing) == 6 + 5 * len(CUES) - 2
    tables.checked(nothing, "claims")
