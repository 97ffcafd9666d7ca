"""From a recording to the weights of its bands: planted truth is found, silence weighs nothing."""

import numpy as np
import pandas as pd
import pytest

from heard_bands import BANDS, scored
from sercues.core import tables
from sercues.emolime import explain


def test_planted_bands_are_found_and_silent_ones_weigh_nothing(recording, monkeypatch):
    table = scored(recording, monkeypatch, {1: 2.0, 4: -1.0})
    row = next(table.itertuples())
    assert 2 not in row.sounding and 7 not in row.sounding  # empty, and above the bandwidth
    found, checks = explain.explain(row, "angry", BANDS)
    truth = np.array([0, 2, 0, 0, -1, 0, 0, 0])
    np.testing.assert_allclose(found["weight"], truth, atol=1e-6)
    np.testing.assert_allclose(found["shapley"], truth, atol=1e-6)
    assert (
        found.loc[found["silent"], ["weight", "ci_low", "ci_high", "shapley"]].eq(0).all(axis=None)
    )
    assert checks["r2"] == pytest.approx(1) and checks["n_masks"] == 2 ** len(row.sounding)
    opposite, _ = explain.explain(row, "sad", BANDS)
    np.testing.assert_allclose(opposite["weight"], -truth, atol=1e-6)


def test_the_reconstruction_is_the_original(recording, monkeypatch):
    row = next(scored(recording, monkeypatch, {1: 2.0}).itertuples())
    np.testing.assert_allclose(explain.table(row)[-1], row.original, atol=1e-6)


def test_bands_and_checks_are_tables(recording, monkeypatch):
    table = scored(recording, monkeypatch, {1: 2.0, 4: -1.0}, ((False, 0), (True, 1)))
    for changes in (
        {},
        {"sampling": "bernoulli", "masks": 64, "alpha": 1.0, "score": "probability"},
    ):
        for targets in (["predicted_label", "true_label"], ["all_labels"]):
            bands, checks = explain.explain_clips(
                table, pd.Series({"clip": "sad"}), BANDS | changes | {"targets": targets}, 0
            )
            tables.checked(bands, "bands")
            tables.checked(checks, "band_checks")
            assert len(checks) == 4 and len(bands) == 4 * 8
    tables.checked(explain.explain_clips(table[:0], pd.Series(), BANDS, 0)[1], "band_checks")


def test_many_parts_are_sampled_and_have_no_shapley_value(recording, monkeypatch):
    many = BANDS | {"time_bins": 4, "masks": 200}
    row = next(scored(recording, monkeypatch, {1: 2.0, 4: -1.0}, bands=many).itertuples())
    assert len(row.masks) == 200 and len(row.low_hz) == 32
    found, checks = explain.explain(row, "angry", many)
    assert found["shapley"].isna().all() and checks["n_masks"] == 200
    by_band = found.groupby("low_hz")["weight"].mean().to_numpy()
    assert by_band.argmax() == 1 and by_band.argmin() == 4
