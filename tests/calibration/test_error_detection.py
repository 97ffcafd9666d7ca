"""Tests of plausibility as a detector of errors reject what is not there in 5 % of cases."""

import numpy as np

import error_detection

SIMULATIONS = 60


def test_size_and_power():
    found = error_detection.rows(
        SIMULATIONS, 1, speakers=[12], conditions=["class", "speaker", "confidence", "clip"]
    )
    found = found[~found["test"].str.endswith(error_detection.GAIN)]
    allowed = 0.06 + 3 * np.sqrt(0.06 * 0.94 / SIMULATIONS)
    sizes = found[found["measure"] == "size"]["value"]
    assert len(sizes) == 13 and (sizes <= allowed).all(), sizes[sizes > allowed]
    coverage = found[found["measure"] == "coverage"]["value"]
    assert (coverage >= 0.93 - 3 * np.sqrt(0.07 * 0.93 / SIMULATIONS)).all()
    power = found[found["measure"] == "power"].set_index(["test", "condition"])["value"]
    for test in (error_detection.AREA, error_detection.BEYOND, error_detection.DIFFERENCE):
        assert power[f"sign flips: {test}", error_detection.WORDS["clip"]] > 0.5
