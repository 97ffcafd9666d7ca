"""EmoLIME's p keep their size for what they are about: these classifiers and these corpora."""

import numpy as np

import emolime

DRAWS = 80


def test_p_keep_their_size_within_their_scope_and_not_beyond_it():
    table = emolime.rows(DRAWS, 1, speakers=(8,), shares=False)
    sizes = (
        table[table["measure"] == "size"]
        .set_index(["condition", "truth", "test"])["value"]
        .sort_index()
    )
    claimed = sizes.loc["claimed"]
    assert len(claimed) == 5
    assert (claimed <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / DRAWS)).all(), claimed
    covered = table[(table["measure"] == "coverage") & (table["condition"] == "claimed")]["value"]
    assert len(covered) == 4 and (covered >= 0.92 - 3 * np.sqrt(0.92 * 0.08 / DRAWS)).all()
    # why the captions limit them: other classifiers and corpora, which vary alike, are told apart
    assert (sizes.loc["not claimed", emolime.RANDOM] > 0.2).any()
    assert (table.loc[table["measure"] == "power", "value"] > 0.5).any()
