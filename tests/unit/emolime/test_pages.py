"""Tables of the EmoLIME study for readers."""

import pandas as pd

from sercues.emolime import agreement, pages


def test_tables_say_what_was_measured_and_what_was_left_out():
    row = {"source": "this study", "level": "profile", "comparison": agreement.ACROSS,
           "measure": "pearson", "value": 0.25, "ci_low": 0.1, "ci_high": 0.4, "p": 0.012,
           "n_clips": 40, "n_speakers": 10}  # fmt: skip
    one = {"corpus": "a_b", "classifier": "<egemaps>", "ci_low": 0.1, "ci_high": 0.3,
           "n_clips": 4, "n_speakers": 2}  # fmt: skip
    faithful = pd.DataFrame([one | {"measure": m, "value": 0.2} for m in pages.FAITHFUL])
    page = pages.page(pd.DataFrame([row]), faithful, ["wav2vec2"])
    alike, tested, left_out = page.parts
    assert [cells[3:] for cells in alike.rows] == [
        ["0.25 [0.10, 0.40], p = 0.012", "–", "–", "–", "40 (10)"]
    ]
    assert [cells[:4] for cells in tested.rows] == [
        ["a_b", "<egemaps>", "20 [10, 30]", "0.20 [0.10, 0.30]"]
    ]
    assert "wav2vec2" in left_out.text and "<egemaps>" not in page.html()
    assert len(pages.page(pd.DataFrame([row]), faithful, []).parts) == 2
