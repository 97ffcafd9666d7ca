"""Laws of incremental occlusion: captum's maps, whatever the layers, patches and chunks."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from captum.attr import Occlusion
from torch import nn

from sercues.classifiers import resnet
from sercues.saliency import incremental
from sercues.saliency.methods import occlusion

pytestmark = pytest.mark.usefixtures("one_thread")

TARGETS = [2, 0]


def drops(network, clip, patch, stride, value) -> torch.Tensor:
    """Maps of `TARGETS` for one clip."""
    return incremental.Engine(network).drops(clip, patch, stride, value)[0, TARGETS]


def settled(network: nn.Module, seed: int = 0) -> nn.Module:
    """In eval mode, with normalisation that is not the identity, as after training."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            if module.affine:
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, 0, 0.3)
    return network.eval()


def paper_network(seed: int = 0) -> resnet.ResNet:
    torch.manual_seed(seed)
    return settled(resnet.ResNet(3), seed)


def clip_of(size, seed: int = 1, channels: int = 1) -> torch.Tensor:
    return torch.randn(1, channels, *size, generator=torch.Generator().manual_seed(seed))


def reference(network, clip, patch, stride, value) -> torch.Tensor:
    """Maps of captum, which leaves the averaging and the edges to its own code."""
    if isinstance(value, torch.Tensor):
        value = (value if value.ndim == 4 else value.reshape(-1, 1)).expand_as(clip)
    return torch.stack(
        [
            Occlusion(network).attribute(
                clip,
                sliding_window_shapes=(clip.shape[1], *patch),
                strides=(clip.shape[1], *stride),
                baselines=value,
                target=target,
                perturbations_per_eval=16,
            )[0, 0]
            for target in TARGETS
        ]
    ).detach()


def assert_as_captum(network, clip, patch, stride, value=-2.0, **options):
    maps = drops(network, clip, patch, stride, value, **options)
    expected = reference(network, clip, patch, stride, value)
    logits = network(clip).detach()
    assert maps.shape == expected.shape == (len(TARGETS), *clip.shape[-2:])
    # 1e-5 of the range that the logits span, over classes or over patches, whichever is larger
    scale = max(float(logits.max() - logits.min()), float(expected.abs().max()))
    assert float((maps - expected).abs().max()) <= 1e-5 * scale


class Branches(nn.Module):
    """A trunk and a branch added, then a head; the addition as a function or in place."""

    def __init__(self, trunk, branch, head, in_place=False):
        super().__init__()
        self.trunk, self.branch, self.head, self.in_place = trunk, branch, head, in_place

    def forward(self, x):
        if self.in_place:
            total = self.trunk(x)
            total += self.branch(x)
        else:
            total = torch.add(self.trunk(x), self.branch(x))
        return self.head(F.relu(total))


class Functional(nn.Module):
    """Functions and tensor methods where layers have them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 6, 3, 2)
        self.linear = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.tanh(self.first(x))
        x = F.leaky_relu(self.second(x), 0.2).sigmoid()
        return self.linear(torch.flatten(x.mean(dim=(-2, -1), keepdim=True), 1))


def head(channels: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(channels, 3)]


def random_network(seed: int) -> nn.Module:
    """Layers of the known kinds in random order and of random shapes."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)

    def pick(*values):
        return values[rng.integers(len(values))]

    def convolution(n_in, n_out):
        kernel = pick(1, 2, 3, (3, 1), (1, 5), 5)
        groups = pick(1, 2) if n_in % 2 == 0 else 1
        return nn.Conv2d(
            *(n_in, n_out, kernel, pick(1, 1, 2, (1, 3)), pick(1, (1, 2), 3)),
            dilation=pick(1, 1, 2),
            groups=groups,
            bias=bool(pick(0, 1)),
        )

    def layers(n_in, n_out):
        found = [convolution(n_in, n_out)]
        if pick(0, 1):
            found.append(nn.BatchNorm2d(n_out, affine=bool(pick(0, 1))))
        found.append(
            pick(
                nn.ReLU(), nn.ReLU(inplace=True), nn.GELU(), nn.ELU(), nn.PReLU(n_out), nn.Sigmoid()
            )
        )
        if pick(0, 1):
            found.append(
                pick(
                    nn.MaxPool2d(3, 2, 1),
                    nn.MaxPool2d(2, 1, dilation=2, ceil_mode=True),
                    nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
                    nn.AvgPool2d((2, 3), (2, 1), (0, 1)),
                    nn.BatchNorm2d(n_out),
                    nn.Dropout2d(),
                )
            )
        return found

    trunk = [*layers(1, 4), *layers(4, 6)]
    if pick(0, 1):
        first, second = nn.Conv2d(6, 6, 3, 2, 1), nn.Conv2d(6, 6, pick(1, 5), 2, 0)
        second.padding = (second.kernel_size[0] // 2,) * 2
        tail = [nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Hardswish()]
        trunk.append(Branches(first, second, nn.Sequential(*tail), bool(pick(0, 1))))
    return settled(nn.Sequential(*trunk, *head(6)), seed)


@pytest.mark.parametrize("seed", range(20))
def test_random_networks_give_captums_maps(seed):
    rng = np.random.default_rng(100 + seed)
    size = rng.integers(30, 40, 2)
    patch = rng.integers(1, 12, 2)
    stride = rng.integers(np.minimum(3, patch), patch + 1)
    assert_as_captum(
        random_network(seed), clip_of(size, seed), patch.tolist(), stride.tolist(), rng.normal()
    )


@pytest.mark.parametrize(
    ("patch", "stride"),
    [
        ([1, 10], [1, 3]),
        ([1, 1], [1, 1]),
        ([16, 4], [16, 3]),
        ([5, 23], [2, 23]),
        ([16, 23], [1, 1]),
        ([7, 7], [5, 6]),
        ([15, 22], [1, 1]),
    ],
)
def test_the_papers_network_gives_captums_maps_for_every_patch(patch, stride):
    assert_as_captum(paper_network(), clip_of((16, 23)), patch, stride)


@pytest.mark.parametrize(
    "value",
    [0.0, 2.0, 1e3, torch.linspace(-2, 1, 17), clip_of((17, 24), 9)],
    ids=["mean", "loudest", "far", "bands", "cells"],
)
def test_every_fill_gives_captums_maps(value):
    assert_as_captum(paper_network(), clip_of((17, 24)), [4, 5], [3, 5], value)


def test_functions_and_tensor_methods_are_known():
    assert_as_captum(settled(Functional()), clip_of((12, 15)), [2, 3], [2, 2])


def test_point_functions_behind_the_global_mean_are_known():
    hidden = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5), nn.PReLU(5), nn.Linear(5, 3)]
    network = settled(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), *hidden))
    assert_as_captum(network, clip_of((9, 12)), [3, 3], [2, 2])


def test_several_input_channels_are_covered_together():
    network = settled(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), *head(4)))
    assert_as_captum(network, clip_of((9, 12), channels=3), [3, 3], [2, 2])


def test_patches_that_no_output_reads_drop_nothing():
    network = settled(nn.Sequential(nn.Conv2d(1, 4, 1, stride=4), nn.ReLU(), *head(4)))
    clip = clip_of((10, 11))
    assert_as_captum(network, clip, [1, 1], [1, 1])
    maps = drops(network, clip, [1, 1], [1, 1], 0.0)
    assert (maps[:, 1] == 0).all() and (maps[:, 0, 0] != 0).all()


def test_covering_with_what_is_there_drops_exactly_nothing():
    maps = drops(paper_network(), torch.full((1, 1, 16, 20), -2.0), [3, 3], [1, 1], -2.0)
    assert (maps == 0).all()


@pytest.mark.parametrize(("rows", "cols"), [(19, 40), (24, 23), (5, 31), (1, 1), (24, 40)])
def test_what_is_covered_already_is_left_out_and_changes_nothing(rows, cols, monkeypatch):
    # padding has the covering value, and so have bands above those of the recording
    network, patch, stride, value = paper_network(), [2, 5], [2, 3], -2.0
    clip = clip_of((24, 40))
    clip[..., rows:, :] = clip[..., cols:] = value
    passed = []
    through = incremental._through

    def counted(steps, fields, row, col):
        passed.append(row.count * col.count)
        return through(steps, fields, row, col)

    monkeypatch.setattr(incremental, "_through", counted)
    assert_as_captum(network, clip, patch, stride, value)
    assert sum(passed) == -(-rows // 2) * min(-(-cols // 3), 13)


@pytest.mark.parametrize(("chunk", "atol"), [(1, 1e-6), (20_000, 0), (50_000, 0), (10**9, 0)])
def test_maps_do_not_depend_on_the_chunk(chunk, atol, monkeypatch):
    # PyTorch has another convolution for a batch of one, so that single patches differ in last bits
    network, clip = paper_network(), clip_of((24, 31))
    one = incremental.Engine(network).drops(clip, [1, 10], [1, 3], -2.0)
    monkeypatch.setattr(incremental, "CHUNK_CPU", chunk)
    other = incremental.Engine(network).drops(clip, [1, 10], [1, 3], -2.0)
    torch.testing.assert_close(one, other, rtol=0, atol=atol)


def test_clips_together_give_what_they_give_alone():
    engine = incremental.Engine(paper_network())
    clips = torch.cat([clip_of((18, 22), seed) for seed in range(3)])
    alone = torch.cat([engine.drops(clip[None], [2, 5], [2, 3], 0.5) for clip in clips])
    torch.testing.assert_close(engine.drops(clips, [2, 5], [2, 3], 0.5), alone, rtol=0, atol=1e-6)


def test_a_second_pass_gives_the_same_bits():
    network, clip = paper_network(), clip_of((18, 22))
    maps = [drops(network, clip, [1, 5], [1, 2], 0.0) for _ in range(2)]
    assert torch.equal(*maps)


def test_network_and_clip_are_left_as_they_were():
    network, clip = random_network(1), clip_of((32, 32))
    before, clip_before = copy.deepcopy(network), clip.clone()
    drops(network, clip, [4, 4], [4, 4], 0.0)
    assert torch.equal(clip, clip_before)
    state = before.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    assert [type(module) for module in network.modules()] == [type(m) for m in before.modules()]
    assert not network.training
    assert all(value.requires_grad for value in network.parameters())


class Looping(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Reused(nn.Module):
    """A layer in place on a value that is read again."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu, self.head = (
            nn.Conv2d(1, 2, 3),
            nn.ReLU(inplace=True),
            nn.Sequential(*head(2)),
        )

    def forward(self, x):
        x = self.conv(x)
        return self.head(self.relu(x) + x)


@pytest.mark.parametrize(
    ("network", "named"),
    [
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Softmax(1), *head(2)), r"^1 \(Softmax\)"),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(nn.InstanceNorm2d(2)), *head(2)), "1.0"),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), r"0 \(Flatten\)"),
        (nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU()), "output"),
        (nn.Sequential(nn.Conv2d(1, 2, 3, padding_mode="reflect"), *head(2)), r"0 \(Conv2d\)"),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(2), *head(2)), "AdaptiveAvgPool2d"),
        (Looping(), "cannot be traced"),
        (Reused(), r"relu \(ReLU\).*in place"),
    ],
)
def test_a_layer_that_is_not_known_is_named(network, named):
    with pytest.raises(incremental.UnknownLayerError, match=named):
        incremental.Engine(network.eval())


@pytest.mark.parametrize("layer", [nn.BatchNorm2d(2), nn.Dropout()])
def test_a_layer_in_training_mode_is_named(layer):
    network = nn.Sequential(nn.Conv2d(1, 2, 3), layer, *head(2)).eval()
    layer.train()
    with pytest.raises(incremental.UnknownLayerError, match=rf"1 \({type(layer).__name__}\)"):
        incremental.Engine(network)


def test_captum_takes_over_and_the_log_names_the_layer(caplog):
    network, clip = nn.Sequential(nn.Flatten(), nn.Linear(20, 3)).eval(), clip_of((4, 5))
    maps = occlusion.drops(network, [2, 2], [1, 1])(clip, torch.tensor([0]), 0.0)[0]
    torch.testing.assert_close(maps, reference(network, clip, [2, 2], [1, 1], 0.0)[1])
    assert "Flatten" in caplog.text


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_captums_maps():
    network, clip = paper_network(), clip_of((24, 31))
    maps = drops(network.cuda(), clip.cuda(), [1, 10], [1, 3], -2.0)
    expected = reference(network.cpu(), clip, [1, 10], [1, 3], -2.0)
    assert float((maps.cpu() - expected).abs().max()) <= 1e-5
