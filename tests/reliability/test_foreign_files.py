"""Models, weights and resume files that are foreign, broken or hostile: refused, and no code run."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from sercues.classifiers import features, linear_svm, resnet
from sercues.core import tables
from sercues.core.errors import InputError


class Hostile:
    """Makes a file when unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.fixture
def mark(tmp_path) -> Path:
    """Where hostile code would leave its mark."""
    return tmp_path / "code was run"


def test_the_hostile_file_is_one(mark):
    pickle.loads(pickle.dumps(Hostile(mark)))
    assert mark.exists()


def refused(load, path: Path) -> None:
    """`load` refuses `path` in one sentence with the remedy."""
    with pytest.raises(InputError, match="delete it and run again") as caught:
        load(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def contents(mark: Path) -> dict:
    """What torch may find in a file in the place of a model or of weights."""
    network = resnet.ResNet(2).state_dict()
    good = {"labels": ["angry", "sad"], "weights": network, "front_end": {}}
    return {
        "a tensor": torch.zeros(3),
        "a list": [1, 2],
        "a number": 3,
        "a name too few": {key: good[key] for key in ("labels", "weights")},
        "a front end that is none": good | {"front_end": 3},
        "labels that are none": good | {"labels": 7},
        "a label too many": good | {"labels": ["a", "b", "c"]},
        "weights that are none": good | {"weights": None},
        "a weight of another shape": good | {"weights": network | {"fc.bias": torch.zeros(9)}},
        "code among the labels": good | {"labels": [Hostile(mark)]},
        "code in the front end": good | {"front_end": Hostile(mark)},
        "code among the weights": good | {"weights": {"fc.bias": Hostile(mark)}},
        "code in a state dict": {"model_state": {"lstm.bias": Hostile(mark)}},
        "a state dict of numbers": {"model_state": {1: 2}},
    }


@pytest.mark.parametrize("kind", contents(Path()))
@pytest.mark.parametrize("load", [resnet.load, features.VoiceEncoder], ids=["model", "weights"])
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "pickle"])
def test_a_torch_file_that_is_no_model_is_refused(tmp_path, mark, load, kind, zipped):
    path = tmp_path / "model.pt"
    torch.save(contents(mark)[kind], path, _use_new_zipfile_serialization=zipped)
    refused(load, path)
    assert not mark.exists()


@pytest.mark.parametrize("load", [resnet.load, features.VoiceEncoder], ids=["model", "weights"])
def test_code_alone_is_not_run(tmp_path, mark, load):
    (tmp_path / "model.pt").write_bytes(pickle.dumps(Hostile(mark)))
    refused(load, tmp_path / "model.pt")
    assert not mark.exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_model_cut_anywhere_is_refused(tmp_path, share):
    path = tmp_path / "model.pt"
    resnet.save(resnet.Classifier(resnet.ResNet(2), ["angry", "sad"], {}), path)
    assert resnet.load(path).labels == ["angry", "sad"]
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(resnet.load, path)


def head() -> linear_svm.Head:
    """A head of two classes and three features."""
    shapes = [(3,), (3,), (2, 3), (2,), (2,), (2,)]
    return linear_svm.Head(np.array(["angry", "sad"]), *map(np.ones, shapes))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_heads_cut_anywhere_are_refused(tmp_path, share):
    path = tmp_path / "heads.npz"
    linear_svm.save({0: head()}, path)
    assert list(linear_svm.load(path)) == [0]
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(linear_svm.load, path)


def test_heads_with_one_bit_turned_are_refused_or_unchanged(tmp_path):
    path = tmp_path / "heads.npz"
    linear_svm.save({0: head()}, path)
    content = bytearray(path.read_bytes())
    refusals = 0
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            found = linear_svm.load(path)[0]
        except InputError:
            refusals += 1
        else:
            assert all(
                np.array_equal(getattr(found, name), value) for name, value in vars(head()).items()
            )
    assert refusals > 100


@pytest.mark.parametrize(
    "change",
    [
        {"0/weights": np.ones((3, 3))},
        {"0/mean": np.ones((2, 3))},
        {"0/slope": np.ones(3)},
        {"0/labels": np.array("angry")},
        {"fold/mean": np.ones(3)},
        {"1/mean": np.ones(3)},
    ],
    ids=str,
)
def test_heads_whose_arrays_do_not_belong_together_are_refused(tmp_path, change):
    path = tmp_path / "heads.npz"
    arrays = {f"0/{name}": value for name, value in vars(head()).items()}
    np.savez(path, **arrays | change)
    refused(linear_svm.load, path)


@pytest.mark.parametrize("kind", ["npz", "pickle", "npy"])
def test_code_in_the_place_of_heads_is_not_run(tmp_path, mark, kind):
    path = tmp_path / "heads.npz"
    hostile = np.array([Hostile(mark)], dtype=object)
    if kind == "npz":
        arrays = {f"0/{name}": value for name, value in vars(head()).items()}
        np.savez(path, **arrays | {"0/mean": hostile})
    elif kind == "npy":
        with path.open("wb") as stream:
            np.save(stream, hostile)
    else:
        path.write_bytes(pickle.dumps(Hostile(mark)))
    refused(linear_svm.load, path)
    assert not mark.exists()


def test_an_array_alone_is_no_head(tmp_path):
    with (tmp_path / "heads.npz").open("wb") as stream:
        np.save(stream, np.zeros(3))
    refused(linear_svm.load, tmp_path / "heads.npz")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"<html>404</html>", b"PAR1" * 50])
def test_a_table_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "t.parquet").write_bytes(content)
    refused(tables.read, tmp_path / "t.parquet")
