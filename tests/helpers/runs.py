"""The run that tables of the tests are of, and its clips."""

import pandas as pd

from sercues.core import tables

PLACE = {"corpus": "crema_d", "protocol": "corrected"}
RUN = PLACE | {"method": "crp"}
CLIPS = [f"clip{index:02}" for index in range(20)]


def of_run(rows, name, **other):
    """Rows of a table function as the table `name` of a run; `other` are other names of it."""
    return tables.stacked([(RUN | other, rows)], name)


def spoken(clips):
    """Table `manifest`, only who speaks in which clip: ten speakers in turn."""
    return pd.DataFrame({"clip_id": clips, "speaker": [clip[-1] for clip in clips]})
