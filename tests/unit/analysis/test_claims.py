"""Claims about accuracy, errors and bands, judged."""

import numpy as np
import pandas as pd
import pytest

from runs import of_run
from sercues.analysis import claims, verdicts
from sercues.core import tables
from sercues.emolime import agreement


@pytest.mark.parametrize(
    ("near", "far", "verdict"),
    [
        (0.01, 0.99, "holds"),
        (0.99, 0.01, "does not"),
        (0.3, 0.7, "undecided"),
        (np.nan,) * 2 + ("undecided",),
    ],
)
def test_published_accuracy_is_near_or_not(statements, near, far, verdict):
    row = {"protocol": "corrected", "fold": "all", "seed": "all", "emotion": "all"}
    row |= {"ci_low": 0.6, "ci_high": 0.66, "value": 0.63, "n_clips": 100, "n_speakers": 12}
    row |= {"p_near": near, "p_far": far, "room": 0.02}
    accuracy = pd.DataFrame(
        [
            row | {"corpus": corpus, "measure": measure}
            for corpus in ("crema_d", "tess")
            for measure in ("accuracy", "uar")
        ]
    )
    found = verdicts.judged(claims.accuracy_claims(accuracy, statements))
    assert found.corpus.tolist() == ["crema_d"]
    assert found.verdict.tolist() == [verdict]
    tables.checked(tables.stacked([({}, found)], "claims"), "claims")
    none = claims.accuracy_claims(accuracy[accuracy.corpus == "tess"], statements)
    assert none.empty


def test_too_few_speakers_to_show_that_an_accuracy_is_near_are_told(statements):
    row = {"protocol": "published", "fold": "all", "seed": "all", "corpus": "crema_d"}
    row |= {"ci_low": 0.57, "ci_high": 0.69, "value": 0.63, "n_clips": 328, "n_speakers": 40}
    row |= {"p_near": 0.06, "p_far": 0.9}
    texts = []
    for room in (0.01, -0.01):
        accuracy = pd.DataFrame(
            [row | {"measure": measure, "room": room} for measure in ("accuracy", "uar")]
        )
        texts += claims.accuracy_claims(accuracy, statements)["measured"].tolist()
    assert "cannot show" not in texts[0] and "cannot show" in texts[1]


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
