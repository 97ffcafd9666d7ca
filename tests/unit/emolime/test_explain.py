"""From a recording to the weights of its bands: planted truth is found, silence weighs nothing."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import soundfile

from sercues.core import settings, tables
from sercues.core.errors import InputError
from sercues.emolime import explain, masking
from sercues.emolime.bands import SILENT, edges

RATE = 16000
PROTOCOL = settings.protocol({}, "common")
BANDS = PROTOCOL["bands"]
LABELS = ["angry", "sad"]


class OfBands:
    """A classifier that hears two bands: one speaks for the first label, one against it."""

    labels = LABELS

    def __init__(self, gains: dict[int, float]):
        self.gains = gains

    def represent(self, samples):
        limits = edges("mel", 8, RATE / 2)
        # mean level well inside each band, whatever else sounds
        power = np.abs(np.fft.rfft(samples)) ** 2 / len(samples)
        hz = np.fft.rfftfreq(len(samples), 1 / RATE)
        inside = [(hz > low + 40) & (hz < high - 40) for low, high in pairwise(limits)]
        return np.array([float(power[band].mean() > 1e-6) for band in inside])

    def probabilities(self, fold, represented):
        score = sum(gain * represented[:, band] for band, gain in self.gains.items())
        p = 1 / (1 + np.exp(-(score + fold)))
        return np.stack([p, 1 - p], axis=1)


@pytest.fixture
def recording(tmp_path):
    """Two seconds of noise without anything between 754 and 1,145 Hz, the third band."""
    rng = np.random.default_rng(0)
    # it fades in and out, since an abrupt end sounds in every band
    spectrum = np.fft.rfft(0.1 * rng.standard_normal(2 * RATE) * np.hanning(2 * RATE) ** 2)
    hz = np.fft.rfftfreq(2 * RATE, 1 / RATE)
    spectrum[(hz > 700) & (hz < 1200)] = 0
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.fft.irfft(spectrum), RATE, subtype="FLOAT")
    return str(path)


def scored(path, monkeypatch, gains, folds=(0,), bands=BANDS) -> pd.DataFrame:
    monkeypatch.setattr(masking, "_classifier", lambda description: OfBands(gains))
    clips = [{"clip_id": "clip", "path": path, "folds": list(folds), "drawn": True}]
    frames = masking.score_clips(clips, {"front_end": PROTOCOL["front_end"]}, bands, 1)
    return pd.concat(frames)


def test_planted_bands_are_found_and_silent_ones_weigh_nothing(recording, monkeypatch):
    table = scored(recording, monkeypatch, {1: 2.0, 4: -1.0})
    row = next(table.itertuples())
    assert 2 not in row.sounding and 7 not in row.sounding  # empty, and above the bandwidth
    found, checks = explain.explain(row, "angry", BANDS)
    truth = np.array([0, 2, 0, 0, -1, 0, 0, 0])
    np.testing.assert_allclose(found["weight"], truth, atol=1e-6)
    np.testing.assert_allclose(found["shapley"], truth, atol=1e-6)
    assert (
        found.loc[found["silent"], ["weight", "ci_low", "ci_high", "shapley"]].eq(0).all(axis=None)
    )
    assert checks["r2"] == pytest.approx(1) and checks["n_masks"] == 2 ** len(row.sounding)
    opposite, _ = explain.explain(row, "sad", BANDS)
    np.testing.assert_allclose(opposite["weight"], -truth, atol=1e-6)


def test_the_reconstruction_is_the_original(recording, monkeypatch):
    row = next(scored(recording, monkeypatch, {1: 2.0}).itertuples())
    assert row.left_out < SILENT * np.sqrt(2)
    np.testing.assert_allclose(explain.table(row)[-1], row.original, atol=1e-6)


def test_models_of_other_folds_hear_the_same_sound(recording, monkeypatch):
    table = scored(recording, monkeypatch, {1: 2.0}, folds=(3, 1))
    assert table["fold"].tolist() == [3, 1] and table["refit"].tolist() == [False, True]
    tables.checked(table, "masked_scores")


def test_bands_and_checks_are_tables(recording, monkeypatch):
    table = scored(recording, monkeypatch, {1: 2.0, 4: -1.0}, folds=(0, 1))
    for changes in ({}, {"draw": "coins", "masks": 64, "alpha": 1.0, "quantity": "probability"}):
        for targets in (["predicted", "true"], ["all"]):
            bands, checks = explain.explain_clips(
                table, pd.Series({"clip": "sad"}), BANDS | changes | {"targets": targets}, 100, 0
            )
            tables.checked(bands, "bands")
            tables.checked(checks, "band_checks")
            assert len(checks) == 4 and len(bands) == 4 * 8
    tables.checked(explain.explain_clips(table[:0], pd.Series(), BANDS, 100, 0)[1], "band_checks")


def test_many_parts_are_sampled_and_have_no_shapley_value(recording, monkeypatch):
    many = BANDS | {"pieces": 4, "masks": 200}
    row = next(scored(recording, monkeypatch, {1: 2.0, 4: -1.0}, bands=many).itertuples())
    assert len(row.masks) == 200 and len(row.low_hz) == 32
    found, checks = explain.explain(row, "angry", many)
    assert found["shapley"].isna().all() and checks["n_masks"] == 200
    by_band = found.groupby("low_hz")["weight"].mean().to_numpy()
    assert by_band.argmax() == 1 and by_band.argmin() == 4


def test_the_folds_that_never_trained_on_a_clip():
    rows = [(0, "test", "a"), (1, "validation", "a"), (2, "train", "a"),
            (0, "train", "b"), (1, "test", "b"), (2, "train", "b"),
            (0, "validation", "c"), (0, "test", "c")]  # fmt: skip
    splits = pd.DataFrame(rows, columns=["fold", "part", "clip_id"])
    assert masking.heard_by(splits, ["a", "b", "c"]) == {"a": [0, 1], "b": [1], "c": [0]}


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
        f"config key 'robustness.examples_by_corpus.emodb' names '{clip_id}', which {said}"
    )


def test_a_silent_band_costs_no_mask(recording, monkeypatch):
    heard = []

    class Counting(OfBands):
        def represent(self, samples):
            heard.append(samples)
            return super().represent(samples)

    monkeypatch.setattr(masking, "_classifier", lambda description: Counting({1: 2.0}))
    clip = {"clip_id": "clip", "path": recording, "folds": [0, 1], "drawn": False}
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
    description = {"kind": "resnet", "front_end": front_end, "files": [str(tmp_path / "model.pt")]}
    clip = {"clip_id": "clip", "path": recording, "folds": [0], "drawn": True}
    (row,) = masking.score(clip, json.dumps(description), BANDS)
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
