"""Claims of the paper and defects of its code, on clips whose cues are known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import check_claims
import evaluate_classifier
import gather_predictions
import tabulate_accuracy
import tabulate_cues
from known_cues import EMOTIONS, LEVEL, SETTINGS, study
from paths import ROOT
from sercues.analysis import claims, defects
from sercues.analysis.verdicts import apart, equivalence, extreme
from sercues.core import job, render, tables
from sercues.core.errors import InputError
from sercues.cues.catalogue import CUES
from sercues.cues.clips import COMPARED, KEY, clip_cues
from sercues.cues.measure import measure
from sercues.emolime import agreement
from sercues.stats.bootstrap import MIN_SPEAKERS, Estimate

CLAIMS = ROOT / "config" / "claims.yaml"


@pytest.fixture
def statements():
    return claims.read_statements(CLAIMS, [*claims.CLAIMS, *defects.DEFECTS])


# ---- claims


def verdicts(statements, **arguments):
    clips = clip_cues(*study(**arguments))
    rows = claims.cue_claims(clips, statements, **SETTINGS)
    tables.checked(rows, "claims")
    return rows.set_index(["claim", "cue"])


def test_planted_claims_hold(statements):
    found = verdicts(statements)
    for claim in ("angry_highest", "sad_lowest"):
        for cue in ("loudness", "shimmer"):
            assert found.loc[(f"{claim}_{cue}", cue), "verdict"] == "holds"
    smallest = found.loc[("angry_highest_loudness", "loudness")]
    assert smallest.effect == pytest.approx(LEVEL["angry"] - LEVEL["happy"], abs=0.03)
    assert smallest.measured.startswith("angry minus happy")
    assert found.loc[("sad_lowest_shimmer", "shimmer")].measured.startswith("happy minus sad")
    for baseline, below in (("random", 0.3), ("matched", 0.5), ("energy", 9)):
        differs = found.loc[f"salient_differs_from_{baseline}"]
        # what windows were matched on differs or not by construction
        matched_on = {"loudness", "voiced_fraction"} if baseline == "matched" else set()
        assert set(differs.index) == set(CUES) - matched_on
        assert (differs.verdict == "holds").all() and (differs.p < 0.05).all()
        assert differs.effect.to_numpy() == pytest.approx(below)
    assert found.loc[("angry_highest_loudness", "loudness"), "p"] < 0.05


def test_windows_that_have_mates_are_compared_with_them_and_their_share_is_told(statements):
    found = verdicts(statements)
    row = found.loc[("salient_differs_from_matched", "hnr")]
    assert row.measured.startswith("paired minus matched 0.5 [0.5, 0.5], 72 clips, 12 speakers")
    assert row.measured.endswith("; 40 % of the salient frames of a clip have mates")
    row = found.loc[("salient_differs_from_random", "hnr")]
    assert row.measured.startswith("salient minus random 0.3") and "mates" not in row.measured


def test_without_mates_nothing_is_said_of_matched_windows(statements):
    """As where windows are salient for their loudness alone."""
    cues, explained, manifest = study()
    cues = cues[~cues.region.isin(["paired", "matched"])]
    clips = clip_cues(cues, explained, manifest)
    found = claims.cue_claims(clips, statements, **SETTINGS).set_index("claim")
    matched = found.loc["salient_differs_from_matched"]
    assert len(matched) == len(CUES) - 2 and (matched.verdict == "undecided").all()
    assert (matched.n_clips == 0).all() and matched[["effect", "p"]].isna().all(axis=None)
    assert matched.measured.str.endswith("; 0 % of the salient frames of a clip have mates").all()
    assert (found.loc["salient_differs_from_random"].verdict == "holds").all()


ADDS = ("salient_adds_beyond_level", "salient_neither_blind_nor_loudest")


def adds(statements, below=(), noise=0.0, **arguments):
    """Rows on whether saliency adds anything, where the baselines lie otherwise than in `study`.

    `below` is, by region, how far it lies below the salient (matched: the paired) segments, `noise` the
    standard deviation over clips of that distance; `arguments` are of `study`.
    """
    cues, explained, manifest = study(**arguments)
    rng = np.random.default_rng(4)
    names = list(CUES)
    by_clip = cues.set_index("clip_id")
    for region, distance in dict(below).items():
        first = by_clip[by_clip.region == COMPARED.get(region, "salient")]
        at = first["loudness"] - distance - rng.normal(0, noise, len(first))
        own = cues["region"] == region
        cues.loc[own, names] = np.tile(cues.loc[own, "clip_id"].map(at), (len(names), 1)).T
    clips = clip_cues(cues, explained, manifest)
    rows = claims.cue_claims(clips, statements, **SETTINGS)
    tables.checked(rows, "claims")
    found = rows[rows["claim"].isin(ADDS)].set_index("cue")
    fixed = found["claim"] == "salient_neither_blind_nor_loudest"
    assert set(found.index[fixed]) == set(claims.MATCHED_ON)
    return found


def test_saliency_adds_where_its_segments_are_apart_from_every_baseline(statements):
    found = adds(statements)
    assert set(found.index) == set(CUES) and (found.verdict == "holds").all()
    hnr, loudness = found.loc["hnr"], found.loc["loudness"]
    assert hnr.measured.startswith(
        "differs from random windows and their mates and the loudest windows: saliency tells more "
        "than level and voicing here; salient minus random 0.3 [0.3, 0.3], 72 clips, 12 speakers"
    )
    # the weakest of the differences
    assert hnr.effect == pytest.approx(0.3) and hnr.p < 0.05
    assert "not asked" not in hnr.measured
    for cue in ("loudness", "voiced_fraction"):
        assert found.loc[cue].measured.startswith(
            "differs from random windows and the loudest windows: "
        )
        # no word of more than level and voicing where the matching holds the cue fixed
        assert "neither blind nor the loudest windows say the same here" in found.loc[cue].measured
        assert "saliency tells more than level and voicing here" not in found.loc[cue].measured
        assert "cannot be seen in it" in found.loc[cue].measured
        assert "level and voicing" not in found.loc[cue].statement
    clips = clip_cues(*study())
    # 12 speakers of six clips each
    bound = 0.2 * np.sqrt(clips.groupby("speaker")["loudness"].var().mean())
    assert f"± {render.number(bound)}, 0.2 of the standard deviation" in loudness.measured


@pytest.mark.parametrize(
    ("region", "like", "minus"),
    [
        ("random", "is like random windows", "salient minus random"),
        ("energy", "is like the loudest windows", "salient minus energy"),
        ("matched", "is like their mates", "paired minus matched"),
    ],
)
def test_saliency_adds_nothing_where_its_segments_are_like_a_baseline(
    statements, region, like, minus
):
    found = adds(statements, {region: 0.0}, noise=0.05)
    # what windows were matched on is asked of the other two only
    asked = found.drop(["loudness", "voiced_fraction"]) if region == "matched" else found
    assert (asked.verdict == "does not").all()
    assert asked.measured.str.contains(like).all() and asked.measured.str.contains(minus).all()
    assert asked.measured.str.contains("differs from .*: saliency adds nothing here").all()
    assert asked.effect.abs().max() < 0.03 and (asked.p > 0.05).all()
    if region == "matched":
        assert (found.loc[["loudness", "voiced_fraction"], "verdict"] == "holds").all()


def test_a_difference_too_small_to_matter_adds_nothing(statements):
    """Though it is seen beyond doubt: 0.03, where 0.2 of the standard deviation is 0.07."""
    found = adds(statements, {"energy": 0.03}, noise=0.01)
    assert (found.verdict == "does not").all() and (found.p < 0.05).all()
    assert found.measured.str.contains("differs too little to count from the loudest").all()


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
    ("arguments", "told"),
    [
        # the interval neither excludes zero nor lies within the bound
        ({"below": {"energy": 0.1}, "noise": 0.5}, "open against the loudest windows: so this is"),
        ({"n_speakers": 2}, "fewer than 5 speakers"),
    ],
)
def test_whether_saliency_adds_stays_open_on_few_or_noisy_data(statements, arguments, told):
    found = adds(statements, **arguments)
    assert (found.verdict == "undecided").all() and found.measured.str.contains(told).all()


def test_without_mates_saliency_is_not_said_to_add(statements):
    cues, explained, manifest = study()
    clips = clip_cues(cues[cues.region != "paired"], explained, manifest)
    rows = claims.cue_claims(clips, statements, **SETTINGS).set_index(["claim", "cue"])
    row = rows.loc[("salient_adds_beyond_level", "hnr")]
    assert row.verdict == "undecided" and np.isnan(row.p)
    assert "open against their mates" in row.measured


def test_reversed_levels_do_not_hold(statements, monkeypatch):
    monkeypatch.setitem(LEVEL, "happy", 2.0)
    monkeypatch.setitem(LEVEL, "sad", 1.5)
    found = verdicts(statements)
    assert found.loc[("angry_highest_loudness", "loudness"), "verdict"] == "does not"
    assert found.loc[("sad_lowest_loudness", "loudness"), "verdict"] == "does not"
    # the pair that lies on the other side decides the p
    assert found.loc[("angry_highest_loudness", "loudness"), "p"] > 0.95
    comparable = found.loc[("misclassified_sad_as_loud_as_angry", "loudness")]
    assert comparable.verdict == "undecided"
    assert "no bound" in comparable.measured


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


def test_two_speakers_decide_nothing_and_the_reason_is_told(statements):
    found = verdicts(statements, n_speakers=2)
    assert (found.verdict == "undecided").all()
    assert found.measured.str.contains(f"fewer than {MIN_SPEAKERS} speakers").all()
    assert found.effect.notna().all() and found[["ci_low", "p"]].isna().all(axis=None)


def test_emotions_without_clips_leave_claims_undecided(statements):
    cues, explained, manifest = study()
    explained = explained[(explained.true != "happy") | ~explained.correct]
    cues = cues[cues.clip_id.isin(explained.clip_id)]
    clips = clip_cues(cues, explained, manifest)
    found = claims.cue_claims(clips, statements, **SETTINGS).set_index("claim")
    assert found.loc["angry_highest_loudness", "verdict"] == "undecided"
    assert "1 not measured" in found.loc["angry_highest_loudness", "measured"]
    nothing = claims.cue_claims(clips.iloc[:0], statements, **SETTINGS)
    assert (nothing.verdict == "undecided").all() and len(nothing) == 6 + 4 * len(CUES) - 2
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
    found = claims.accuracy_claims(accuracy, statements)
    assert found.corpus.tolist() == ["crema_d"]
    assert found.verdict.tolist() == [verdict]
    tables.checked(found, "claims")
    none = claims.accuracy_claims(accuracy[accuracy.corpus == "tess"], statements)
    assert none.empty


def test_verdicts_follow_the_intervals():
    def between(low, high):
        return Estimate((low + high) / 2, low, high, 10, 10)

    above, across, below = between(1, 2), between(-1, 1), between(-2, -1)
    unknown = between(np.nan, np.nan)
    assert extreme([above, above]) == "holds"
    assert extreme([above, across]) == "undecided"
    assert extreme([above, across, below]) == "does not"
    assert extreme([above, unknown]) == "undecided"
    assert equivalence(across, 1.5) == "holds"
    assert equivalence(across, 0.5) == "undecided"
    assert equivalence(above, 0.5) == "does not"
    assert equivalence(below, 0.5) == "does not"
    assert apart(below) == "holds"
    assert apart(across) == apart(unknown)


def test_a_claim_without_words_is_told_by_name(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(CLAIMS.read_text(encoding="utf-8").replace("tolerance:", "tolerence:"))
    with pytest.raises(InputError, match="'tolerance' of the claim 'accuracy_crema_d'"):
        claims.read_statements(path)
    path.write_text("[1, 2")
    with pytest.raises(InputError, match=r"claims\.yaml"):
        claims.read_statements(path)


def test_q_is_over_the_claims_of_one_place(statements):
    clips = clip_cues(*study())
    one = claims.cue_claims(clips, statements, **SETTINGS)
    both = pd.concat([one, one.assign(method="occlusion", p=one["p"] / 2)], ignore_index=True)
    alone, together = claims.with_q(one)["q"], claims.with_q(both)["q"]
    pd.testing.assert_series_equal(together.iloc[: len(one)], alone)
    known = alone.notna()
    assert (alone[known] >= one["p"][known]).all() and known.sum() == one["p"].notna().sum()


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.8, "holds"), (0.5, "undecided"), (0.2, "does not")]
)
def test_implausible_cues_betray_errors_or_not(statements, value, verdict):
    row = {"target_kind": "predicted", "ci_low": value - 0.1, "ci_high": value + 0.1}
    row |= {"value": value, "n_clips": 90, "n_errors": 30, "n_speakers": 9}
    less = {name: row[name] - 0.5 for name in ("value", "ci_low", "ci_high")}
    detection = pd.DataFrame(
        [
            row | {"score": "plausibility_salient", "measure": "auroc"},
            row | less | {"score": "doubt_and_plausibility", "measure": "gain"},
        ]
    )
    summary = pd.DataFrame(
        [{"target_kind": "predicted", "region": "salient", "group": "difference", "p": 0.01}]
    )
    place = {"corpus": "c", "protocol": "corrected", "method": "crp"}
    found = claims.detection_claims(summary, detection, statements, **place)
    assert found["verdict"].tolist() == [verdict] * 2
    assert found["effect"].tolist() == pytest.approx([value - 0.5] * 2)
    assert found["p"].iloc[0] == 0.01 and np.isnan(found["p"].iloc[1])
    tables.checked(found, "claims")
    assert claims.detection_claims(summary, detection.iloc[:0], statements, **place).empty


# ---- defects


def entry(n_speakers=12, **changes):
    """Tables of a corpus in which nothing is wrong, with `changes`."""
    cues, explained, manifest = study(n_speakers=n_speakers)
    rng = np.random.default_rng(1)
    clips = clip_cues(cues, explained, manifest)
    # of the 45 frames of the salient segments
    voiced = pd.Series(rng.integers(1, 45, len(clips)), clips["clip_id"])
    clips["voiced_fraction"] = voiced.to_numpy() / 45
    key = explained[KEY]
    salient = pd.concat(
        [
            key.assign(region="salient", start_s=start, end_s=round(start + 0.15, 6))
            for start in (0.4, 0.7, 1.3)
        ]
    )
    whole = key.assign(region="full", start_s=0.3, end_s=1.6)
    maps = key.assign(
        speech_share=0.9,
        agrees=True,
        canonization_shift=1e-7,
        concept_share=0.4,
        concepts=[[f"block2:{n}", "block2:7"] for n in range(len(key))],
    )
    leaks = pd.DataFrame(
        [
            {"first": first, "second": "test", "kind": kind, "shared": 0, "total": 9}
            for first in ("train", "validation")
            for kind in ("clip", "speaker", "text")
        ]
    )
    times = {"start_s": 0.1, "speech_start_s": 0.3, "speech_end_s": 1.6, "frame_step_s": 0.015}
    times |= {"n_frames": 113, "n_total": 134}
    usual = {
        "saliency": maps,
        "segments": pd.concat([salient, whole], ignore_index=True),
        "clips": clips,
        "spectrograms": manifest[["clip_id"]].assign(**times),
        "manifest": manifest.assign(
            emotion=manifest["clip_id"].str.split("_").str[1], duration_s=1.8
        ),
        "leaks": leaks,
        "likeness": key.assign(kind="weights", change="conv1", windows=0.1),
        "descriptors": frames_of(clips.set_index("clip_id")["loudness"], voiced),
        "method": "occlusion",
        "fill": "floor",
        "keep_offset": True,
        "draws": 200,
        "seed": 1,
    }
    return defects.Entry(**usual | changes)


def frames_of(loudness, voiced=None):
    """Descriptors of clips of 1.8 s, voiced from 0.3 to 1.6 s; in the salient segments only the first
    `voiced` frames where given."""
    time_s = np.round(0.03 + 0.01 * np.arange(175), 6)
    salient = np.zeros(len(time_s), bool)
    for start in (0.4, 0.7, 1.3):
        salient |= (time_s >= start) & (time_s < round(start + 0.15, 6))
    parts = []
    for clip_id, level in loudness.items():
        heard = (time_s >= 0.3) & (time_s < 1.6)
        if voiced is not None:
            heard[np.flatnonzero(salient)[voiced[clip_id] :]] = False
        frames = {"frame": np.arange(len(time_s)), "time_s": time_s, "voiced": heard}
        parts.append(pd.DataFrame(frames).assign(clip_id=clip_id, Loudness_sma3=level))
    return pd.concat(parts, ignore_index=True)


def found_in(entry, statements):
    rows = defects.defect_rows(entry, statements, corpus="c", protocol="p", method="m")
    tables.checked(rows, "claims")
    return rows.set_index("claim")


def test_where_nothing_is_wrong_every_defect_is_repaired(statements):
    found = found_in(entry(), statements)
    assert set(found.index) == set(defects.DEFECTS)
    assert (found["verdict"] == "repaired").all()
    assert (found["effect"] >= 0).all() and found["measured"].str.len().min() > 10


def broken(name):
    """A corpus that has one defect, and how large it is."""
    whole = entry()
    segments, saliency = whole.segments, whole.saliency
    salient = segments["region"] == "salient"
    if name == "defect_shared_data":
        return {"leaks": whole.leaks.assign(shared=3)}, 1 / 3
    if name == "defect_other_class":
        return {"saliency": saliency.assign(agrees=np.arange(len(saliency)) % 4 > 0)}, 1 / 4
    if name == "defect_damaged_network":
        return {"saliency": saliency.assign(canonization_shift=0.3)}, 0.3
    if name == "defect_fixed_concept":
        return {"saliency": saliency.assign(concepts=[["block1:35"]] * len(saliency))}, 0.4
    if name == "defect_loudest_fill":
        return {"fill": "loudest"}, 0.1
    if name == "defect_unvoiced_zeros":
        return {"clips": whole.clips.assign(voiced_fraction=whole.clips["shimmer"] / 2)}, 1
    if name == "defect_wrong_seconds":
        # sound begins 0.1 s into the file, and the code does not know
        return {"keep_offset": False}, 0.1
    if name == "defect_outside_speech":
        moved = segments.assign(start_s=segments["start_s"].where(~salient, 1.525))
        return {"segments": moved.assign(end_s=moved["start_s"] + 0.15)}, 0.5
    if name == "defect_past_the_end":
        longer = segments.assign(end_s=segments["end_s"].where(salient, 2.4))
        return {"segments": longer}, 0.6 / 2.1
    if name == "defect_short_windows":
        cut = segments["end_s"].where(segments["start_s"] != 1.3, 1.36)
        return {"segments": segments.assign(end_s=cut)}, 1 / 3
    if name == "defect_segments_alone":
        off = np.where(np.arange(len(whole.clips)) % 2, 0.1, -0.2)
        return {
            "clips": whole.clips.assign(voiced_fraction=whole.clips["voiced_fraction"] + off)
        }, 0.15
    if name == "defect_lost_speech":
        frames = frames_of(whole.clips.set_index("clip_id")["loudness"])
        # 13 of 130 voiced frames come before, 26 after
        late = whole.spectrograms.assign(start_s=0.425, n_frames=61)
        return {"descriptors": frames, "spectrograms": late}, 39 / 130
    if name == "defect_other_voices":
        voice = whole.clips["speaker"].str[1:].astype(float)
        return {"clips": whole.clips.assign(pitch_level=voice, pitch_level_z=voice)}, 1.0
    if name == "defect_no_baseline":
        return {"clips": whole.clips.assign(loudness_delta_random=np.nan)}, 1.0
    if name == "defect_no_sanity_check":
        return {"likeness": whole.likeness.assign(change="fold")}, 1.0
    if name == "defect_misnamed":
        return {}, 1.0
    clips = whole.clips[whole.clips["correct"]].groupby("true").head(1)
    return {"clips": clips}, 1.0


@pytest.mark.parametrize("name", list(defects.DEFECTS))
def test_each_defect_is_seen_and_measured_where_it_is(statements, monkeypatch, name):
    changes, size = broken(name)
    if name == "defect_misnamed":
        monkeypatch.setitem(CUES, "hnr", CUES["hnr"]._replace(label="breathiness"))
    row = found_in(entry(**changes), statements).loc[name]
    assert row["verdict"] == "repeated"
    assert row["effect"] == pytest.approx(size, abs=1e-6)


def test_one_clip_of_each_emotion_says_what_all_choices_say(statements):
    clips = entry().clips
    rng = np.random.default_rng(5)
    clips["loudness"] = clips["true"].map(LEVEL) + rng.normal(0, 0.4, len(clips))
    groups = [
        clips.loc[clips["correct"] & (clips["true"] == emotion), "loudness"].to_numpy()
        for emotion in ("angry", "happy", "sad")
    ]
    angry, happy, sad = np.meshgrid(*groups)
    size = found_in(entry(clips=clips), statements).loc["defect_one_clip", "effect"]
    assert size == pytest.approx(((angry > happy) & (happy > sad)).mean())


def test_what_cannot_be_measured_has_no_row(statements):
    nothing = entry()
    nothing = nothing._replace(
        saliency=nothing.saliency.iloc[:0],
        segments=nothing.segments.iloc[:0],
        clips=nothing.clips.iloc[:0],
        leaks=nothing.leaks.iloc[:0],
        descriptors=nothing.descriptors.iloc[:0],
    )
    assert found_in(nothing, statements).empty
    crp = found_in(entry(method="crp"), statements)
    assert "defect_loudest_fill" not in crp.index


def test_slices_of_a_clip_are_those_of_the_cues(statements):
    """So where segments are slices of the clip nothing at all differs."""
    whole, rng = entry(), np.random.default_rng(3)
    frames = whole.descriptors.reindex(columns=tables.columns("descriptors")).fillna(0.0)
    frames = frames.assign(Loudness_sma3=rng.random(len(frames)).astype(np.float32))
    # frames without F0 are unvoiced
    frames["F0semitoneFrom27.5Hz_sma3nz"] = frames["voiced"] * 30.0
    salient = whole.segments[whole.segments["region"] == "salient"].assign(draw=0)
    salient["start_s"] += rng.uniform(-0.05, 0.05, len(salient)).round(6)
    salient["rank"] = salient.groupby(KEY).cumcount() + 1
    for unvoiced in ("masked", "zero"):
        measured = measure(salient, frames, unvoiced)
        clips = whole.clips.drop(columns=["loudness", "voiced_fraction"]).merge(
            measured[[*KEY, "loudness", "voiced_fraction"]], on=KEY
        )
        changed = entry(clips=clips, segments=salient, descriptors=frames)
        row = found_in(changed, statements).loc["defect_segments_alone"]
        assert row["verdict"] == "repaired" and row["effect"] < 1e-9
        assert row["measured"].endswith("their loudness by 0.0 %")
        apart = clips.assign(loudness=clips["loudness"] * 0.9)
        row = found_in(changed._replace(clips=apart), statements).loc["defect_segments_alone"]
        assert row["measured"].endswith("their loudness by 10.0 %")


def test_of_lost_speech_it_is_told_what_the_length_cut(statements):
    frames = frames_of(entry().clips.set_index("clip_id")["loudness"])
    times = entry().spectrograms.assign(n_frames=68, n_total=68)  # up to 1.12 s
    row = found_in(entry(descriptors=frames, spectrograms=times), statements)
    assert row.loc["defect_lost_speech", "effect"] == pytest.approx(47 / 130)
    assert "36.2 % of a clip's voiced frames" in row.loc["defect_lost_speech", "measured"]
    assert ", 36.2 % for the clip is longer" in row.loc["defect_lost_speech", "measured"]
    pause = entry(descriptors=frames, spectrograms=times.assign(n_total=134))
    row = found_in(pause, statements).loc["defect_lost_speech"]
    assert row["effect"] == pytest.approx(47 / 130) and ", 0.0 % for" in row["measured"]


def test_speakers_explain_no_variance_by_chance():
    rng = np.random.default_rng(2)
    speakers = pd.Series(np.repeat(np.arange(20), 5).astype(str))
    noise = pd.Series(rng.normal(size=(400, 100)).mean(axis=0) * 20)
    draws = [
        defects.between_speakers(pd.Series(rng.normal(size=100)), speakers) for _ in range(100)
    ]
    assert np.mean(draws) < 0.05 and min(draws) >= 0
    # by its F, with 19 and 80 degrees of freedom
    shifted = noise + speakers.astype(int)
    f = stats.f_oneway(*(part for _, part in shifted.groupby(speakers))).statistic
    known = 19 * (f - 1) / (19 * f + 80)
    assert defects.between_speakers(shifted, speakers) == pytest.approx(known, abs=1e-12)
    voices = speakers.astype(int) % 2 * 12.0
    # variances of 36 and 1
    assert defects.between_speakers(voices + noise, speakers) == pytest.approx(36 / 37, abs=0.02)
    assert np.isnan(defects.between_speakers(noise, pd.Series(range(100)).astype(str)))
    assert np.isnan(defects.between_speakers(noise * 0, speakers))


def test_pitch_within_speakers_knows_no_voice(statements):
    """High and low voices differ raw; within speakers, who speaks explains nothing."""
    cues_, explained, manifest = study()
    high = cues_["clip_id"].str[:3].astype(int) % 2
    cues_["pitch_level"] += 12.0 * high
    own = entry(clips=clip_cues(cues_, explained, manifest))
    row = found_in(own, statements).loc["defect_other_voices"]
    assert row["verdict"] == "repaired" and row["effect"] == 0
    assert row["measured"].startswith("who speaks explains 99.")
    lacking = own._replace(clips=own.clips.assign(pitch_level_z=np.nan))
    row = found_in(lacking, statements).loc["defect_other_voices"]
    assert row["verdict"] == "repeated" and "it is not set against" in row["measured"]


# ---- scripts


def test_scripts_make_every_table(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
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

    def make_job(inputs, outputs, **params):
        return SimpleNamespace(
            input=SimpleNamespace(**inputs),
            output=SimpleNamespace(**{key: tmp_path / name for key, name in outputs.items()}),
            params=SimpleNamespace(draws=200, seed=1, **params),
        )

    folds = [tmp_path / "fold1.parquet", tmp_path / "fold0.parquet"]
    gather_predictions.main(
        make_job({"predictions": folds}, {"predictions": "predictions.parquet"})
    )
    evaluate_classifier.main(
        make_job(
            {
                "predictions": tmp_path / "predictions.parquet",
                "manifest": tmp_path / "manifest.parquet",
            },
            {"accuracy": "accuracy.parquet", "csv": "accuracy.csv"},
            corpus="crema_d",
            protocol="corrected",
        )
    )
    assert len(tables.read(tmp_path / "predictions.parquet")) == len(predictions)

    own = entry()
    maps = own.saliency.reindex(columns=tables.columns("saliency")).assign(
        target="sad", map=[[0.0]] * len(own.saliency), n_mels=1, n_total=1, logit=1.0
    )
    own_segments = own.segments.assign(draw=0, score=0.0)
    own_segments["rank"] = own_segments.groupby([*KEY, "region"]).cumcount() + 1
    spectrograms = own.spectrograms.assign(
        log_mel=[[0.0]] * len(own.spectrograms), n_mels=1
    ).assign(speech_start_frame=0, speech_end_frame=1)
    leaks = own.leaks.assign(fold=0, verdict="none")
    for name, frame in (
        ("saliency", maps),
        ("segments", own_segments),
        ("spectrograms", spectrograms),
        ("likeness", own.likeness.assign(method="crp", cells=0.1, overlap=0.1, chance=0.1)),
        ("descriptors", own.descriptors.reindex(columns=tables.columns("descriptors")).fillna(0.0)),
    ):
        tables.write(frame[tables.columns(name)], tmp_path / f"{name}.parquet", name)
    tables.write(leaks[tables.columns("leaks")], tmp_path / "leaks.csv", "leaks")
    for name in ("plausibility_summary", "detection"):
        tables.write(tables.empty(name), tmp_path / f"{name}.csv", name)

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
            make_job(
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
        make_job(
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
        make_job(
            common
            | {"accuracy": [tmp_path / "accuracy.parquet"], "statements": CLAIMS}
            | {name: [tmp_path / f"{name}.parquet"] * 2 for name in ("saliency", "segments")}
            | {"spectrograms": [tmp_path / "spectrograms.parquet"] * 2}
            | {"leaks": [tmp_path / "leaks.csv"] * 2}
            | {name: [tmp_path / f"{name}.parquet"] * 2 for name in ("likeness", "descriptors")}
            | {"plausibility": tmp_path / "plausibility_summary.csv"}
            | {"detection": tmp_path / "detection.csv", "robustness": []},
            {"claims": "claims.csv", "markdown": "claims.md", "html": "claims.html"},
            entries=entries,
            study="common",
            emotions=EMOTIONS,
            protocols={
                name: {"fill": "floor", "keep_offset": True} for name in ("corrected", "published")
            },
        )
    )
    ledger = pd.read_csv(tmp_path / "claims.csv")
    # crp has no fill, voicing is constant here, and the manifest knows no emotion
    measured = len(defects.DEFECTS) - 3
    assert ledger.claim.nunique() == 12 + measured
    assert len(ledger) == 1 + 2 * (6 + 4 * len(CUES) - 2 + measured)
    page = (tmp_path / "claims.html").read_text(encoding="utf-8")
    assert page.index("Claims of the paper") < page.index("Defects of its code")


def robustness_rows(across, beyond):
    """Rows of the table `robustness`: value, low, high of the two differences."""
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
    found = claims.band_claims(robustness_rows(across, beyond), statements, protocol="common")
    tables.checked(claims.with_q(found), "claims")
    assert found["verdict"].tolist() == verdicts
    assert "classifiers 0.8, corpora 0.5" in found["measured"].iloc[0]


def test_one_corpus_gives_no_verdict_on_bands(statements):
    rows = robustness_rows((0.1, 0, 0.2), (0.1, 0, 0.2))
    alone = rows[~rows["comparison"].isin([agreement.ACROSS, agreement.BEYOND])]
    assert claims.band_claims(alone, statements, protocol="common").empty
