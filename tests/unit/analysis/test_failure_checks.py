"""Each sign fires on a case built to have it, and not on one built without it."""

import numpy as np
import pandas as pd
import pytest

from known_signs import (
    accuracy,
    contrasts,
    methods,
    plausibility,
    saliency,
    segments,
    stability_rows,
)
from runs import CLIPS, of_run
from sercues.analysis import failure_checks
from sercues.core import tables
from sercues.stats.bootstrap import Resampling


def verdicts(
    manifest,
    share=0.95,
    q=(0.01, 0.2, 0.3),
    plausible=0.4,
    uar=0.7,
    parameter_randomisation=0.1,
    label_randomisation=0.1,
    negative=0.05,
    percentiles=(0.7, 0.7, 0.8, 0.9),
):
    table = failure_checks.failure_check_table(
        saliency(share),
        segments(negative),
        methods(percentiles),
        contrasts(list(q)),
        plausibility(plausible),
        accuracy(uar),
        stability_rows(parameter_randomisation, label_randomisation),
        manifest,
        Resampling(300, 1),
    )
    table = of_run(table, "failure_checks")
    tables.checked(table, "failure_checks")
    return table.set_index("check")["verdict"].to_dict()


def test_a_sound_explanation_is_green_throughout(manifest):
    assert set(verdicts(manifest).values()) == {"green"}


def test_relevance_on_silence_is_red_and_near_the_threshold_undecided(manifest):
    assert verdicts(manifest, share=0.5)["outside_speech"] == "red"
    assert verdicts(manifest, share=0.75)["outside_speech"] == "undecided"


def test_maps_that_ignore_what_was_learned_are_red(manifest):
    assert verdicts(manifest, parameter_randomisation=0.9)["parameter_randomisation"] == "red"
    assert verdicts(manifest, parameter_randomisation=-0.2)["parameter_randomisation"] == "green"
    found = verdicts(manifest, label_randomisation=0.9)
    assert found["label_randomisation"] == "red" and found["parameter_randomisation"] == "green"


def test_salient_windows_of_negative_net_relevance_are_red(manifest):
    assert verdicts(manifest, negative=0.6)["negative_net"] == "red"
    assert verdicts(manifest, negative=0.25)["negative_net"] == "undecided"
    row = failure_checks.negative_net(segments(0.6), manifest, Resampling(100, 1))
    # random segments have no net relevance and do not count
    assert row["value"] == pytest.approx(0.6)


def test_windows_must_matter_under_every_fill(manifest):
    assert verdicts(manifest, percentiles=(0.3, 0.2, 0.4, 0.1))["unfaithful"] == "red"
    assert verdicts(manifest, percentiles=(0.5, 0.8, 0.8, 0.8))["unfaithful"] == "undecided"
    row = failure_checks.unfaithful(methods((0.8, 0.3, 0.4, 0.6)))
    assert row["verdict"] == "undecided" and "fills disagree" in row["measured"]
    assert (row["value"], row["ci_low"]) == (0.3, 0.25)


def test_cues_that_do_not_differ_are_red(manifest):
    assert verdicts(manifest, q=[0.2] * 20)["indistinct_cues"] == "red"
    assert verdicts(manifest, q=[np.nan] * 4)["indistinct_cues"] == "undecided"
    only_correctness = contrasts([0.01], kind="correctness")
    assert failure_checks.indistinct_cues(only_correctness) is None


def test_an_accurate_classifier_of_implausible_cues_is_red(manifest):
    assert verdicts(manifest, plausible=-0.3)["implausible_cues"] == "red"
    assert verdicts(manifest, plausible=-0.3, uar=0.4)["implausible_cues"] == "undecided"
    assert verdicts(manifest, plausible=0.05)["implausible_cues"] == "undecided"


def test_with_few_speakers_the_mean_decides():
    few = pd.DataFrame({"clip_id": CLIPS, "speaker": ["a", "b"] * 10})
    row = failure_checks.outside_speech(saliency(0.5), few, Resampling(100, 1))
    assert row["verdict"] == "red" and np.isnan(row["ci_low"])
    row = failure_checks.implausible_cues(plausibility(-0.2, np.nan, np.nan), accuracy(0.99))
    assert row["verdict"] == "red" and np.isnan(row["ci_low"])


def test_what_cannot_be_measured_is_undecided(manifest):
    empty = saliency(0.9).assign(speech_share=np.nan)
    table = failure_checks.failure_check_table(
        empty,
        segments()[:0],
        methods()[:0],
        contrasts([]),
        plausibility(np.nan),
        accuracy(0.7),
        stability_rows(np.nan, np.nan),
        manifest,
        Resampling(100, 1),
    )
    table = of_run(table, "failure_checks")
    assert set(table["verdict"]) == {"undecided"} and (table["n_clips"] == 0).all()
    (shown,) = failure_checks.page(table).parts
    for row in (dict(zip(shown.head, cells, strict=True)) for cells in shown.rows):
        assert row["verdict"] == "undecided" and row["value"] == row["threshold"] == "–"
