"""Laws of regions and of the map from frames to seconds."""

import numpy as np
import pandas as pd
import pytest
import yaml

from made_segments import CORRECTED, PUBLISHED, extract, maps, spectrograms
from paths import ROOT
from sercues.audio.spectrograms import FrontEnd
from sercues.core import tables
from sercues.segments.regions import random_windows

PROTOCOL = ROOT / "config" / "protocols" / "corrected.yaml"


class TestRandomRegion:
    def test_every_candidate_has_the_same_chance(self):
        drawn = random_windows(12, 3, draws=8000, seed=1, clip_id="a")
        counts = np.bincount(drawn.ravel(), minlength=12)
        expected = 8000 * 3 / 12
        # χ² with 11 degrees of freedom exceeds 31.3 in one of a thousand seeds; this one is fixed
        assert ((counts - expected) ** 2 / expected).sum() < 31.3

    def test_draws_depend_on_seed_and_clip_alone(self, rng):
        values = {name: rng.random((4, 90)) for name in "abc"}
        table, mels = maps(values), spectrograms(values)
        together = extract(table, mels, CORRECTED, 20, 7)
        backwards = extract(table[::-1], mels[::-1], CORRECTED, 20, 7)
        alone = extract(table[1:2], mels, CORRECTED, 20, 7)
        order = tables.definitions()["segments"]["key"]
        together, backwards, alone = (
            frame.sort_values(order, ignore_index=True) for frame in (together, backwards, alone)
        )
        pd.testing.assert_frame_equal(together, backwards)
        pd.testing.assert_frame_equal(
            together[together["clip_id"] == "b"].reset_index(drop=True), alone
        )

    def test_clips_and_seeds_differ(self):
        draws = [random_windows(9, 5, 20, *key).tolist() for key in [(7, "a"), (7, "b"), (8, "a")]]
        assert draws[0] != draws[1] and draws[0] != draws[2]

    def test_more_draws_keep_the_first(self):
        few = random_windows(12, 5, 10, 3, "a")
        assert (random_windows(12, 5, 50, 3, "a")[:10] == few).all()


def of_windows(table, values) -> pd.Series:
    """Mean by region of a value per window of 0.15 s, of windows from 0.5 s on."""
    windows = table[table["region"] != "full"]
    number = ((windows["start_s"] - 0.5) / 0.15).round().astype(int)
    by_draw = (
        values.loc[number]
        .set_axis(windows.index)
        .groupby([windows["clip_id"], windows["region"], windows["draw"]])
    )
    return by_draw.mean().groupby(["clip_id", "region"]).mean().unstack()


class TestRest:
    def test_rest_is_every_window_that_is_not_salient(self, rng):
        relevance = np.repeat(rng.permutation(9) + 1.0, 10)
        values = {"a": np.tile(relevance, (4, 1))}
        table = extract(maps(values), spectrograms(values), CORRECTED, 1, 1)
        starts = {region: set(rows["start_s"]) for region, rows in table.groupby("region")}
        assert len(starts["salient"]) == 5 and len(starts["rest"]) == 4
        grid = np.round(0.5 + 0.15 * np.arange(9), 6)
        assert starts["salient"] | starts["rest"] == set(grid)
        rest = table[table["region"] == "rest"]
        assert rest["start_s"].is_monotonic_increasing and rest["rank"].tolist() == [1, 2, 3, 4]

    @pytest.mark.parametrize("n_frames", [50, 52])
    def test_a_clip_of_salient_windows_alone_has_no_rest(self, n_frames, caplog):
        values = {"long": np.ones((4, 90)), "short": np.ones((4, n_frames))}
        caplog.set_level("INFO")
        table = extract(maps(values), spectrograms(values), CORRECTED, 2, 1)
        tables.checked(table, "segments")
        regions = table.groupby("clip_id")["region"].agg(set)
        assert "rest" in regions["long"]
        assert regions["short"] == {"full", "loudest", "random", "salient"}
        assert "maps without other windows (rest): 1" in caplog.text

    def test_random_windows_dilute_the_difference_by_the_share_of_salient_ones(self, rng):
        value = rng.normal(size=12)
        # the map ranks the windows by their value, nearly
        relevance = np.repeat(np.exp(value + rng.normal(0, 0.3, 12)), 10)
        values = {"a": np.tile(relevance, (4, 1))}
        table = extract(maps(values), spectrograms(values), CORRECTED, 20_000, 1)
        means = of_windows(table, pd.Series(value)).loc["a"]
        direct = means["salient"] - means["rest"]
        assert direct > 0.5
        assert means["salient"] - means["random"] == pytest.approx(
            (1 - 5 / 12) * direct, abs=4 * value.std() / np.sqrt(5 * 20_000)
        )

    def test_a_blind_map_differs_from_the_rest_by_nothing_on_average(self, rng):
        value = pd.Series(rng.normal(size=12))
        blind = {f"{i:04d}": np.repeat(rng.random((4, 12)), 10, axis=1) for i in range(1000)}
        table = extract(maps(blind), spectrograms(blind), CORRECTED, 1, 1)
        means = of_windows(table, value)
        difference = means["salient"] - means["rest"]
        error = difference.std() / np.sqrt(len(difference))
        assert len(difference) == 1000 and abs(difference.mean()) < 3 * error


class TestExtract:
    def test_regions_have_as_many_windows_as_salient(self, rng):
        relevance = -np.ones((4, 100))
        relevance[:, [25, 57, 58]] = 3.0
        values = {"a": relevance}
        table = extract(maps(values), spectrograms(values), CORRECTED, 3, 1)
        counts = table.groupby(["region", "draw"]).size()
        assert counts["salient", 0] == counts["loudest", 0] == counts["random", 2] == 2
        salient = table[table["region"] == "salient"]
        assert salient["start_s"].tolist() == [0.5 + 50 * 0.015, 0.5 + 20 * 0.015]
        assert salient["end_s"].tolist() == pytest.approx([0.5 + 0.9, 0.5 + 0.45])
        assert salient["score"].tolist() == [24.0, 12.0]
        assert salient["rank"].tolist() == [1, 2]

    def test_the_table_meets_its_schema(self, rng, tmp_path):
        values = {name: rng.standard_normal((4, 100)) for name in "ab"}
        for settings, kind in ((CORRECTED, "speech"), (PUBLISHED, "fixed")):
            table = extract(maps(values), spectrograms(values), settings, 2, 1, full_kind=kind)
            tables.write(table, tmp_path / "segments.parquet", "segments")

    def test_energy_takes_the_loudest_windows(self):
        decibel = np.full((4, 50), -80.0)
        decibel[2, 34], decibel[1, 11] = 0.0, -3.0
        decibel[:, 20:30] = -40.0
        table = extract(
            maps({"a": np.ones((4, 50))}),
            spectrograms({"a": decibel}, start=0.0),
            CORRECTED | {"k": 3},
            1,
            1,
        )
        energy = table[table["region"] == "loudest"].sort_values("rank")
        assert energy["start_s"].tolist() == [0.45, 0.15, 0.3]

    def test_corrected_segments_stay_inside_speech(self, rng):
        values = {f"clip{i}": rng.standard_normal((4, 134)) for i in range(20)}
        mels = spectrograms(values, speech=(13, 77))
        table = extract(maps(values), mels, CORRECTED, 10, 1)
        assert table["end_s"].max() <= mels["speech_end_s"].max() + 1e-6
        assert table["start_s"].min() == pytest.approx(0.5 + 13 * 0.015)
        padded = extract(maps(values), mels, PUBLISHED, 10, 1)
        assert padded["end_s"].max() > mels["speech_end_s"].max()

    def test_published_seconds_forget_offset_and_rate(self):
        values = {"a": np.ones((4, 134))}
        mels = spectrograms(values, start=0.7, step=240 / 24414)
        table = extract(maps(values), mels, PUBLISHED, 1, 1, False, "fixed")
        salient = table[table["region"] == "salient"]
        assert salient["start_s"].tolist() == [0.0, 0.15, 0.3, 0.45, 0.6]
        full = table[table["region"] == "full"]
        assert (len(full), full["end_s"].max()) == (14, 2.1)

    def test_full_is_all_speech_once(self):
        values = {"a": np.ones((4, 60))}
        full = extract(maps(values), spectrograms(values), CORRECTED, 1, 1)
        full = full[full["region"] == "full"]
        assert full[["start_s", "end_s"]].to_numpy().tolist() == [[0.5, 1.4]]

    def test_the_net_relevance_of_salient_windows_counts_what_is_negative(self):
        relevance = np.zeros((4, 60))
        relevance[0, 10:20], relevance[1, 10:20] = 3.0, -5.0  # on the whole against the class
        relevance[0, 30:40] = 1.0
        table = extract(maps({"a": relevance}), spectrograms({"a": relevance}), CORRECTED, 1, 1)
        salient = table[table["region"] == "salient"]
        assert salient["score"].tolist() == [30, 10]
        assert salient["net_score"].tolist() == [-20, 10]
        assert table[table["region"] != "salient"]["net_score"].isna().all()

    def test_a_map_without_positive_relevance_is_left_out(self):
        values = {"good": np.ones((4, 60)), "none": -np.ones((4, 60))}
        table = extract(maps(values), spectrograms(values), CORRECTED, 1, 1)
        assert set(table["clip_id"]) == {"good"}

    def test_a_clip_shorter_than_a_window_is_left_out(self):
        values = {"a": np.ones((4, 60))}
        table = extract(maps(values), spectrograms(values, speech=(40, 49)), CORRECTED, 1, 1)
        assert table.empty
        assert list(table) == tables.columns("segments")

    def test_several_models_of_one_clip_keep_their_rows_apart(self):
        early, late = np.zeros((4, 60)), np.zeros((4, 60))
        early[:, 5], late[:, 45] = 1.0, 1.0
        both = pd.concat([maps({"a": early}), maps({"a": late}, seed=2)])
        table = extract(both, spectrograms({"a": early}), CORRECTED, 1, 1)
        salient = table[table["region"] == "salient"].set_index("seed")["start_s"]
        assert (salient[1], salient[2]) == (0.5, 1.1)

    def test_tables_that_do_not_fit_are_refused(self):
        table = maps({"a": np.ones((4, 60))})
        with pytest.raises(ValueError, match="no spectrogram of a"):
            extract(table, spectrograms({"b": np.ones((4, 60))}), CORRECTED, 1, 1)
        with pytest.raises(ValueError, match="differ in size"):
            extract(table, spectrograms({"a": np.ones((4, 50))}), CORRECTED, 1, 1)


@pytest.mark.parametrize("rate", [11025, 16000, 24414, 96000])
@pytest.mark.parametrize("lead", [0.0, 1.2371])
def test_a_planted_burst_is_found_at_its_second(rate, lead):
    """Front end to seconds: right to one frame whatever was trimmed and resampled."""
    settings = yaml.safe_load(PROTOCOL.read_text(encoding="utf-8"))["front_end"]
    planted, length = lead + 0.8123, 0.060
    samples = speech_like(rate, lead)
    inside = slice(round(planted * rate), round((planted + length) * rate))
    samples[inside] += 0.5 * np.random.default_rng(5).standard_normal(round(length * rate))[
        : inside.stop - inside.start
    ].astype(np.float32)
    found = FrontEnd(settings)(samples, rate)
    assert found.speech_start_s == pytest.approx(lead + 0.2, abs=0.02)
    row = {"clip_id": "a", "log_mel": found.log_mel.ravel(), "n_mels": len(found.log_mel)}
    mels = pd.DataFrame([vars(found) | row | {"n_total": found.log_mel.shape[1]}])
    relevance = {"a": 10 ** (found.log_mel / 10)}
    # windows of one frame show where each frame is said to lie
    table = extract(maps(relevance), mels, CORRECTED | {"window_frames": 1, "k": 4}, 0, 1)
    salient = table[table["region"] == "salient"]
    centre = (salient["start_s"].min() + salient["end_s"].max()) / 2
    assert centre == pytest.approx(planted + length / 2, abs=0.015)
    coarse = extract(maps(relevance), mels, CORRECTED | {"k": 1}, 0, 1)
    first = coarse[coarse["region"] == "salient"].iloc[0]
    assert first["start_s"] - 0.015 < planted + length and first["end_s"] + 0.015 > planted


def speech_like(rate: int, lead: float) -> np.ndarray:
    """Two seconds of a buzz after a silence of `lead` + 0.2 s."""
    time = np.arange(round((lead + 2.4) * rate)) / rate
    noise = 1e-5 * np.random.default_rng(4).standard_normal(len(time))
    buzz = 0.05 * sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 12))
    syllables = (
        1 + 2 * np.sin(4 * np.pi * (time - lead - 0.2)) ** 2
    )  # a steady voice passes for noise
    spoken = ((time >= lead + 0.2) & (time < lead + 2.2)) * syllables
    return (noise + spoken * buzz).astype(np.float32)
