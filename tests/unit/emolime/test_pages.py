"""Tables of the EmoLIME study for readers."""

import numpy as np
import pandas as pd

from sercues.emolime import agreement, pages


def test_tables_say_what_was_measured_and_what_was_left_out():
    row = {"source": "this study", "level": "profile", "comparison": agreement.ACROSS,
           "measure": "pearson", "value": 0.25, "ci_low": 0.1, "ci_high": 0.4, "p": 0.012,
           "n_clips": 40, "n_speakers": 10}  # fmt: skip
    one = {"corpus": "a_b", "classifier": "<egemaps>", "ci_low": 0.1, "ci_high": 0.3,
           "n_clips": 4, "n_speakers": 2}  # fmt: skip
    faithful = pd.DataFrame([one | {"measure": m, "value": 0.2} for m in pages.FAITHFUL])
    share = {"source": "this study", "component": "clip", "levels": 40, "variance": 0.5, "value": 0.25,
             "ci_low": 0.1, "ci_high": 0.4, "n_clips": 40, "n_speakers": 10}  # fmt: skip
    none = share | {"component": "speaker", "variance": -0.1, "value": 0.0, "ci_low": np.nan}
    varying = pd.DataFrame([share, none])
    page = pages.page(pd.DataFrame([row]), varying, faithful, ["wav2vec2"], ["<tess>"])
    alike, no_refits, components, tested, left_out = page.parts
    assert [cells[2:] for cells in components.rows] == [
        ["40", "25 [10, 40]", "40 (10)"],
        ["40", "0 †", "40 (10)"],
    ]
    assert "<tess>" in no_refits.text and "<tess>" not in page.html()
    assert [cells[3:] for cells in alike.rows] == [
        ["0.25 [0.10, 0.40], p = 0.012", "–", "–", "–", "40 (10)"]
    ]
    assert [cells[:4] for cells in tested.rows] == [
        ["a_b", "<egemaps>", "20 [10, 30]", "0.20 [0.10, 0.30]"]
    ]
    assert "wav2vec2" in left_out.text and "<egemaps>" not in page.html()
    assert len(pages.page(pd.DataFrame([row]), varying, faithful, [], []).parts) == 3
