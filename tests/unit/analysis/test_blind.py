"""What the ledger would say of a blind choice."""

import numpy as np

from known_cues import heard, study
from runs import of_run
from sercues.analysis import blind
from sercues.core import tables
from sercues.core.names import WINDOW_BASELINES
from sercues.cues.catalogue import CUES
from sercues.stats.bootstrap import Resampling

RESAMPLING = Resampling(1000, 1)


def test_a_blind_choice_gets_few_of_the_verdicts_that_a_real_one_gets(monkeypatch):
    monkeypatch.setattr(blind, "CHOICES", 60)
    table = blind.blind_table(heard(*study(noise=0.3)), RESAMPLING)
    tables.checked(of_run(table, "blind_verdicts"), "blind_verdicts")
    (row,) = table.itertuples()
    # of controls two cues are not asked
    assert row.tested == row.holds == len(WINDOW_BASELINES) * len(CUES) - 2
    # all cues of `study` are one, so there is at least one in about one of twenty choices
    assert row.blind_any < 0.15 and row.blind_mean < 0.15 * row.tested


def test_few_speakers_have_no_verdicts():
    (row,) = blind.blind_table(heard(*study(n_speakers=4)), RESAMPLING).itertuples()
    assert row.tested == row.holds == 0 and np.isnan([row.blind_mean, row.blind_any]).all()
