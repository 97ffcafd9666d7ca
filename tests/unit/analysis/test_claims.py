"""Claims about accuracy, errors and bands, judged."""

import numpy as np
import pandas as pd
import pytest

from runs import of_run
from sercues.analysis import claims, verdicts
from sercues.classifiers.accuracy import Published, accuracy_table
from sercues.core import tables
from sercues.emolime import agreement
from sercues.stats.bootstrap import Resampling


def accuracies(measured, **other):
    """Rows of the table `accuracy` over all folds, pooled and of one seed, of two corpora."""
    row = {"protocol": "corrected", "fold": "all", "emotion": "all", "n_clips": 100}
    row |= {"n_speakers": 12} | measured | other
    return pd.DataFrame(
        [
            row | {"corpus": corpus, "measure": measure, "seed": seed}
            for corpus in ("crema_d", "tess")
            for measure in ("accuracy", "uar")
            for seed in ("1", "all")
        ]
    )


def judged_accuracy(accuracy, statements):
    """The row of the ledger on the published accuracy."""
    rows = claims.accuracy_claims(accuracy, statements)
    found = tables.stacked([({}, verdicts.judged(rows))], "claims")
    tables.checked(found, "claims")
    assert found["corpus"].tolist() == ["crema_d"]
    return found.iloc[0]


@pytest.mark.parametrize(
    ("p", "verdict"),
    [
        ((0.01, 0.999), "holds"),
        ((0.999, 0.01), "does not"),
        ((0.2, 0.9), "undecided"),
        ((np.nan, np.nan), "undecided"),
    ],
)
def test_published_accuracy_is_near_or_not(statements, p, verdict):
    measured = {"value": 0.6, "ci_low": 0.58, "ci_high": 0.62, "room": 0.03}
    table = accuracies(measured, p_near=p[0], p_far=p[1])
    found = judged_accuracy(table, statements)
    assert found.verdict == verdict and found.effect == pytest.approx(-0.03)
    np.testing.assert_array_equal(found[["p", "p_against"]].to_numpy(float), p)
    assert "attainable" not in found.measured
    assert claims.accuracy_claims(table[table["corpus"] == "tess"], statements).empty


@pytest.mark.parametrize(
    ("n_clips", "n_speakers", "word"), [(8, 25, "unattainable"), (52, 80, None)]
)
def test_an_accuracy_of_few_speakers_cannot_be_shown_to_be_near(
    statements, n_clips, n_speakers, word
):
    """From predictions to the ledger: exactly the published accuracy."""
    rng = np.random.default_rng(1)
    entry = statements["accuracy_crema_d"]
    n = n_clips * n_speakers
    clips = pd.DataFrame({"clip_id": [f"c{i:05}" for i in range(n)], "fold": 0, "seed": 1})
    clips["true_emotion"] = "sad"
    wrong = rng.permutation(n) >= round(entry["value"] * n)
    clips["predicted_emotion"] = np.where(wrong, "fear", "sad")
    speakers = np.repeat([f"s{i:03}" for i in range(n_speakers)], n_clips)
    manifest = clips[["clip_id"]].assign(speaker=speakers)
    published = Published(entry["value"], entry["tolerance"])
    table = accuracy_table(clips, manifest, Resampling(2000, 1), published)
    place = {"corpus": "crema_d", "protocol": "corrected"}
    found = judged_accuracy(tables.stacked([(place, table)], "accuracy"), statements)
    assert found.verdict == ("undecided" if word else "holds")
    half = (found.ci_high - found.ci_low) / 2
    assert (half > entry["tolerance"]) == (word is not None)
    assert ("unattainable" in found.measured) == (word is not None)
    assert "one training seed" in found.measured


def test_training_seeds_are_told_with_their_accuracies(statements):
    measured = {"value": 0.6, "ci_low": 0.58, "ci_high": 0.62, "room": 0.03}
    measured |= {"p_near": 0.5, "p_far": 0.5}
    one = accuracies(measured)
    more = one[one["seed"] == "1"].assign(seed="2", value=0.55)
    found = judged_accuracy(pd.concat([one, more]), statements)
    assert "2 training seeds, 0.55 to 0.6" in found.measured


@pytest.mark.parametrize(
    ("value", "p", "verdict"),
    [(0.8, 0.01, "holds"), (0.8, 0.3, "undecided"), (0.2, 0.01, "does not")],
)
def test_implausible_cues_detect_errors_or_not(statements, value, p, verdict):
    # the interval excludes one half in any case
    row = {"target": "predicted_label", "ci_low": value - 0.1, "ci_high": value + 0.1, "p": p}
    row |= {"value": value, "n_clips": 90, "n_errors": 30, "n_speakers": 9}
    detection = pd.DataFrame(
        [
            row | {"score": score, "measure": measure}
            for score in ("plausibility_salient", "plausibility_full")
            for measure in ("auroc_within_speaker", "auroc_beyond_confidence")
        ]
    )
    found = verdicts.judged(claims.detection_claims(detection, statements))
    found = of_run(found, "claims")
    assert found["verdict"].tolist() == [verdict] * 2
    assert found["effect"].tolist() == pytest.approx([value - 0.5] * 2)
    tables.checked(found, "claims")
    assert claims.detection_claims(detection.iloc[:0], statements).empty


def agreement_rows(across, beyond, p=0.01):
    """Rows of the table `emolime`: value, low, high of the two differences, and their p."""
    values = {
        ("profile", "classifiers"): (0.8, 0.7, 0.9),
        ("profile", "corpora"): (0.5, 0.4, 0.6),
        ("profile", agreement.ACROSS): across,
        **{("clip", name): (0.5, 0.4, 0.6) for name in ("refits", *agreement.OF_REFITS.values())},
        ("clip", agreement.BEYOND): beyond,
    }
    names = ["source", "level", "comparison", "measure", "value", "ci_low", "ci_high", "p"]
    rows = [("this study", *place, "pearson", *ends, p) for place, ends in values.items()]
    return pd.DataFrame(rows, columns=names).assign(n_clips=120, n_speakers=30)


@pytest.mark.parametrize(
    ("across", "p", "verdict"),
    [(0.3, 0.01, "holds"), (0.3, 0.2, "undecided"), (-0.3, 0.01, "does not")],
)
def test_verdicts_on_bands(statements, across, p, verdict):
    rows = agreement_rows((across, across - 0.1, across + 0.1), (0.1, -0.1, 0.2), p)
    found = verdicts.judged(claims.band_claims(rows, statements))
    tables.checked(of_run(found, "claims"), "claims")
    assert found["verdict"].iloc[0] == verdict
    assert found["effect"].tolist() == [across, 0.1]


def test_one_corpus_gives_no_verdict_on_bands(statements):
    rows = agreement_rows((0.1, 0, 0.2), (0.1, 0, 0.2))
    alone = rows[~rows["comparison"].isin([agreement.ACROSS, agreement.BEYOND])]
    assert claims.band_claims(alone, statements).empty
