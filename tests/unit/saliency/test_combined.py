"""Maps combined of those of other methods."""

import numpy as np
import pandas as pd
import pytest
import torch

from made_networks import CPU, FRONT_END
from sampled_clips import CLIPS, LABELS, PARTS, explained
from sercues.classifiers import resnet
from sercues.core import tables
from sercues.saliency import combined, explain
from sercues.saliency.combined import KINDS, explain_each, tabulate

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("kind", KINDS)
def test_a_combined_map_of_a_network_is_that_of_the_stored_maps_of_its_parts(place, kind):
    maps = {part: tables.read(place / f"{part}.parquet") for part in PARTS}
    wanted = explained().iloc[[1, 8]]
    table = tabulate(maps, kind, wanted, place / "spectrograms.parquet")
    tables.checked(table, "saliency")
    assert set(table["clip_id"]) == {CLIPS[1], CLIPS[8]}
    clips = explain.read_clips(place / "spectrograms.parquet", table["clip_id"])
    for row in table.itertuples():
        classifier = resnet.load(place / f"fold{row.fold}/seed1/model.pt")
        inputs = explain.network_input(clips.loc[row.clip_id, "log_mel"], classifier, CPU)
        given = (inputs, torch.tensor([LABELS.index(row.target_emotion)]), FRONT_END)
        maps_of = explain_each({kind: {}, **PARTS}, classifier.network, *given)
        assert list(maps_of) == [kind, *PARTS]
        (relevance,) = maps_of[kind]
        np.testing.assert_allclose(row.map, relevance.ravel(), atol=1e-6)
        assert row.speech_share == pytest.approx(explain.speech_share(relevance, 10, 110))
        assert 0 < row.speech_share <= 1
    none = tabulate(maps, kind, wanted.iloc[:0], place / "spectrograms.parquet")
    assert tables.checked(none, "saliency").num_rows == 0


def test_union_and_intersection_of_two_maps():
    def of(*maps):
        clips = [f"clip{index}" for index in range(len(maps))]
        table = pd.DataFrame({"clip_id": clips, "map": list(map(np.array, maps))})
        return table.assign(fold=0, seed=1, target="predicted_label", n_mels=1, n_total=4)

    maps = {
        "occlusion": of([3.0, 1.0, -9.0, 0.0], [-1.0, -2.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]),
        "crp": of([0.0, 2.0, 2.0, -5.0], [0.0, 5.0, 0.0, 0.0]),
    }
    union, both = (combined.combine(maps, kind)["map"] for kind in ("union", "intersection"))
    assert len(union) == 2
    np.testing.assert_allclose(union[0], [0.75, 0.5, 0.5, 0])
    np.testing.assert_allclose(both[0], [0, 0.25, 0, 0])
    np.testing.assert_allclose(union[1], [0, 1, 0, 0])
    np.testing.assert_allclose(both[1], 0)
