"""Laws of the acoustic descriptors."""

import numpy as np
import opensmile
import pandas as pd
import pytest
import soundfile

from made_descriptors import RATE, burst, buzz
from sercues.audio import signal
from sercues.core import tables
from sercues.cues import catalogue, descriptors


@pytest.fixture
def rng():
    return np.random.default_rng(1)


class TestNames:
    def test_the_table_holds_the_descriptors_of_opensmile_in_its_order(self):
        smile = opensmile.Smile(
            opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors
        )
        assert descriptors.names() == smile.feature_names


class TestDescriptors:
    def test_rows_lie_at_the_time_they_describe(self):
        """A burst is centred where it was put, in 60 ms and in 20 ms descriptors alike."""
        start, end = 0.700, 1.203
        table = descriptors.descriptors(burst(start, end), RATE)
        time = table["time_s"].to_numpy()
        for name in (catalogue.F0, catalogue.HNR, catalogue.JITTER, catalogue.SHIMMER):
            found = time[table[name].to_numpy() > 0]
            assert (found[0] + found[-1]) / 2 == pytest.approx((start + end) / 2, abs=0.011), name
        voiced = time[table["voiced"]]
        assert voiced[0] == pytest.approx(start, abs=0.015)
        assert voiced[-1] == pytest.approx(end, abs=0.015)
        for name in ("Loudness_sma3", "mfcc1_sma3", "alphaRatio_sma3", "spectralFlux_sma3"):
            level = table[name].to_numpy()
            half = (np.median(level[80:110]) + np.median(level[:60])) / 2
            above = time[(level > half) == (np.median(level[80:110]) > half)]
            assert (above[0] + above[-1]) / 2 == pytest.approx((start + end) / 2, abs=0.011), name

    @pytest.mark.parametrize("rate", [11025, 24414, 48000])
    def test_resampling_does_not_move_them(self, rate):
        start, end = 0.7, 1.2
        samples = signal.resample(burst(start, end), RATE, rate)
        table = descriptors.descriptors(signal.resample(samples, rate, RATE), RATE)
        voiced = table.loc[table["voiced"], "time_s"]
        assert (voiced.min() + voiced.max()) / 2 == pytest.approx((start + end) / 2, abs=0.011)

    def test_pitch_is_that_of_the_voice(self):
        table = descriptors.descriptors(burst(0.2, 1.8, f0=220.0), RATE)
        pitch = table.loc[table["time_s"].between(0.4, 1.6), catalogue.F0]
        assert pitch.to_numpy() == pytest.approx(np.full(len(pitch), 36.0), abs=0.2)

    @pytest.mark.parametrize(
        ("seconds", "rows"), [(0, 0), (0.02, 0), (0.0599, 0), (0.06, 2), (0.1, 6), (0.15, 11)]
    )
    def test_rows_of_short_recordings(self, seconds, rows, recwarn):
        samples = burst(0.0, 1.0)[: int(seconds * RATE)]
        assert descriptors.low_level(samples, RATE).shape == (rows, 25)
        assert len(descriptors.descriptors(samples, RATE)) == max(0, rows - descriptors.LEAD)
        assert not recwarn.list

    def test_full_scale_does_not_wrap_round(self):
        """The 16-bit cast inside opensmile turns samples ≥ 1 into negative ones."""
        voice = burst(0.0, 1.0, total=1.0)
        voice /= np.abs(voice).max()
        quiet = descriptors.low_level(voice * np.float32(0.99), RATE)
        loud = descriptors.low_level(voice, RATE)
        beyond = descriptors.low_level(np.clip(voice * np.float32(1.02), -2, 2), RATE)
        column = descriptors.names().index(catalogue.HNR)
        assert loud[:, column].mean() == pytest.approx(quiet[:, column].mean(), abs=0.05)
        assert beyond[:, column].mean() == pytest.approx(quiet[:, column].mean(), abs=0.5)

    def test_a_bright_voice_has_the_higher_slope(self):
        # darker still, openSMILE's spectral floor takes over and the slope rises again
        time = np.full(RATE, 110.0)
        by_tilt = [
            pd.DataFrame(
                descriptors.low_level(buzz(time, tilt=tilt), RATE), columns=descriptors.names()
            )
            for tilt in (0.0, 1.0, 2.0)
        ]
        slopes = [rows[catalogue.SLOPE].mean() for rows in by_tilt]
        assert slopes[0] > slopes[1] > slopes[2]

    def test_jitter_and_noise_have_the_right_sign(self, rng):
        f0 = np.full(RATE, 110.0)
        steady, rough = buzz(f0), buzz(f0, jitter=0.01)
        breathy = steady + 0.03 * rng.standard_normal(len(f0))
        columns = [catalogue.JITTER, catalogue.HNR]
        steady, rough, breathy = (
            pd.DataFrame(descriptors.low_level(sound, RATE), columns=descriptors.names())[
                columns
            ].mean()
            for sound in (steady, rough, breathy)
        )
        assert rough[catalogue.JITTER] > 3 * steady[catalogue.JITTER]
        assert breathy[catalogue.HNR] < steady[catalogue.HNR] - 3

    def test_the_table_does_not_depend_on_processes_or_order(self, tmp_path):
        paths = {}
        for index in range(3):
            path = tmp_path / f"{index}.wav"
            soundfile.write(path, burst(0.1, 0.3, total=0.5, f0=100 + 40 * index), 22050)
            paths[f"clip{index}"] = str(path)
        soundfile.write(tmp_path / "short.wav", np.zeros(100), 22050)
        paths["short"] = str(tmp_path / "short.wav")
        one = pd.concat(descriptors.extract(paths, processes=1))
        two = pd.concat(descriptors.extract(dict(reversed(paths.items())), processes=2))
        pd.testing.assert_frame_equal(one, two)
        assert set(one["clip_id"]) == {"clip0", "clip1", "clip2"}
        tables.write(one, tmp_path / "descriptors.parquet", "descriptors")
        nothing = pd.concat(descriptors.extract({"short": paths["short"]}))
        tables.write(nothing, tmp_path / "descriptors.parquet", "descriptors")
