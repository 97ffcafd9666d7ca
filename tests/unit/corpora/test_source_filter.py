"""Voices of the embedded corpus sound as they were asked to."""

import numpy as np
import pytest

from planted_voices import VOICES, said
from sercues.corpora import source_filter, synthetic
from sercues.cues import catalogue, descriptors


@pytest.fixture(scope="module")
def voices():
    return {speaker.code: speaker for speaker in synthetic.speakers(1)}


@pytest.mark.parametrize("code", VOICES)
def test_the_f0_is_the_requested_one(voices, code):
    made = said(voices[code], {"pitch_level": 4.0}, seed=3)
    table = descriptors.descriptors(made.samples.astype(np.float32), source_filter.SAMPLE_RATE)
    table = table[table["voiced"]]
    frames = np.arange(len(made.f0_hz)) * source_filter.STEP_S
    requested = 12 * np.log2(np.interp(table["time_s"], frames, made.f0_hz) / 27.5)
    off = table[catalogue.F0] - requested
    assert len(table) > 50
    assert abs(off.median()) < 0.1 and off.abs().quantile(0.8) < 0.5  # semitones


def test_planted_loudness_is_in_the_interval_alone(voices):
    plain = said(voices["f01"], {})
    loud = said(voices["f01"], {"loudness": 6.0})
    assert plain.interval == loud.interval
    time = np.arange(len(plain.samples)) / source_filter.SAMPLE_RATE
    start, end = plain.interval
    for inside, gain_db in (
        ((time > start + 0.05) & (time < end - 0.05), 6.0),
        ((time < start - 0.01) | (time > end + 0.01), 0.0),
    ):
        ratio = loud.samples[inside].std() / plain.samples[inside].std()
        assert 20 * np.log10(ratio) == pytest.approx(gain_db, abs=0.2)


def test_a_planted_slope_leaves_the_level(voices):
    plain = said(voices["m01"], {})
    flat = said(voices["m01"], {"slope_500_1500": 8.0})
    time = np.arange(len(plain.samples)) / source_filter.SAMPLE_RATE
    inside = (time > plain.interval[0] + 0.05) & (time < plain.interval[1] - 0.05)
    ratio = flat.samples[inside].std() / plain.samples[inside].std()
    assert abs(20 * np.log10(ratio)) < 1.5
