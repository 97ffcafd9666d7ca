"""Training is seeded, resumable and learns; a shift keeps what it should."""

import numpy as np
import pytest
import torch

from paths import ROOT
from sercues.classifiers import training
from sercues.core import settings
from sercues.core.errors import InputError

PROTOCOL = settings.protocol({}, "corrected", ROOT / "config/protocols")
PUBLISHED = settings.protocol({}, "published", ROOT / "config/protocols")
LABELS = ["high", "low"]


def clips(n, seed):
    """Noise with a band that is loud at the top (high) or at the bottom (low)."""
    rng = np.random.default_rng(seed)
    emotions = [LABELS[i % 2] for i in range(n)]
    log_mels = rng.uniform(-80, -40, (n, 32, 32)).astype(np.float32)
    for clip, emotion in zip(log_mels, emotions, strict=True):
        clip[slice(20, 28) if emotion == "high" else slice(4, 12)] += 35
    return log_mels, emotions


def trainer(protocol=PROTOCOL, seed=1, rate=3e-3, mixed=False, **changes):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    parts = {"train": clips(24, 0), "validation": clips(12, 1)}
    settings_ = (
        protocol["training"] | {"epochs": 4, "batch_size": 8, "learning_rate": rate} | changes
    )
    return training.Trainer(
        {part: values[0] for part, values in parts.items()},
        {part: values[1] for part, values in parts.items()},
        LABELS,
        settings_,
        protocol["front_end"],
        seed,
        mixed,
    )


def weights(classifier):
    return {key: value.numpy() for key, value in classifier.network.state_dict().items()}


def equal(one, two):
    return all(np.array_equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize("protocol", [PROTOCOL, PUBLISHED])
def test_it_learns_and_keeps_the_chosen_epoch(protocol):
    classifier, history = trainer(protocol, epochs=8, ema_decay=0).run()
    assert history["chosen"].sum() == 1
    best = history[history["chosen"]].iloc[0]
    column, best_value = (
        ("validation_uar", history["validation_uar"].max())
        if protocol["training"]["checkpoint_metric"] == "uar"
        else ("validation_loss", history["validation_loss"].min())
    )
    assert best[column] == best_value and history["validation_uar"].max() > 0.9
    log_mels, emotions = clips(12, 1)
    scores = training.predict(classifier, log_mels)
    right = np.array(LABELS)[scores.argmax(1)] == emotions
    assert right.mean() == pytest.approx(best["validation_accuracy"])


def test_bfloat16_learns_alike_keeps_its_weights_in_float32_and_resumes_no_other(monkeypatch):
    monkeypatch.setattr(training.resnet, "fast_bfloat16", lambda device: True)
    one, two = (trainer(mixed=True).run()[0] for _ in range(2))
    single = trainer().run()[0]
    assert equal(weights(one), weights(two)) and not equal(weights(one), weights(single))
    assert {value.dtype.name for value in weights(one).values()} == {"float32", "int64"}
    log_mels, _ = clips(12, 1)
    chosen = [training.predict(found, log_mels).argmax(1) for found in (one, single)]
    assert np.array_equal(*chosen)
    assert trainer(mixed=True).identity != trainer().identity


def test_without_bfloat16_it_says_so_and_takes_float32(monkeypatch, caplog):
    monkeypatch.setattr(training.resnet, "fast_bfloat16", lambda device: False)
    assert not trainer(mixed=True).mixed
    assert "bfloat16" in caplog.text


def test_the_same_seed_gives_the_same_weights_and_another_does_not():
    one, two, other = (trainer(seed=seed).run()[0] for seed in (1, 1, 2))
    assert equal(weights(one), weights(two)) and not equal(weights(one), weights(other))


@pytest.mark.parametrize("protocol", [PROTOCOL, PUBLISHED])
@pytest.mark.parametrize("stop", [1, 3])
def test_a_killed_training_goes_on_to_the_same_bytes(tmp_path, protocol, stop, monkeypatch):
    whole, history = trainer(protocol).run(tmp_path / "whole.pt")
    killed = trainer(protocol)
    epoch = killed._epoch

    def dies(number):
        if number > stop:
            raise KeyboardInterrupt
        return epoch(number)

    monkeypatch.setattr(killed, "_epoch", dies)
    with pytest.raises(KeyboardInterrupt):
        killed.run(tmp_path / "resume.pt")
    again = trainer(protocol)
    torch.manual_seed(99)
    resumed, resumed_history = again.run(tmp_path / "resume.pt")
    assert equal(weights(whole), weights(resumed))
    assert history.equals(resumed_history)


@pytest.mark.parametrize("content", [b"half a file", None])
def test_a_foreign_or_broken_resume_file_is_not_used(tmp_path, content):
    resume = tmp_path / "resume.pt"
    if content is None:
        trainer(seed=5).run(resume)
    else:
        resume.write_bytes(content)
    fresh = trainer().run()[0]
    assert equal(weights(trainer().run(resume)[0]), weights(fresh))


def test_divergence_is_told():
    with pytest.raises(InputError, match="learning_rate"):
        trainer(rate=1e30, ema_decay=0).run()


def batch():
    return torch.from_numpy(clips(16, 3)[0])[:, None]


@pytest.mark.parametrize("protocol", [PROTOCOL, PUBLISHED])
def test_a_training_shifts_by_the_protocols_seconds(protocol):
    assert trainer(protocol).shift == (7 if protocol is PROTOCOL else 0)


def test_a_shift_moves_and_fills_with_silence():
    torch.manual_seed(0)
    before, after = batch(), training.shifted(batch(), 10, -80.0)
    for one, two in zip(before, after, strict=True):
        shifts = [
            s
            for s in range(-10, 11)
            if torch.equal(
                two[..., max(s, 0) : 32 + min(s, 0)], one[..., max(-s, 0) : 32 - max(s, 0)]
            )
        ]
        assert shifts
        silent = (two == -80).all(dim=1).sum()
        assert silent == abs(shifts[0])


def test_uar_is_the_mean_recall():
    assert training.uar([0, 0, 0, 1], [0, 0, 1, 1]) == pytest.approx((2 / 3 + 1) / 2)


def test_predictions_do_not_depend_on_the_company(monkeypatch):
    classifier, _ = trainer().run()
    log_mels, _ = clips(12, 4)
    together = training.predict(classifier, log_mels)
    alone = np.concatenate([training.predict(classifier, clip[None]) for clip in log_mels])
    np.testing.assert_allclose(together, alone, atol=1e-5)
