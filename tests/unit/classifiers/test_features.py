"""Features: what describes a clip, and files that are not theirs."""

import numpy as np
import pytest
import soundfile
import torch

from paths import ROOT
from sercues.classifiers import features
from sercues.core import imports, settings, tables
from sercues.core.errors import InputError

FRONT_END = settings.protocol({}, "emolime", ROOT / "config/protocols")["front_end"]


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
    describe = features.describe(kind, None, "")
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
    describe = features.describe("voice_encoder", encoder, "")
    samples = noise(3.0)
    values = describe(samples)
    assert values.shape == (256,) and np.linalg.norm(values) == pytest.approx(1, abs=1e-5)
    assert list(features.window_starts(48000)) == [0, 77, 154]
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
    assert list(features.window_starts(n_samples)) == starts


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
    with pytest.raises(InputError, match=r"emolime\.classifiers has 'mfcc'"):
        features.describe("mfcc", None, "")


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


# --- heads ----------------------------------------------------------------------------------------


def test_the_voice_encoder_hears_the_spectrogram_of_librosa(encoder):
    librosa = pytest.importorskip("librosa", reason="a development dependency")
    samples = noise()
    theirs = librosa.feature.melspectrogram(
        y=samples, sr=16000, n_fft=400, hop_length=160, n_mels=40
    )
    found = features.VoiceEncoder(encoder).mel(torch.from_numpy(samples)).numpy()
    np.testing.assert_allclose(found, theirs, rtol=1e-3, atol=1e-7)
