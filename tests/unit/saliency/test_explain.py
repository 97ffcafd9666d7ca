"""Laws of the saliency methods."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from zennit.layer import Sum

import merge_saliency
from sercues.classifiers import resnet
from sercues.core import job, tables
from sercues.core.errors import InputError
from sercues.saliency import checks, explain, fills
from sercues.saliency.methods import crp

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = (16, 24)
LABELS = ["angry", "happy", "sad"]
FRONT_END = {"top_db": 80, "scale": [-40.0, 20.0]}
OCCLUSION = {"patch": [4, 6], "stride": [4, 3], "fill": "floor"}
CRP = {"layer": "block2", "concepts": 5, "channel": None, "condition": "class"}
PUBLISHED = {"layer": "block1.conv1", "concepts": 5, "channel": 35, "condition": "argmax"}
PARAMS = {
    "occlusion": OCCLUSION,
    "crp": CRP,
    "gradcam": {"layer": "block2"},
    "integrated_gradients": {"steps": 20, "baseline": "floor"},
    "lime": {"pieces": 6, "blocks": 1, "masks": 40, "fill": "floor"},
    "energy": {},
    "random": {},
}


@pytest.fixture
def network() -> resnet.ResNet:
    return random_network(1)


@pytest.fixture
def inputs() -> torch.Tensor:
    return torch.randn(3, 1, *SIZE, generator=torch.Generator().manual_seed(2)).clamp(-2, 2)


@pytest.fixture
def targets() -> torch.Tensor:
    return torch.tensor([0, 2, 1])


def random_network(seed: int) -> resnet.ResNet:
    """The paper's network with random weights and, as after training, random normalisation."""
    torch.manual_seed(seed)
    network = resnet.ResNet(len(LABELS))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.5)
            module.running_var.uniform_(0.3, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
    return network.eval()


def linear_network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(SIZE[0] * SIZE[1], 3)).eval()


def explain_linear(inputs, targets, patch, stride, fill="floor"):
    """Occlusion maps of a linear network, and weight times distance from the fill per cell."""
    network = linear_network()
    params = {"patch": patch, "stride": stride, "fill": fill}
    maps = explain.explain_batch("occlusion", network, inputs, targets, FRONT_END, params)
    weights = network[1].weight.detach().reshape(3, *SIZE)[targets]
    values = [fills.fill_value(clip[None], fill, FRONT_END) for clip in inputs]
    covered = torch.cat([torch.zeros(1, 1, *SIZE) + value for value in values])[:, 0]
    return maps, (weights * (inputs[:, 0] - covered)).numpy()


# occlusion


@pytest.mark.parametrize("fill", fills.FILLS)
def test_single_cells_of_a_linear_network_give_weight_times_distance(inputs, targets, fill):
    maps, products = explain_linear(inputs, targets, [1, 1], [1, 1], fill)
    np.testing.assert_allclose(maps.maps, products, atol=1e-5)
    np.testing.assert_allclose(maps.completeness, 1, atol=1e-3)


def test_every_cell_of_a_patch_carries_the_drop_of_the_whole_patch(inputs, targets):
    maps, products = explain_linear(inputs, targets, [4, 6], [4, 6])
    patches = products.reshape(3, 4, 4, 4, 6).sum(axis=(2, 4))
    np.testing.assert_allclose(maps.maps, np.kron(patches, np.ones((1, 4, 6))), atol=1e-5)
    np.testing.assert_allclose(maps.completeness, 1, atol=1e-3)


def test_patches_are_averaged_where_they_overlap_and_cut_off_at_the_edge(inputs, targets):
    maps, products = explain_linear(inputs, targets, [16, 10], [16, 8])
    columns = products.sum(axis=1)
    first, second, last = columns[:, :10], columns[:, 8:18], columns[:, 16:]
    drops = [part.sum(axis=1) for part in (first, second, last)]
    np.testing.assert_allclose(maps.maps[:, 0, 0], drops[0], atol=1e-5)
    np.testing.assert_allclose(maps.maps[:, 0, 8], (drops[0] + drops[1]) / 2, atol=1e-5)
    np.testing.assert_allclose(maps.maps[:, 5, 20], drops[2], atol=1e-5)


def test_fills_are_in_units_of_the_network_input(inputs):
    assert fills.fill_value(inputs[:1], "floor", FRONT_END) == -2
    assert fills.fill_value(inputs[:1], "loudest", FRONT_END) == 2
    assert fills.fill_value(inputs[:1], "mean", FRONT_END) == pytest.approx(inputs[0].mean())
    noise = fills.fill_value(inputs[:1], "noise", FRONT_END)
    assert noise.shape == inputs[:1].shape and not torch.equal(noise, inputs[:1])
    assert torch.equal(noise.flatten().sort().values, inputs[:1].flatten().sort().values)
    raw = {"top_db": 80, "scale": [0.0, 1.0]}
    assert fills.fill_value(inputs[:1], "floor", raw) == -80
    assert fills.fill_value(inputs[:1], "loudest", raw) == 0


def test_a_clip_that_is_all_fill_has_an_empty_map(network, targets):
    silence = torch.full((3, 1, *SIZE), -2.0)
    maps = explain.explain_batch("occlusion", network, silence, targets, FRONT_END, OCCLUSION)
    np.testing.assert_allclose(maps.maps, 0, atol=1e-6)
    assert np.isnan(maps.completeness).all()


# gradient methods and comparators


def test_integrated_gradients_of_a_linear_network_are_weight_times_distance(inputs, targets):
    network = linear_network()
    params = {"steps": 5, "baseline": "floor"}
    maps = explain.explain_batch(
        "integrated_gradients", network, inputs, targets, FRONT_END, params
    )
    weights = network[1].weight.detach().reshape(3, *SIZE)[targets]
    np.testing.assert_allclose(maps.maps, (weights * (inputs[:, 0] + 2)).numpy(), atol=1e-5)
    np.testing.assert_allclose(maps.completeness, 1, atol=1e-3)


def test_integrated_gradients_add_up_to_the_difference_of_the_logits(network, inputs, targets):
    params = {"steps": 200, "baseline": "mean"}
    maps = explain.explain_batch(
        "integrated_gradients", network, inputs, targets, FRONT_END, params
    )
    np.testing.assert_allclose(maps.completeness, 1, atol=0.05)


def test_gradcam_weights_the_channels_of_a_layer_by_their_gradient(inputs):
    torch.manual_seed(5)
    body = nn.Conv2d(1, 4, 3, padding=1)
    head = nn.Linear(4, 3)
    network = nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head).eval()
    targets = torch.tensor([0, 1, 2])
    maps = explain.explain_batch("gradcam", network, inputs, targets, FRONT_END, {"layer": "0"})
    with torch.no_grad():
        channels = body(inputs)
        weighted = (channels * head.weight[targets][:, :, None, None]).sum(dim=1)
    expected = weighted.clamp_min(0) / (SIZE[0] * SIZE[1])
    np.testing.assert_allclose(maps.maps, expected, atol=1e-6)


def test_energy_is_where_the_clip_is_loud_and_random_is_seeded_by_the_clip(
    network, inputs, targets
):
    loud = inputs.clone()
    loud[:, :, 3, 7] = 2.0
    maps = explain.explain_batch("energy", network, loud, targets, FRONT_END, {})
    np.testing.assert_allclose(maps.maps[:, 3, 7], 1, rtol=1e-6)
    assert maps.maps.max() == pytest.approx(1)
    one, again, other = (
        explain.explain_batch("random", network, clips, targets[:1], FRONT_END, {}).maps[0]
        for clips in (inputs[:1], inputs[:1], inputs[1:2])
    )
    np.testing.assert_array_equal(one, again)
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.2


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


# concept relevance propagation


def test_relevance_of_a_linear_network_is_weight_times_input(inputs, targets):
    torch.manual_seed(4)
    head = nn.Linear(SIZE[0] * SIZE[1], 3, bias=False)
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), head).eval()
    network[0].weight.data.fill_(1.0)
    maps = crp.explain(network, inputs, targets, **{**CRP, "layer": "0", "channel": 0})
    products = head.weight.detach().reshape(3, *SIZE)[targets] * inputs[:, 0]
    np.testing.assert_allclose(maps.maps, products, atol=1e-5)
    np.testing.assert_allclose(maps.conservation, 1, atol=1e-4)
    np.testing.assert_allclose(maps.concept_share, 1)


def test_explaining_leaves_no_graph_behind(network, inputs, targets, monkeypatch):
    clips, forward = [], crp.Propagator.forward

    def remembered(self, clip):
        logits = forward(self, clip)
        clips.append(weakref.ref(self.clip))
        return logits

    monkeypatch.setattr(crp.Propagator, "forward", remembered)
    for clip, target in zip(inputs, targets, strict=True):
        crp.explain(network, clip[None], target[None], **CRP)
    gc.collect()
    assert len(clips) == len(inputs) and all(clip() is None for clip in clips)


def test_relevance_of_the_last_channels_is_weight_times_mean_activation(network, inputs):
    propagator = crp.Propagator(network, "block2")
    propagator.forward(inputs[:1])
    relevance = propagator.to_layer(1).sum(dim=(0, 2, 3))
    activation = propagator.output.detach().mean(dim=(0, 2, 3))
    products = network.fc.weight[1].detach() * activation
    torch.testing.assert_close(relevance, products, atol=1e-5, rtol=1e-4)


def test_relevance_sums_to_the_logit_where_the_head_has_no_bias(network, inputs):
    network.fc.bias.data.zero_()
    propagator = crp.Propagator(network, "block2")
    logits = propagator.forward(inputs[:1])
    relevance = propagator.to_input(propagator.to_layer(1))
    assert relevance.sum().item() == pytest.approx(logits[0, 1].item(), rel=1e-4)


@pytest.mark.parametrize("layer", ["block1", "block2"])
def test_maps_of_every_channel_add_up_to_the_map_without_condition(network, inputs, layer):
    propagator = crp.Propagator(network, layer)
    propagator.forward(inputs[:1])
    relevance = propagator.to_layer(0)
    whole = propagator.to_input(relevance)
    total = torch.zeros_like(whole, dtype=torch.float64)
    for channel in range(relevance.shape[1]):
        kept = torch.zeros_like(relevance)
        kept[:, channel] = relevance[:, channel]
        total += propagator.to_input(kept)
    torch.testing.assert_close(total, whole.double(), rtol=0, atol=1e-4 * whole.abs().max().item())


def test_the_chosen_concepts_masked_together_are_the_sum_of_their_maps(network, inputs, targets):
    maps = crp.explain(network, inputs[:1], targets[:1], **CRP)
    channels = [int(concept.split(":")[1]) for concept in maps.concepts[0]]
    single = [
        crp.explain(network, inputs[:1], targets[:1], **{**CRP, "channel": k}) for k in channels
    ]
    total = sum(each.maps for each in single)
    np.testing.assert_allclose(maps.maps, total, atol=1e-5 * np.abs(total).max())
    assert maps.concept_share[0] == pytest.approx(sum(each.concept_share[0] for each in single))


def test_concepts_are_the_channels_that_speak_most_for_the_class(network, inputs, targets):
    maps = crp.explain(network, inputs, targets, **CRP)
    propagator = crp.Propagator(network, "block2")
    for clip, target, concepts in zip(inputs, targets, maps.concepts, strict=True):
        propagator.forward(clip[None])
        relevance = propagator.to_layer(int(target)).sum(dim=(0, 2, 3))
        best = relevance.argsort(descending=True)[:5]
        assert concepts == [f"block2:{channel}" for channel in best]
    assert (maps.concepts_alive == 5).all()


def test_an_addition_of_two_inputs_shares_relevance_like_a_stacked_sum(network, inputs, targets):
    class Add(Sum):
        def forward(self, main, shortcut):
            return main + shortcut

    class Block(resnet.ResidualBlock):
        def forward(self, x):
            main = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
            return self.relu2(self.add(main, self.shortcut(x)))

    class Stacked(resnet.ResidualBlock):
        def forward(self, x):
            main = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
            return self.relu2(self.add(torch.stack([main, self.shortcut(x)], dim=-1)))

    maps = []
    for kind, addition in ((Block, Add), (Stacked, Sum)):
        for block in (network.block1, network.block2):
            block.__class__, block.add = kind, addition()
        maps.append(crp.explain(network, inputs, targets, **CRP))
    assert (maps[0].conservation > 0.999).all()
    largest = np.abs(maps[1].maps).max()
    np.testing.assert_allclose(maps[0].maps, maps[1].maps, atol=1e-5 * largest)


@pytest.mark.parametrize("params", [CRP, PUBLISHED])
def test_relevance_is_conserved_and_the_logits_stay(network, inputs, targets, params):
    maps = crp.explain(network, inputs, targets, **params)
    np.testing.assert_allclose(maps.conservation, 1, atol=1e-3)
    assert (maps.canonization_shift < 1e-5).all()
    logits = network(inputs).detach().numpy()
    np.testing.assert_allclose(maps.logits, logits[np.arange(3), targets], atol=1e-5)
    np.testing.assert_array_equal(maps.predicted, logits.argmax(axis=1))


def test_only_channels_in_favour_of_the_class_are_concepts(network, inputs, targets):
    network.fc.weight.data[0] = -network.fc.weight.data[0].abs()
    network.fc.weight.data[0, 7] = 1.0
    maps = crp.explain(network, inputs[:1], targets[:1], **CRP)
    assert maps.concepts == [["block2:7"]]


def test_published_condition_ignores_the_explained_class(network, inputs):
    first = crp.explain(network, inputs, torch.tensor([0, 0, 0]), **PUBLISHED)
    other = crp.explain(network, inputs, torch.tensor([1, 1, 1]), **PUBLISHED)
    np.testing.assert_array_equal(first.maps, other.maps)
    assert first.concepts == [["block1.conv1:35"]] * 3
    assert (first.logits != other.logits).all()
    by_class = crp.explain(
        network, inputs, torch.tensor(first.predicted), **{**PUBLISHED, "condition": "class"}
    )
    np.testing.assert_array_equal(first.maps, by_class.maps)


def test_a_dead_channel_gives_an_empty_map(network, inputs, targets):
    network.block2.shortcut.weight.data[9] = 0
    network.block2.bn2.weight.data[9] = 0
    network.block2.bn2.bias.data[9] = -1
    maps = crp.explain(network, inputs, targets, **{**CRP, "channel": 9})
    assert (maps.concepts_alive == 0).all()
    assert (maps.maps == 0).all()
    assert np.isnan(maps.conservation).all()
    assert (maps.concept_share == 0).all()


def test_a_network_registered_out_of_order_is_refused(network, inputs, targets):
    block = network.block1
    names = ["conv1", "conv2", "bn1", "bn2", "relu1", "shortcut", "add", "relu2"]
    block._modules = {name: block._modules[name] for name in names}
    with pytest.raises(InputError, match="right after"):
        crp.explain(network, inputs, targets, **CRP)


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


def test_both_occlusion_engines_give_the_same_maps(network, inputs, targets):
    maps = [
        explain.explain_batch(
            "occlusion", network, inputs, targets, FRONT_END, {**PARAMS["occlusion"], **engine}
        ).maps
        for engine in ({"engine": "incremental"}, {"engine": "captum"})
    ]
    np.testing.assert_allclose(*maps, atol=1e-5 * np.abs(maps[0]).max(), rtol=0)


@pytest.mark.parametrize(
    ("method", "changed", "named"),
    [
        ("occlusion", {"fill": "white"}, "occlusion.fill"),
        ("occlusion", {"engine": "fast"}, "occlusion.engine"),
        ("occlusion", {"patch": [1, 25]}, "occlusion.patch"),
        ("occlusion", {"stride": [5, 1]}, "occlusion.stride"),
        ("crp", {"layer": "block3"}, "crp.layer"),
        ("crp", {"channel": 128}, "crp.channel"),
        ("crp", {"condition": "logit"}, "crp.condition"),
        ("gradcam", {"layer": "block3"}, "gradcam.layer"),
        ("integrated_gradients", {"baseline": "zero"}, "integrated_gradients.baseline"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(network, inputs, targets, method, changed, named):
    with pytest.raises(InputError, match=named):
        explain.explain_batch(
            method, network, inputs, targets, FRONT_END, {**PARAMS[method], **changed}
        )


# tables


@pytest.fixture
def results(tmp_path):
    """Explained clips, their spectrograms and the models of two folds, as files."""
    paths = []
    for fold in (0, 1):
        paths.append(tmp_path / f"fold{fold}" / "seed1" / "model.pt")
        resnet.save(resnet.Classifier(random_network(fold), LABELS, FRONT_END), paths[-1])
    rng = np.random.default_rng(5)
    clips = [f"clip{index}" for index in range(7)]
    log_mels = [rng.uniform(-80, 0, SIZE).astype(np.float32) for _ in clips]
    spectrograms = pd.DataFrame(
        {
            "clip_id": clips,
            "log_mel": [log_mel.ravel() for log_mel in log_mels],
            "n_mels": SIZE[0],
            "n_total": SIZE[1],
            "n_frames": SIZE[1],
            "start_s": 0.0,
            "speech_start_frame": 0,
            "speech_end_frame": SIZE[1],
            "speech_start_s": 0.0,
            "speech_end_s": 0.36,
            "frame_step_s": 0.015,
        }
    )
    tables.write(spectrograms, tmp_path / "spectrograms.parquet", "spectrograms")
    rows = []
    for index, (clip, log_mel) in enumerate(zip(clips[:5], log_mels, strict=False)):
        fold = index % 2
        network = random_network(fold)
        predicted = LABELS[network(torch.tensor(log_mel + 40)[None, None] / 20).argmax()]
        for kind, target in (("predicted", predicted), ("true", "sad")):
            rows.append((clip, fold, 1, "sad", predicted, predicted == "sad", kind, target))
    explained = pd.DataFrame(rows, columns=tables.columns("explained"))
    return explained, tmp_path / "spectrograms.parquet", paths


def explain_files(results, method, explained=None, together=None):
    rows, spectrograms, paths = results
    rows = rows if explained is None else explained
    given = (spectrograms, paths, method, PARAMS[method], torch.device("cpu"))
    return explain.explain_table(rows, *given, together)


@pytest.mark.parametrize("method", PARAMS)
def test_shards_together_are_the_table_whatever_their_number(
    results, tmp_path, method, monkeypatch
):
    bytes_of = set()
    explained = results[0]
    whole, merged = tmp_path / "whole.parquet", tmp_path / "merged.parquet"
    tables.write(explain_files(results, method), whole, "saliency")
    monkeypatch.setattr(job, "start", lambda smk, *packages: None)
    monkeypatch.setattr(merge_saliency, "MAPS", 5)
    shards = []
    for number in range(1, 13):
        rows = explain.rows_of_shard(explained.sample(frac=1, random_state=1), f"{number}-of-12")
        path = tmp_path / f"{number}.parquet"
        tables.write(explain_files(results, method, rows), path, "saliency")
        shards.append(path)
    for inputs in (shards, [whole]):
        names = {
            "input": SimpleNamespace(shards=inputs),
            "output": SimpleNamespace(saliency=merged),
        }
        merge_saliency.main(SimpleNamespace(**names))
        pd.testing.assert_frame_equal(tables.read(merged), tables.read(whole))
        bytes_of.add(merged.read_bytes())
    assert len(bytes_of) == 1
    assert len(tables.read(whole)) == len(explained)


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
    explained = results[0].sort_values(["fold", "clip_id", "target_kind"], ignore_index=True)
    frame = tables.read(results[1])
    # one clip of another size, in the midst of a group
    other = frame["clip_id"] == explained["clip_id"].iloc[2]
    shorter = frame[other].iloc[0]["log_mel"].reshape(SIZE)[:, :-3].ravel()
    frame["log_mel"] = [
        shorter if is_it else own for own, is_it in zip(frame.log_mel, other, strict=True)
    ]
    tables.write(frame.assign(n_total=frame["n_total"] - 3 * other), results[1], "spectrograms")
    alone, together = (explain_files(results, method, explained, size) for size in (1, 4))
    together = together.set_index(["clip_id", "target_kind"]).loc[
        pd.MultiIndex.from_frame(alone[["clip_id", "target_kind"]])
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
        expected = logits[LABELS.index(row.target)].item()
        assert maps.loc[row.clip_id, "logit"] == pytest.approx(expected, abs=1e-5)


def test_a_prediction_that_is_not_the_explained_networks_is_reported(results, caplog):
    explained = results[0].head(1)
    other = next(label for label in LABELS if label != explained["predicted"].iloc[0])
    explained = explained.assign(predicted=other, target=other)
    assert not explain_files(results, "crp", explained)["agrees"].any()
    assert f"predicted as {other}" in caplog.text


def test_a_class_the_model_does_not_know_is_named(results):
    with pytest.raises(InputError, match="no output for 'bored'"):
        explain_files(results, "crp", results[0].head(1).assign(target="bored"))


def test_a_table_of_maps_of_another_network_is_refused(results):
    maps = explain_files(results, "crp", results[0].head(2)).assign(canonization_shift=0.01)
    with pytest.raises(InputError, match="batch normalisation"):
        checks.check(maps)
