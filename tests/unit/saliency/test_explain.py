"""Maps of every method: the class they explain, batches, shards, and tables."""

import numpy as np
import pandas as pd
import pytest
import torch

from made_networks import FRONT_END
from random_networks import LABELS, PARAMS, SIZE, explain_files, random_network
from sercues.core import tables
from sercues.core.errors import InputError
from sercues.saliency import explain

pytestmark = pytest.mark.usefixtures("one_thread")


# gradient methods and comparators


@pytest.mark.parametrize("method", PARAMS)
def test_every_method_says_which_class_and_logit_it_explains(network, inputs, targets, method):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    maps = explain.explain_batch(method, network, inputs, targets, FRONT_END, PARAMS[method])
    with torch.no_grad():
        logits = network(inputs)
    assert maps.maps.shape == (3, *SIZE) and maps.maps.dtype == np.float32
    np.testing.assert_allclose(maps.logits, logits[range(3), targets], atol=1e-4)
    np.testing.assert_array_equal(maps.predicted, logits.argmax(dim=1))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_all_methods_are_in_the_configuration():
    from sercues.core import schemas

    allowed = schemas.config_schema()["properties"]["methods"]["items"]["enum"]
    assert explain.method_names() == sorted(allowed)


# both


@pytest.mark.parametrize("method", PARAMS)
def test_a_map_does_not_depend_on_its_batch(network, inputs, targets, method):
    together = explain.explain_batch(method, network, inputs, targets, FRONT_END, PARAMS[method])
    for clip in range(3):
        part = slice(clip, clip + 1)
        alone = explain.explain_batch(
            method, network, inputs[part], targets[part], FRONT_END, PARAMS[method]
        )
        # occlusion computes the clips of a batch together, which may move last bits
        tolerance = 1e-5 if method == "occlusion" else 0.0
        np.testing.assert_allclose(together.maps[part], alone.maps, rtol=0, atol=tolerance)
        if method != "occlusion":
            np.testing.assert_equal(alone.checks(0), together.checks(clip))


@pytest.mark.parametrize("method", PARAMS)
def test_the_network_is_left_as_it_was(network, inputs, targets, method):
    before = {key: value.clone() for key, value in network.state_dict().items()}
    logits = network(inputs)
    explain.explain_batch(method, network, inputs, targets, FRONT_END, PARAMS[method])
    assert torch.equal(network(inputs), logits)
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in network.modules())
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize(
    ("method", "changed", "named"),
    [
        ("occlusion", {"fill": "white"}, "occlusion.fill"),
        ("occlusion", {"patch": [1, 25]}, "occlusion.patch"),
        ("occlusion", {"stride": [5, 1]}, "occlusion.stride"),
        ("crp", {"layer": "block3"}, "crp.layer"),
        ("crp", {"channel": 128}, "crp.channel"),
        ("crp", {"condition": "logit"}, "crp.condition"),
        ("gradcam", {"layer": "block3"}, "gradcam.layer"),
        ("integrated_gradients", {"fill": "zero"}, "integrated_gradients.fill"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(network, inputs, targets, method, changed, named):
    with pytest.raises(InputError, match=named):
        explain.explain_batch(
            method, network, inputs, targets, FRONT_END, {**PARAMS[method], **changed}
        )


# tables


def test_the_share_of_speech_is_that_of_positive_relevance():
    relevance = np.array([[1.0, -9.0, 2.0, 0.0], [0.0, 1.0, -3.0, 4.0]])
    assert explain.speech_share(relevance, 1, 3) == pytest.approx(3 / 8)
    assert explain.speech_share(relevance, 0, 4) == 1
    assert np.isnan(explain.speech_share(-np.ones((2, 4)), 0, 4))


def test_maps_say_how_much_of_them_lies_in_speech(results):
    spectrograms = results[1]
    frame = tables.read(spectrograms).assign(speech_start_frame=6, speech_end_frame=18)
    tables.write(frame, spectrograms, "spectrograms")
    for row in explain_files(results, "crp").itertuples():
        share = explain.speech_share(row.map.reshape(SIZE), 6, 18)
        assert row.speech_share == pytest.approx(share)


def test_every_row_is_in_one_shard(results):
    explained = results[0]
    explained = pd.concat([explained.assign(seed=seed) for seed in range(1, 8)], ignore_index=True)
    parts = [explain.rows_of_shard(explained, f"{number}-of-3") for number in (1, 2, 3)]
    assert max(map(len, parts)) - min(map(len, parts)) <= explain.GROUP
    # groups are the same in every shard
    assert all(len(part) % explain.GROUP == 0 for part in parts[:-1])
    key = tables.definitions()["explained"]["key"]
    together = pd.concat(parts).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(together, explained.sort_values(key, ignore_index=True))


@pytest.mark.parametrize("method", PARAMS)
def test_clips_explained_together_have_the_maps_of_clips_alone(results, method):
    explained = results[0].sort_values(["fold", "clip_id", "target"], ignore_index=True)
    frame = tables.read(results[1])
    # one clip of another size, in the midst of a group
    other = frame["clip_id"] == explained["clip_id"].iloc[2]
    shorter = frame[other].iloc[0]["log_mel"].reshape(SIZE)[:, :-3].ravel()
    frame["log_mel"] = [
        shorter if is_it else own for own, is_it in zip(frame.log_mel, other, strict=True)
    ]
    tables.write(frame.assign(n_total=frame["n_total"] - 3 * other), results[1], "spectrograms")
    alone, together = (explain_files(results, method, explained, size) for size in (1, 4))
    together = together.set_index(["clip_id", "target"]).loc[
        pd.MultiIndex.from_frame(alone[["clip_id", "target"]])
    ]
    for row, twin in zip(alone.itertuples(), together.itertuples(), strict=True):
        np.testing.assert_allclose(twin.map, row.map, rtol=0, atol=1e-5)
        assert twin.logit == pytest.approx(row.logit, abs=1e-5)
        assert twin.agrees == row.agrees
        if method in ("occlusion", "integrated_gradients"):
            assert twin.completeness == pytest.approx(row.completeness, rel=1e-3)


def test_each_clip_is_explained_by_the_model_of_its_fold(results):
    explained = results[0].drop_duplicates("clip_id")
    maps = explain_files(results, "crp", explained).set_index("clip_id")
    assert maps["agrees"].all()
    spectrograms = tables.read(results[1]).set_index("clip_id")
    for row in explained.itertuples():
        clip = torch.tensor(spectrograms.loc[row.clip_id, "log_mel"].reshape(1, 1, *SIZE))
        logits = random_network(row.fold)((clip + 40) / 20)[0]
        expected = logits[LABELS.index(row.target_emotion)].item()
        assert maps.loc[row.clip_id, "logit"] == pytest.approx(expected, abs=1e-5)


def test_a_prediction_that_is_not_the_explained_networks_is_reported(results, caplog):
    explained = results[0].head(1)
    other = next(label for label in LABELS if label != explained["predicted_emotion"].iloc[0])
    explained = explained.assign(predicted_emotion=other, target_emotion=other)
    assert not explain_files(results, "crp", explained)["agrees"].any()
    assert other in caplog.text


def test_a_class_the_model_does_not_know_is_named(results):
    with pytest.raises(InputError, match="no output for 'bored'"):
        explain_files(results, "crp", results[0].head(1).assign(target_emotion="bored"))
