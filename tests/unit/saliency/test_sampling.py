"""The choice of clips to explain."""

import pandas as pd

from sercues.core import tables
from sercues.saliency import sampling


def predictions(n=60):
    emotions = ["angry", "disgust", "happy"]
    rows = [
        {
            "clip_id": f"c{i:03d}",
            "fold": i % 2,
            "seed": 1,
            "true": emotions[i % 3],
            "predicted": emotions[(i + (i % 5 == 0)) % 3],
        }
        for i in range(n)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(correct=frame["true"] == frame["predicted"])


def test_the_sample_is_stratified_nested_and_free_of_order():
    def chosen(frame, n):
        return sampling.choose_clips(frame, n, n, ["angry", "happy"], ["predicted"], seed=3)

    frame = predictions()
    small, large = chosen(frame, 1), chosen(frame, 3)
    tables.checked(large, "explained")
    assert set(small["clip_id"]) < set(large["clip_id"])
    assert large.groupby(["fold", "true", "correct"]).size().max() == 3
    shuffled = chosen(frame.sample(frac=1, random_state=1), 3)
    assert tables.checked(shuffled, "explained").equals(tables.checked(large, "explained"))
    # a clip of another emotion counts only where it is taken for one of ours
    others = large[large["true"] == "disgust"]
    assert len(others) and not others["correct"].any()


def test_all_explains_every_clip_for_every_class():
    frame = predictions()
    everything = sampling.choose_clips(
        frame, "all", "all", ["angry", "disgust", "happy"], ["predicted", "true"], seed=3
    )
    assert everything["clip_id"].nunique() == len(frame) and len(everything) == 2 * len(frame)
    for kind, rows in everything.groupby("target_kind"):
        assert (rows["target"] == rows[kind]).all()
