"""The log-Mel front end and its map from frames to seconds of the original file."""

import numpy as np
import pytest
import soundfile
import yaml

from paths import ROOT
from sercues.audio import signal, spectrograms
from sercues.core import settings

CORRECTED = settings.protocol({}, "corrected", ROOT / "config/protocols")["front_end"]
PUBLISHED = settings.protocol({}, "published", ROOT / "config/protocols")["front_end"]


def clip_with_click(rate, lead=0.4, at=0.7, seconds=1.6, seed=0):
    """Speech-like noise from `lead` on with one loud burst centred at `at`, near-silence around."""
    rng = np.random.default_rng(seed)
    time = np.arange(round((lead + seconds + 0.3) * rate)) / rate
    level = np.where((time >= lead) & (time < lead + seconds), 0.02, 1e-5)
    level = np.where(np.abs(time - at) < 0.010, 0.5, level)
    return (level * rng.normal(size=len(time))).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24414, 44100, 96000])
@pytest.mark.parametrize("at", [0.5, 0.75, 1.2, 1.9])
def test_a_burst_is_found_at_its_second_whatever_was_trimmed_or_resampled(rate, at):
    found = spectrograms.FrontEnd(CORRECTED)(clip_with_click(rate, at=at), rate)
    loudest = 10 ** (found.log_mel / 10)
    frame = np.argmax(loudest.sum(axis=0))
    second = spectrograms.frame_to_second(frame, found.start_s, found.frame_step_s)
    assert second == pytest.approx(at, abs=found.frame_step_s)
    assert found.speech_start_s == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("rate", [11025, 16000, 24414, 96000])
@pytest.mark.parametrize(
    ("lead", "seconds", "margin", "before"),
    [
        (0.4, 1.0, 0.0, 0.0),  # no margin wanted
        (0.4, 1.0, 0.3, 0.3),
        (0.4, 1.0, 0.9, 0.4),  # no more than the file has
        (0.4, 2.7, 0.4, 0.3),  # no more than leaves room for the speech
        (0.4, 3.5, 0.4, 0.0),
    ],
)
def test_the_margin_never_costs_speech(rate, lead, seconds, margin, before):
    front_end = spectrograms.FrontEnd(CORRECTED | {"margin_s": margin})
    found = front_end(clip_with_click(rate, lead=lead, seconds=seconds), rate)
    spoken = min(seconds, 3.0)
    assert found.speech_start_s - found.start_s == pytest.approx(before, abs=0.03)
    assert found.speech_start_s == pytest.approx(lead, abs=0.02)
    assert found.speech_end_s == pytest.approx(lead + spoken, abs=0.02)
    for frame, second in (
        (found.speech_start_frame, found.speech_start_s),
        (found.speech_end_frame, found.speech_end_s),
    ):
        at = spectrograms.frame_to_second(frame, found.start_s, found.frame_step_s)
        assert at == pytest.approx(second, abs=found.frame_step_s)
    # the file goes on for 0.3 s after the speech
    sound = min(before + spoken + min(margin, 0.3), 3.0)
    assert found.n_frames * found.frame_step_s == pytest.approx(sound, abs=0.05)


def test_the_published_front_end_stretches_what_it_does_not_resample():
    rate = 24414
    found = spectrograms.FrontEnd(PUBLISHED)(clip_with_click(rate, at=1.0), rate)
    assert found.frame_step_s == pytest.approx(240 / rate)
    frame = np.argmax((10 ** (found.log_mel / 10)).sum(axis=0))
    true = spectrograms.frame_to_second(frame, found.start_s, found.frame_step_s)
    assert true == pytest.approx(1.0, abs=0.015)
    # what the published code took it for
    assert frame * 0.015 > 1.0 - 0.4 + 0.2


@pytest.mark.parametrize("settings_", [CORRECTED, PUBLISHED])
def test_shape_range_and_padding(settings_):
    front_end = spectrograms.FrontEnd(settings_)
    found = front_end(clip_with_click(16000, lead=0.2, seconds=1.0), 16000)
    assert found.log_mel.shape == (128, front_end.n_total)
    assert found.log_mel.max() == 0 and found.log_mel.min() == -80
    assert found.n_frames < front_end.n_total
    assert (found.log_mel[:, found.n_frames :] == -80).all()
    assert (found.log_mel[:, found.speech_end_frame - 3] > -80).any()
    sound = 1.0 + (0.2 + 0.3 if settings_["margin_s"] else 0)
    assert found.n_frames * found.frame_step_s == pytest.approx(sound, abs=0.05)


def test_long_speech_is_cut_and_says_where():
    found = spectrograms.FrontEnd(CORRECTED)(clip_with_click(16000, seconds=4.5), 16000)
    assert found.n_frames == found.log_mel.shape[1] == 201
    assert found.speech_end_s == pytest.approx(3.4, abs=0.02)


def test_level_does_not_matter():
    clip = clip_with_click(16000)
    one = spectrograms.FrontEnd(CORRECTED)(clip, 16000).log_mel
    half = spectrograms.FrontEnd(CORRECTED)(clip / 2, 16000).log_mel
    np.testing.assert_allclose(one, half, atol=1e-3)


def test_mel_bands_are_slaneys():
    """A tone lies in the band whose Slaney centre is nearest: linear to 1 kHz, then logarithmic."""
    time = np.arange(48000) / 16000
    edges_mel = np.linspace(0, 15 + 27 * np.log(8) / np.log(6.4), 130)
    hz = np.where(
        edges_mel < 15, edges_mel * 200 / 3, 1000 * np.exp((edges_mel - 15) * np.log(6.4) / 27)
    )
    for frequency in (500.0, 1000.0, 2500.0, 6000.0):
        tone = np.sin(2 * np.pi * frequency * time).astype(np.float32)
        found = spectrograms.FrontEnd(CORRECTED)(tone, 16000)
        band = np.argmax(found.log_mel[:, 100])
        assert abs(band - np.argmin(np.abs(hz[1:-1] - frequency))) <= 1


@pytest.mark.parametrize("threads", [1, 2])
def test_the_table_does_not_depend_on_threads(tmp_path, threads):
    paths = {}
    for number in range(5):
        paths[f"c{number}"] = str(tmp_path / f"c{number}.wav")
        soundfile.write(paths[f"c{number}"], clip_with_click(16000, seed=number), 16000)
    rows = [
        row
        for frame in spectrograms.compute(paths, CORRECTED, threads)
        for row in frame.itertuples()
    ]
    assert [row.clip_id for row in rows] == sorted(paths)
    alone = spectrograms.FrontEnd(CORRECTED)(*signal.read(paths["c3"]))
    assert np.array_equal(rows[3].log_mel, alone.log_mel.ravel())


def test_scale_maps_the_range():
    np.testing.assert_allclose(spectrograms.scale(np.array([-80.0, 0.0]), CORRECTED), [-2, 2])
    np.testing.assert_allclose(spectrograms.scale(np.array([-80.0, 0.0]), PUBLISHED), [-80, 0])


def test_protocols_share_all_that_is_not_listed():
    listed = yaml.safe_load((ROOT / "config/protocols/published.yaml").read_text())["front_end"]
    assert {k: PUBLISHED[k] for k in PUBLISHED if k not in listed} == {
        k: CORRECTED[k] for k in CORRECTED if k not in listed
    }
