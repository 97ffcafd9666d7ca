"""Mixed models beside permutations."""

import re

import numpy as np
import pytest

from known_cues import EMOTIONS, SETTINGS, heard, study
from runs import of_run
from sercues.analysis import cue_tables, mixed_models
from sercues.core import tables
from sercues.core.names import WINDOW_BASELINES
from sercues.cues.catalogue import CUES
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling

MORE_DRAWS = SETTINGS | {"resampling": Resampling(5000, 1)}


def uneven(**arguments):
    """`study` whose regions lie about their distances, as a difference that never varies has no model."""
    cues, explained, manifest = study(**arguments)
    rng = np.random.default_rng(2)
    cues[list(CUES)] += rng.normal(0, 0.05, (len(cues), len(CUES)))
    return cues, explained, manifest


@pytest.fixture(scope="module")
def table():
    cues, explained, manifest = uneven(noise=0.05)
    rng = np.random.default_rng(1)
    # the random draws of jitter are noise about the salient value
    blind = cues["region"] == "random"
    salient = cues[cues["region"] == "salient"].set_index("clip_id")["jitter"]
    cues.loc[blind, "jitter"] = cues.loc[blind, "clip_id"].map(salient).to_numpy()
    cues.loc[blind, "jitter"] += rng.normal(0, 0.05, blind.sum())
    found = heard(cues, explained, manifest)
    rows = mixed_models.mixed_table(found, **MORE_DRAWS)
    return of_run(rows, "mixed")


def test_planted_differences_are_found_and_agree(table):
    tables.checked(table, "mixed")
    assert len(table) == len(WINDOW_BASELINES) * len(EMOTIONS) * len(CUES)
    for baseline, below in (("rest", 0.6), ("random", 0.3), ("control", 0.5), ("loudest", 9.0)):
        found = table[(table["cue"] != "jitter") & (table["baseline"] == baseline)]
        np.testing.assert_allclose(found["estimate"], below, atol=0.1)
        assert (found["p"] < 0.01).all() and found["agree"].all()
        covered = (found["ci_low"] < below) & (found["ci_high"] > below)
        assert covered.mean() > 0.8


def test_the_permutations_are_those_of_table_2(table):
    cues, explained, manifest = uneven(noise=0.05)
    two = cue_tables.cue_table(heard(cues, explained, manifest), **MORE_DRAWS, correct=True)
    two = two.set_index(["emotion", "cue"])
    found = table[table["cue"] != "jitter"]
    for row in found.itertuples():
        cell = two.loc[(row.emotion, row.cue)]
        assert row.permutation_p == cell[f"delta_{row.baseline}_p"]
        assert row.permutation_estimate == pytest.approx(cell[f"delta_{row.baseline}"])


def test_q_of_both_tests_are_over_baselines_emotions_and_cues(table):
    for p, q in (("p", "q"), ("permutation_p", "permutation_q")):
        np.testing.assert_allclose(table[q], permutation.false_discovery_rate(table[p]))


def test_no_difference_is_no_discovery(table):
    blind = table[(table["cue"] == "jitter") & (table["baseline"] == "random")]
    assert (blind["p"] > 0.01).all() and blind["estimate"].abs().max() < 0.1


def test_few_speakers_have_no_model():
    cues, explained, manifest = study(n_speakers=4)
    found = heard(cues, explained, manifest)
    assert mixed_models.mixed_table(found, **SETTINGS).empty


def test_emotions_without_clips_are_not_in_the_model():
    cues, explained, manifest = uneven(noise=0.05)
    clips = heard(cues, explained, manifest)
    clips = clips.where(clips.clips["true_emotion"] != "happy")
    found = mixed_models.mixed_table(clips, **SETTINGS)
    assert set(found["emotion"]) == {"angry", "sad"}


def test_the_page_lists_only_where_both_disagree(table):
    one = table.assign(agree=[False] + [True] * (len(table) - 1))
    words, shown = mixed_models.page(one).parts
    of = len(EMOTIONS) * len(CUES)
    numbers = [int(number) for number in re.findall(r"\d+", words.text)]
    # of all, at 5 %, and of each baseline
    assert numbers == [4 * of - 1, 4 * of, 5, of - 1, *[of] * 7]
    (row,) = [dict(zip(shown.head, cells, strict=True)) for cells in shown.rows]
    first = table.iloc[0]
    assert (row["corpus"], row["baseline"]) == ("crema_d", first["baseline"])
    assert row["q of sign flips"] == f"{first['permutation_q']:.4f}"
    assert not mixed_models.page(table.assign(agree=True)).parts[1].rows


def test_clips_without_mates_leave_the_other_baselines_alone(table):
    cues, explained, manifest = uneven(noise=0.05)
    clips = heard(cues, explained, manifest)
    angry = clips.clips["true_emotion"] == "angry"
    clips.differences["control"][angry] = clips.values["salient_matched"][angry] = np.nan
    found = mixed_models.mixed_table(clips, **SETTINGS)
    own = found[found["emotion"] == "angry"]
    assert set(own["baseline"]) == {"rest", "random", "loudest"}
    assert set(found["baseline"]) == set(WINDOW_BASELINES)
