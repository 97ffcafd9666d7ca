"""The table of stability has what should change a map first."""

import pandas as pd
import pytest

from compared_networks import CLIPS, compared
from runs import of_run
from sercues.core import tables
from sercues.core.names import LAYERS
from sercues.evaluation import stability
from sercues.stats.bootstrap import Resampling

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_table_has_what_should_change_a_map_first(files):
    found = compared(files, "gradcam", {"layer": "block2"})
    manifest = pd.DataFrame({"clip_id": CLIPS, "speaker": ["a", "b", "c"]})
    table = stability.stability_table(found, manifest, Resampling(100, 1))
    table = of_run(table, "stability_summary", method="gradcam")
    tables.checked(table, "stability_summary")
    changes = table["change"].drop_duplicates().tolist()
    assert changes[:5] == [*LAYERS, "randomised labels"]
    own = found[found["change"] == "another fold"]
    row = table.query("change == 'another fold' and measure == 'gain'").iloc[0]
    assert row["value"] == pytest.approx((own["overlap"] - own["chance"]).mean())
    rows = stability.page(table).parts[0].rows
    assert [row[2] for row in rows] == ["gradcam"] * len(changes)
    assert [row[3] for row in rows][3:] == ["new weights down to conv1", *changes[4:]]
