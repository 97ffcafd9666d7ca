"""How the seconds of rules grow with the clips."""

import chain
import pandas as pd


def test_growth_is_the_slope_of_log_seconds():
    costs = {
        clips: pd.DataFrame({"seconds": [clips, 5.0, clips**2], "memory": [1, 2, 3]}, list("abc"))
        for clips in (10, 20, 40)
    }
    table = chain.growth(costs)
    assert table["exponent"].round(6).to_dict() == {"a": 1, "b": 0, "c": 2}
    assert "| `c` | 100.0 | 400.0 | 1600.0 | 3 | 3 | 3 | 2.00 |" in chain.to_markdown(table)
