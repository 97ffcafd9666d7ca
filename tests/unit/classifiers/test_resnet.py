"""The paper's network and the file it is kept in."""

import pytest
import torch

from sercues.classifiers import resnet
from sercues.core.errors import InputError


def classifier(labels=("angry", "sad")):
    torch.manual_seed(0)
    network = resnet.ResNet(len(labels)).eval()
    return resnet.Classifier(
        network, list(labels), {"normalisation": {"mean": -40.0, "std": 20.0}, "n_mels": 128}
    )


def test_it_has_the_published_number_of_parameters():
    assert sum(parameter.numel() for parameter in resnet.ResNet(7).parameters()) == 290_023


def test_the_feature_map_is_the_published_one():
    shapes = []
    network = resnet.ResNet(7)
    network.block2.register_forward_hook(lambda *args: shapes.append(tuple(args[2].shape)))
    network(torch.zeros(1, 1, 128, 134))
    assert shapes == [(1, 128, 16, 17)]


def test_each_normalisation_is_registered_after_its_convolution():
    names = [name for name, _ in resnet.ResNet(2).named_modules() if "conv" in name or "bn" in name]
    for convolution, normalisation in zip(names[::2], names[1::2], strict=True):
        assert normalisation == convolution.replace("conv", "bn")


def test_nothing_is_lost_in_the_file(tmp_path):
    one = classifier()
    resnet.save(one, tmp_path / "model.pt")
    two = resnet.load(tmp_path / "model.pt")
    clip = torch.randn(2, 1, 128, 40)
    assert torch.equal(one.network(clip), two.network(clip))
    assert (two.labels, two.front_end) == (one.labels, one.front_end)
    assert not two.network.training


@pytest.mark.parametrize("text", ["no model", None])
def test_text_and_no_file_at_all_are_refused_in_one_sentence(tmp_path, text):
    path = tmp_path / "model.pt"
    if text:
        path.write_text(text)
    with pytest.raises(InputError, match=r"model\.pt.*run again") as caught:
        resnet.load(path)
    assert "\n" not in str(caught.value)


def test_label_order():
    assert resnet.label_order("corpus", ["sad", "angry", "sad"]) == ["angry", "sad"]
    assert resnet.label_order("seven", ["sad"]) == list(resnet.SEVEN)
    with pytest.raises(InputError, match="calm"):
        resnet.label_order("seven", ["sad", "calm"])
