"""Scores of masked recordings: which models hear a clip, and what they are given."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile

from heard_bands import BANDS, LABELS, PROTOCOL, RATE, OfBands, scored
from sercues.core import tables
from sercues.core.errors import InputError
from sercues.emolime import masking


def test_models_of_other_folds_hear_the_same_sound(recording, monkeypatch):
    models = [(False, 3), (True, 1), (True, 3)]
    table = scored(recording, monkeypatch, {1: 2.0}, models)
    assert list(zip(table["refit"], table["fold"], strict=True)) == models
    tables.checked(table, "masked_scores")


def test_sound_in_silent_parts_is_refused(recording, monkeypatch):
    # two parts of the recording are silent, with the noise of rounding
    scored(recording, monkeypatch, {1: 2.0})
    monkeypatch.setattr(masking, "LEFT_OUT", 0)
    with pytest.raises(ValueError, match="in silent parts, above 0"):
        scored(recording, monkeypatch, {1: 2.0})


def test_the_models_that_never_met_a_clip():
    rows = [(0, "test", "a"), (1, "validation", "a"), (2, "train", "a"),
            (0, "train", "b"), (1, "test", "b"), (2, "train", "b"),
            (0, "validation", "c"), (0, "test", "c")]  # fmt: skip
    splits = pd.DataFrame(rows, columns=["fold", "part", "clip_id"])
    rows = [(0, "train", "a"), (1, "test", "a"), (2, "test", "a"),
            (0, "test", "b"), (1, "validation", "b"), (2, "test", "b")]  # fmt: skip
    refits = pd.DataFrame(rows, columns=["fold", "part", "clip_id"])
    # validation clips chose the epoch, so their model is no other fit
    assert masking.models_of(["a", "b", "c"], splits, refits) == {
        "a": [(False, 0), (True, 1), (True, 2)],
        "b": [(False, 1), (True, 0), (True, 2)],
        "c": [(False, 0)],
    }
    assert masking.models_of(["a"], splits, refits.iloc[:0]) == {"a": [(False, 0)]}


@pytest.mark.parametrize(
    ("clip_id", "said"),
    [("03a07Wd", "is no clip of emodb; did you mean '03a07Wc'?"),
     ("zzz", "is no clip of emodb; name another clip_id of results/emodb/manifest.parquet."),
     ("03a07La", "is boredom and tested by no fold of the protocol; name another clip_id of"),
     ("03a07Wx", "is excluded (empty); name another clip_id of")],
)  # fmt: skip
def test_a_named_clip_that_cannot_be_explained_is_told_in_one_sentence(clip_id, said):
    rows = [("03a07Wc", "angry", False, None), ("03a07La", "boredom", False, None),
            ("03a07Wx", "angry", True, "empty")]  # fmt: skip
    manifest = pd.DataFrame(rows, columns=["clip_id", "emotion", "excluded", "reason"])
    assert masking.named(["03a07Wc"], manifest, {"03a07Wc"}, "emodb") == ["03a07Wc"]
    with pytest.raises(InputError) as caught:
        masking.named(["03a07Wc", clip_id], manifest, {"03a07Wc"}, "emodb")
    assert str(caught.value).startswith(
        f"config key 'emolime.examples_by_corpus.emodb' names '{clip_id}', which {said}"
    )


def test_a_silent_band_costs_no_mask(recording, monkeypatch):
    heard = []

    class Counting(OfBands):
        def represent(self, samples):
            heard.append(samples)
            return super().represent(samples)

    monkeypatch.setattr(masking, "_classifier", lambda description: Counting({1: 2.0}))
    clip = {"clip_id": "clip", "path": recording, "models": [(False, 0), (True, 1)], "drawn": False}
    rows = masking.score(clip, json.dumps({"front_end": PROTOCOL["front_end"]}), BANDS)
    # six of eight bands sound; the last one is what was heard
    assert len(heard) == 2**6 + 1 and not any(row["drawn"] for row in rows)


def test_the_chains_network_scores_as_it_predicts(tmp_path, recording):
    """Masked scores of the whole clip are the network's own softmax of its spectrogram."""
    import torch

    from sercues.audio import signal, spectrograms
    from sercues.classifiers import resnet

    torch.manual_seed(0)
    front_end = PROTOCOL["front_end"]
    network = resnet.ResNet(2).eval()
    resnet.save(resnet.Classifier(network, LABELS, front_end), tmp_path / "model.pt")
    description = {
        "kind": "resnet",
        "front_end": front_end,
        "files": [str(tmp_path / "model.pt")],
        "refits": [str(tmp_path / "none.pt"), str(tmp_path / "model.pt")],
    }
    (tmp_path / "none.pt").touch()  # a group of speakers that a network could not be trained on
    models = [(False, 0), (True, 1)]
    clip = {"clip_id": "clip", "path": recording, "models": models, "drawn": True}
    row, refit = masking.score(clip, json.dumps(description), BANDS)
    np.testing.assert_array_equal(row["scores"], refit["scores"])
    log_mel = spectrograms.FrontEnd(front_end)(*signal.read(recording)).log_mel
    with torch.inference_mode():
        scaled = torch.from_numpy(spectrograms.scale(log_mel, front_end))[None, None]
        own = network(scaled.float()).double().softmax(dim=1)[0].numpy()
    np.testing.assert_allclose(row["original"], own, atol=1e-6)
    np.testing.assert_allclose(row["scores"].reshape(-1, 2)[-1], own, atol=1e-3)
    # silence has the floor throughout, not the loudest level
    silence = torch.full(
        (1, 1, *log_mel.shape), spectrograms.scale(-front_end["top_db"], front_end)
    )
    with torch.inference_mode():
        expected = network(silence.float()).double().softmax(dim=1)[0].numpy()
    np.testing.assert_allclose(row["scores"].reshape(-1, 2)[0], expected, atol=1e-6)


def test_a_clip_too_faint_for_any_band_has_no_row(tmp_path, monkeypatch):
    path = tmp_path / "faint.wav"
    rng = np.random.default_rng(0)
    soundfile.write(path, 1e-6 * rng.standard_normal(RATE), RATE, subtype="FLOAT")
    table = scored(str(path), monkeypatch, {1: 1.0})
    assert table.empty and tables.checked(table, "masked_scores").num_rows == 0
