"""How far windows chosen otherwise can differ from the salient ones, some of which they hold."""

import pandas as pd

from sercues.core.names import KEY

NEEDED = ("salient", "rest", "loudest")  # regions that `reach` asks for


def reach(segments: pd.DataFrame) -> dict[str, float]:
    """Mean over maps of the share of salient windows that are not among a baseline's.

    A difference between salient windows and a baseline that holds some of them is this share of what it
    is from windows apart: of random ones, 1 − k / n for k of n windows, in expectation.

    Parameters
    ----------
    segments : pandas.DataFrame
        Rows of the table `segments`, of the regions `NEEDED`, with KEY, region, start_s and end_s.

    Returns
    -------
    dict
        By baseline: random and loudest. Empty without maps.
    """
    salient, rest, loudest = (segments[segments["region"] == region] for region in NEEDED)
    if salient.empty:
        return {}
    chosen = salient.groupby(KEY).size()
    others = rest.groupby(KEY).size().reindex(chosen.index, fill_value=0)
    window = [*KEY, "start_s", "end_s"]
    shared = salient[window].merge(loudest[window]).groupby(KEY).size()
    shared = shared.reindex(chosen.index, fill_value=0)
    return {
        "random": float((others / (chosen + others)).mean()),
        "loudest": float((1 - shared / chosen).mean()),
    }
