"""Features and heads: what describes a clip, what learns from it, and files that are not theirs."""

import subprocess
import urllib.error

import numpy as np
import pytest
import soundfile
import torch
from sklearn.calibration import CalibratedClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from sercues.classifiers import features, linear_svm, pretrained
from sercues.core import imports, settings, tables
from sercues.core.errors import InputError

FRONT_END = settings.protocol({}, "common")["front_end"]


def noise(seconds=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(round(16000 * seconds))).astype(np.float32)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A file like the package's, with random weights."""
    torch.manual_seed(0)
    parts = {
        "lstm": torch.nn.LSTM(40, 256, 3, batch_first=True),
        "linear": torch.nn.Linear(256, 256),
    }
    state = {f"{n}.{k}": v for n, part in parts.items() for k, v in part.state_dict().items()}
    path = tmp_path_factory.mktemp("weights") / "voice_encoder.pt"
    torch.save({"model_state": state | {"similarity_weight": torch.ones(1)}, "step": 1}, path)
    return path


# --- features -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "count"), [("egemaps", 88), ("compare", 6373)])
def test_functionals(kind, count):
    describe = features.describe(kind)
    values = describe(noise())
    assert values.shape == (count,) and values.dtype == np.float32
    assert np.array_equal(values, describe(noise()))
    silent = describe(np.zeros(16000, np.float32))
    assert np.isfinite(silent).all() and not np.array_equal(silent, values)
    # full scale does not wrap round to −1
    loud = np.clip(noise() * 20, -1, 1)
    assert np.array_equal(describe(loud), describe(np.clip(loud, -1, 32767 / 32768)))


def test_wav2vec2_is_the_mean_of_the_last_hidden_states():
    model = imports.import_torchaudio().models.wav2vec2_model(
        "group_norm", [(32, 10, 5), (32, 8, 4), (32, 4, 4)], False, 24, 0.0, 8, 4, 2, 4, 0.0, 48,
        0.0, 0.0, False, 0.0, None,
    )  # fmt: skip
    describe = features.Wav2vec2(model)
    values = describe(noise())
    with torch.inference_mode():
        states, _ = model.extract_features(torch.from_numpy(noise())[None])
    np.testing.assert_allclose(values, states[-1][0].mean(0).numpy(), atol=1e-6)
    assert values.shape == (24,) and np.array_equal(values, describe(noise()))


def test_the_voice_encoder_is_that_of_its_package(encoder):
    """Written out again from Resemblyzer 0.1.4: mel power, looks of 160 frames, mean, norm."""
    describe = features.describe("voice_encoder", encoder)
    samples = noise(3.0)
    values = describe(samples)
    assert values.shape == (256,) and np.linalg.norm(values) == pytest.approx(1, abs=1e-5)
    assert list(features.looks(48000)) == [0, 77, 154]
    padded = np.pad(samples, (0, (154 + 160) * 160 - 48000))
    mel = describe.mel(torch.from_numpy(padded)).T
    each = []
    with torch.inference_mode():
        for start in (0, 77, 154):
            _, (hidden, _) = describe.lstm(mel[start : start + 160][None])
            raw = torch.relu(describe.linear(hidden[-1]))[0]
            each.append(raw / raw.norm())
    mean = torch.stack(each).mean(0)
    np.testing.assert_allclose(values, (mean / mean.norm()).numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("n_samples", "starts"),
    [(8000, [0]), (16000, [0]), (25600, [0]), (38000, [0, 77]), (30000, [0])],
)
def test_looks_of_the_voice_encoder(n_samples, starts):
    assert list(features.looks(n_samples)) == starts


@pytest.mark.parametrize("content", [b"", b"not weights", None])
def test_weights_that_are_none_are_refused(tmp_path, content):
    path = tmp_path / "wrong.pt"
    if content is None:
        torch.save({"model_state": {"lstm.weight_ih_l0": torch.ones(2)}}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"wrong\.pt does not hold the weights"):
        features.VoiceEncoder(path)


def test_names_that_are_none_are_told():
    with pytest.raises(InputError, match="wav2vec2_bundle is 'NO_SUCH'"):
        features.pipeline("NO_SUCH")
    with pytest.raises(InputError, match=r"robustness\.classifiers has 'mfcc'"):
        features.describe("mfcc")


def test_features_do_not_depend_on_the_number_of_processes(tmp_path, encoder):
    paths = {}
    for seed in range(3):
        paths[f"clip{seed}"] = str(tmp_path / f"{seed}.wav")
        soundfile.write(paths[f"clip{seed}"], noise(1.0, seed), 16000)
    found = [
        next(features.extract(paths, "voice_encoder", FRONT_END, str(encoder), "", processes))
        for processes in (1, 2)
    ]
    assert found[0]["clip_id"].tolist() == sorted(paths)
    assert all(map(np.array_equal, found[0]["values"], found[1]["values"]))
    tables.checked(found[0], "features")


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wav2vec2", "voice_encoder"])
def test_without_a_network_the_file_is_empty_and_the_log_says_why(
    tmp_path, monkeypatch, caplog, kind
):
    def no_network(*args, **kwargs):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(subprocess, "run", lambda *a, **k: no_network())
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    path = tmp_path / f"{kind}.pt"
    pretrained.fetch(kind, path, "WAV2VEC2_BASE", "download")
    assert path.read_bytes() == b""
    assert f"The weights of {kind} cannot be downloaded" in caplog.text
    assert str(path) in caplog.text and "run again" in caplog.text


def test_weights_from_a_file(tmp_path):
    (tmp_path / "own.pt").write_bytes(b"weights")
    pretrained.fetch("wav2vec2", tmp_path / "there.pt", "WAV2VEC2_BASE", str(tmp_path / "own.pt"))
    assert (tmp_path / "there.pt").read_bytes() == b"weights"
    with pytest.raises(InputError, match=r"wav2vec2_weights is '.*missing\.pt', which is no file"):
        pretrained.fetch(
            "wav2vec2", tmp_path / "x.pt", "WAV2VEC2_BASE", str(tmp_path / "missing.pt")
        )
    assert not (tmp_path / "x.pt").exists()


# --- heads ----------------------------------------------------------------------------------------


def clips(n=120, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n, 30)).astype(np.float32)
    values[:, 0] *= 100  # another scale
    emotions = np.array(["angry", "happy", "sad"])[np.argmax(values[:, 1:4], axis=1)]
    speakers = np.array([f"s{i % 6}" for i in range(n)])
    return values, emotions, speakers


def test_a_head_is_the_authors_classifier_calibrated_on_other_speakers():
    values, emotions, speakers = clips()
    head = linear_svm.fit(values, emotions, speakers)
    standardized = (values - values.mean(0)) / values.std(0)
    machine = OneVsRestClassifier(SVC(kernel="linear", C=1.0)).fit(standardized, emotions)
    theirs = machine.decision_function(standardized)
    np.testing.assert_allclose(theirs, standardized @ head.weights.T + head.offset, atol=5e-3)
    probabilities = head.probabilities(values)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (head.labels[probabilities.argmax(axis=1)] == emotions).mean() > 0.9


def test_its_sigmoid_is_that_of_scikit_learn():
    values, emotions, speakers = clips()
    head = linear_svm.fit(values, emotions, speakers)
    truth = emotions == "angry"
    standardized = (values.astype(float) - head.mean) / head.scale
    cut = list(linear_svm._apart(standardized, truth, speakers))
    for train, test in cut:
        assert not set(speakers[train]) & set(speakers[test])
    machine = CalibratedClassifierCV(SVC(kernel="linear", C=1.0), cv=cut, ensemble=False)
    expected = machine.fit(standardized, truth).predict_proba(standardized)[:, 1]
    decision = standardized @ head.weights[0] + head.offset[0]
    found = 1 / (1 + np.exp(head.slope[0] * decision + head.shift[0]))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_one_speaker_is_calibrated_on_other_clips():
    values, emotions, _ = clips()
    head = linear_svm.fit(values, emotions, np.array(["only"] * len(values)))
    assert np.isfinite(head.probabilities(values)).all()


def test_too_few_clips_are_told():
    values, _, speakers = clips()
    with pytest.raises(InputError, match=r"two emotions with two clips.*'angry': 1"):
        linear_svm.fit(values[:3], np.array(["angry", "sad", "sad"]), speakers[:3])


def test_heads_are_written_and_read_alike(tmp_path):
    values, emotions, speakers = clips()
    head = linear_svm.fit(values, emotions, speakers)
    linear_svm.save({0: head, 3: head}, tmp_path / "a.npz")
    linear_svm.save({3: head, 0: head}, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    found = linear_svm.load(tmp_path / "a.npz")
    assert list(found) == [0, 3]
    assert np.array_equal(found[3].probabilities(values), head.probabilities(values))
    linear_svm.save({}, tmp_path / "none.npz")
    assert linear_svm.load(tmp_path / "none.npz") == {}


def test_a_file_that_is_no_head_is_refused(tmp_path):
    path = tmp_path / "head.npz"
    for content in (b"", b"PK nonsense"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is not a classifier this workflow wrote"):
            linear_svm.load(path)
    np.savez(path, **{"0/labels": np.array([object()], dtype=object)})
    with pytest.raises(InputError, match="delete it and run again"):
        linear_svm.load(path)


def test_the_voice_encoder_hears_the_spectrogram_of_librosa(encoder):
    librosa = pytest.importorskip("librosa", reason="a development dependency")
    samples = noise()
    theirs = librosa.feature.melspectrogram(
        y=samples, sr=16000, n_fft=400, hop_length=160, n_mels=40
    )
    found = features.VoiceEncoder(encoder).mel(torch.from_numpy(samples)).numpy()
    np.testing.assert_allclose(found, theirs, rtol=1e-3, atol=1e-7)
