"""Laws of windows, baseline regions, the map from frames to seconds, and snippets."""

import logging

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

from paths import ROOT
from sercues.audio import signal
from sercues.audio.spectrograms import FrontEnd
from sercues.core import tables
from sercues.segments import matching, snippets
from sercues.segments.regions import build, extract, random_windows
from sercues.segments.windows import grid, top_k, window_scores
from sercues.stats import permutation

PROTOCOL = ROOT / "config" / "protocols" / "corrected.yaml"
CORRECTED = {"window_frames": 10, "k": 5, "positive_only": True, "inside_speech": True}
PUBLISHED = {"window_frames": 10, "k": 5, "positive_only": False, "inside_speech": False}


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def maps(values: dict[str, np.ndarray], **columns) -> pd.DataFrame:
    """Columns of table `saliency` that segments need, one row per clip_id."""
    rows = [
        {"clip_id": clip_id, "map": array.ravel(), "n_mels": len(array), "n_total": array.shape[1]}
        for clip_id, array in values.items()
    ]
    return pd.DataFrame(rows).assign(**{"fold": 0, "seed": 1, "target_kind": "predicted"} | columns)


def spectrograms(values: dict[str, np.ndarray], speech=None, start=0.5, step=0.015):
    """Table `spectrograms` with one and the same time map; by default all of it is speech."""
    rows = []
    for clip_id, array in values.items():
        first, end = speech or (0, array.shape[1])
        rows.append(
            {
                "clip_id": clip_id,
                "log_mel": array.ravel().astype(np.float32),
                "n_mels": len(array),
                "n_total": array.shape[1],
                "n_frames": end,
                "start_s": start,
                "speech_start_frame": first,
                "speech_end_frame": end,
                "speech_start_s": start + first * step,
                "speech_end_s": start + end * step,
                "frame_step_s": step,
            }
        )
    return pd.DataFrame(rows)


class TestWindows:
    def test_whole_windows_inside_speech(self):
        windows = grid(10, (0, 47), n_total=60, inside_speech=True)
        assert windows.tolist() == [[0, 10], [10, 20], [20, 30], [30, 40]]
        assert len(grid(10, (0, 9), n_total=60, inside_speech=True)) == 0

    def test_windows_start_where_speech_does(self):
        windows = grid(10, (33, 55), n_total=60, inside_speech=True)
        assert windows.tolist() == [[33, 43], [43, 53]]

    def test_published_grid_keeps_padding_and_a_short_last_window(self):
        windows = grid(10, (33, 47), n_total=134, inside_speech=False)
        assert len(windows) == 14
        assert windows[-1].tolist() == [130, 134]

    def test_negative_relevance_counts_as_zero(self):
        relevance = np.zeros((2, 20))
        relevance[0, 3], relevance[1, 4], relevance[1, 12] = 2.0, -5.0, 1.0
        scores = window_scores(relevance, 10, (0, 20), True, positive_only=True)
        assert scores.tolist() == [2.0, 1.0]

    def test_published_scores_drop_cells_below_the_mean(self):
        # the 0.5 and the −7 count as zero, the short last window is not made up for
        relevance = np.ones((1, 25))
        relevance[0, [0, 1, 12, 24]] = 0.5, 8.5, -7.0, 2.0
        assert relevance.mean() == 1.0
        scores = window_scores(relevance, 10, (0, 25), False, positive_only=False)
        assert scores.tolist() == [8.5 + 8, 9.0, 4 + 2.0]

    def test_published_scores_keep_small_negative_cells_of_a_negative_map(self):
        relevance = np.full((1, 20), -1.0)
        relevance[0, :10] = -3.0
        scores = window_scores(relevance, 10, (0, 20), False, positive_only=False)
        assert scores.tolist() == [0.0, -10.0]

    def test_scores_are_sums_of_their_cells(self, rng):
        relevance = rng.standard_normal((8, 47))
        scores = window_scores(relevance, 10, (0, 47), True, positive_only=True)
        expected = [relevance[:, i : i + 10].clip(0).sum() for i in range(0, 40, 10)]
        np.testing.assert_allclose(scores, expected)

    def test_order_is_by_score_then_by_time(self):
        assert top_k(np.array([1.0, 3.0, 2.0, 3.0]), 3, True).tolist() == [1, 3, 2]

    def test_last_bits_do_not_reorder(self):
        scores = np.array([1.0, np.nextafter(1.0, 2), 0.5])
        assert top_k(scores, 2, True).tolist() == [0, 1]
        assert top_k(1e-9 * scores, 2, True).tolist() == [0, 1]

    def test_windows_without_positive_relevance_do_not_qualify(self):
        scores = np.array([0.0, 2.0, -1.0])
        assert top_k(scores, 3, positive_only=True).tolist() == [1]
        assert top_k(scores, 3, positive_only=False).tolist() == [1, 0, 2]

    def test_a_map_that_is_not_finite_is_refused(self):
        relevance = np.full((2, 20), np.nan)
        with pytest.raises(ValueError, match="not finite"):
            build(relevance, relevance, 20, "a", CORRECTED, 1, 1)


class TestRandomRegion:
    def test_every_candidate_has_the_same_chance(self):
        drawn = random_windows(12, 3, draws=8000, seed=1, clip_id="a")
        counts = np.bincount(drawn.ravel(), minlength=12)
        expected = 8000 * 3 / 12
        # χ² with 11 degrees of freedom exceeds 31.3 in one of a thousand seeds; this one is fixed
        assert ((counts - expected) ** 2 / expected).sum() < 31.3

    def test_windows_of_a_draw_are_distinct(self):
        drawn = random_windows(6, 5, draws=500, seed=1, clip_id="a")
        assert (np.diff(drawn, axis=1) > 0).all()

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


class TestExtract:
    def test_regions_have_as_many_windows_as_salient(self, rng):
        relevance = -np.ones((4, 100))
        relevance[:, [25, 57, 58]] = 3.0
        values = {"a": relevance}
        table = extract(maps(values), spectrograms(values), CORRECTED, 3, 1)
        counts = table.groupby(["region", "draw"]).size()
        assert counts["salient", 0] == counts["energy", 0] == counts["random", 2] == 2
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
        energy = table[table["region"] == "energy"].sort_values("rank")
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

    def test_a_map_without_positive_relevance_is_told_and_left_out(self, caplog):
        values = {"good": np.ones((4, 60)), "none": -np.ones((4, 60))}
        with caplog.at_level(logging.INFO):
            table = extract(maps(values), spectrograms(values), CORRECTED, 1, 1)
        assert set(table["clip_id"]) == {"good"}
        assert "none has no segment" in caplog.text
        assert "2 in, 1 with segments, 1 no positive relevance" in caplog.text

    def test_a_clip_shorter_than_a_window_is_told_and_left_out(self, caplog):
        values = {"a": np.ones((4, 60))}
        table = extract(maps(values), spectrograms(values, speech=(40, 49)), CORRECTED, 1, 1)
        assert table.empty
        assert list(table) == tables.columns("segments")
        assert "shorter than one window" in caplog.text

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


def windows_of(rng, noise=0.0, count=14):
    """Level and voicing of a clip's windows, and the 5 that are loudest but for `noise` in dB."""
    level = rng.normal(-40, 8, count)
    voicing = np.clip(0.7 + 0.02 * (level + 40) + rng.normal(0, 0.2, count), 0, 1)
    return np.argsort(-(level + rng.normal(0, noise, count)), kind="stable")[:5], level, voicing


def nearest_however_far(chosen, level, voicing, draws, rng):
    """The rule before there were calipers: windows like the chosen ones, the less so the rarer."""
    features = np.stack([level, voicing], axis=1)
    features /= features.std(axis=0)
    others = np.setdiff1d(np.arange(len(level)), chosen)
    squares = ((features[chosen][:, None] - features[others]) ** 2).sum(axis=2)
    taken = np.zeros((draws, len(others)), dtype=bool)
    for of_one in squares[: len(others)]:
        keys = np.log(rng.standard_exponential(taken.shape)) + of_one / (2 * 0.3**2)
        taken[np.arange(draws), np.argmin(np.where(taken, np.inf, keys), axis=1)] = True
    return others[np.nonzero(taken)[1].reshape(draws, -1)]


class TestMatched:
    def test_windows_are_others_distinct_and_within_the_calipers_of_their_pair(self, rng):
        n_paired = 0
        for clip in range(100):
            chosen, level, voicing = windows_of(rng, noise=8.0)
            mates = matching.find_mates(chosen, level, voicing)
            drawn = matching.matched_windows(mates, level, 50, 1, str(clip))
            assert drawn.shape == (50, len(mates))
            # in the order in which they were chosen, which is that of their ranks
            assert mates[:, 0].tolist() == [n for n in chosen if n in mates[:, 0]]
            assert not np.isin(drawn, chosen).any()
            assert all(len(set(row)) == len(row) for row in drawn)
            apart = level[drawn] - level[mates[:, 0]]
            assert (np.abs(apart) <= matching.LEVEL_CALIPER_DB + 1e-6).all()
            apart = voicing[drawn] - voicing[mates[:, 0]]
            assert (np.abs(apart) <= matching.VOICING_CALIPER + 1e-6).all()
            n_paired += len(mates)
        assert n_paired > 50

    def test_a_mate_is_drawn_so_often_that_levels_agree_on_average(self):
        level = np.array([-20.0, -21.0, -17.0, -50.0])
        mates = matching.find_mates(np.array([0]), level, np.full(4, 0.5))
        assert mates.tolist() == [[0, 1, 2]]
        # 3 of 4 draws take the softer one: (3 × −21 + 1 × −17) / 4 = −20
        drawn = matching.matched_windows(mates, level, 4000, 1, "a")
        # four standard errors of a share of 1/4
        assert (drawn == 2).mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 4000))
        assert level[drawn].mean() == pytest.approx(-20, abs=0.12)

    @pytest.mark.parametrize(
        ("level", "voicing", "paired"),
        [
            ([0.0, -4.0, 4.0], [0.7, 0.85, 0.55], True),  # at the very edge of both
            ([0.0, -4.01, 4.0], [0.7, 0.7, 0.7], False),
            ([0.0, -1.0, 1.0], [0.7, 0.7, 0.86], False),
            ([0.0, -1.0, -0.5], [0.7, 0.7, 0.7], False),  # the loudest
            ([0.0, 1.0, 0.5], [0.7, 0.7, 0.7], False),  # the softest
            ([0.0, 0.0, 9.0], [0.7, 0.7, 0.7], True),  # just as loud
        ],
    )
    def test_who_has_mates(self, level, voicing, paired):
        found = matching.find_mates(np.array([0]), np.array(level), np.array(voicing))
        assert len(found) == paired

    def test_mates_are_the_nearest_and_never_shared(self):
        level = np.array([0.0, 0.1, -1.0, 1.0, -2.0, 2.0, 1.0])
        voicing = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.55])
        found = matching.find_mates(np.array([1, 0]), level, voicing)
        assert found.tolist() == [[1, 2, 3], [0, 4, 6]]
        # one mate too few: the first one chooses
        found = matching.find_mates(np.array([1, 0]), level[:5], voicing[:5])
        assert found.tolist() == [[1, 2, 3]]

    def test_features_without_spread_and_too_few_other_windows(self):
        alike = np.zeros(6)
        mates = matching.find_mates(np.arange(4), alike, alike)
        assert mates.tolist() == [[0, 4, 4], [1, 5, 5]]
        assert (matching.matched_windows(mates, alike, 50, 1, "a") == [4, 5]).all()
        assert matching.matched_windows(mates, alike, 0, 1, "a").shape == (0, 2)
        for chosen in (np.arange(6), np.arange(0)):
            mates = matching.find_mates(chosen, alike, alike)
            assert matching.matched_windows(mates, alike, 5, 1, "a").shape == (5, 0)

    @pytest.mark.parametrize("noise", [2.0, 4.0, 8.0])
    def test_levels_agree_however_loud_the_chosen_windows_are(self, rng, noise):
        """The rule that it replaced left chosen windows louder by several dB."""
        new, old = [], []
        for clip in range(800):
            chosen, level, voicing = windows_of(rng, noise)
            far = nearest_however_far(chosen, level, voicing, 20, rng)
            old.append(level[chosen].mean() - level[far].mean())
            mates = matching.find_mates(chosen, level, voicing)
            if len(mates):
                near = matching.matched_windows(mates, level, 20, 1, str(clip))
                new.append(level[mates[:, 0]].mean() - level[near].mean())
        assert len(new) > 60
        assert np.mean(old) > 3
        assert abs(np.mean(new)) < 0.1 and abs(np.mean(new)) < np.mean(old) / 50

    def test_a_cue_of_level_alone_is_no_different_from_that_of_mates(self, rng):
        """Chosen by loudness and some noise; the p of such cues are those of chance."""
        p, before = [], []
        for corpus in range(20):
            near, far, speakers = [], [], []
            for clip in range(150):
                chosen, level, voicing = windows_of(rng, noise=3.0)
                # 30 cues of one clip: what is heard of the level, and 8 dB of noise
                values = level[:, None] + rng.normal(0, 8, (len(level), 30))
                other = nearest_however_far(chosen, level, voicing, 20, rng)
                far.append(values[chosen].mean(axis=0) - values[other].mean(axis=(0, 1)))
                mates = matching.find_mates(chosen, level, voicing)
                drawn = matching.matched_windows(mates, level, 20, 1, f"{corpus}/{clip}")
                paired = values[mates[:, 0]].mean(axis=0) if len(mates) else np.nan
                matched = values[drawn].mean(axis=(0, 1)) if len(mates) else np.full(30, np.nan)
                near.append(paired - matched)
                speakers.append(f"s{clip % 15}")
            p += list(permutation.sign_flip(np.array(near), speakers, 500, 1))
            before += list(permutation.sign_flip(np.array(far), speakers, 500, 1))
        assert np.isfinite(p).all()
        # 600 tests, of which those of a corpus share its pairs: at most 5 % and three standard errors
        assert np.mean(np.array(p) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
        assert np.mean(np.array(before) < 0.05) > 0.8

    def test_windows_chosen_for_their_loudness_alone_have_no_mates(self, rng):
        decibel = rng.uniform(-60, -20, (4, 140))
        values = {"a": 10 ** (decibel / 10)}
        table = extract(maps(values), spectrograms({"a": decibel}), CORRECTED, 30, 1)
        assert set(table["region"]) == {"energy", "full", "random", "salient"}

    def test_draws_depend_on_seed_and_clip_alone(self):
        level = np.array([0.0, -1.0, 1.0, 30.0, 29.0, 31.0])
        mates = matching.find_mates(np.array([0, 3]), level, np.zeros(6))
        one, again, other = (matching.matched_windows(mates, level, 20, 1, clip) for clip in "aab")
        assert (one == again).all() and not (one == other).all()
        assert (matching.matched_windows(mates, level, 5, 1, "a") == one[:5]).all()

    @pytest.mark.parametrize("settings", [CORRECTED, PUBLISHED])
    def test_batches_and_their_order_change_no_byte(self, rng, tmp_path, settings):
        values = {f"clip{n}": rng.standard_normal((4, 140)) for n in range(9)}
        decibel = {name: rng.uniform(-60, -20, (4, 140)) for name in values}
        for array in decibel.values():
            array[:, 100:] = -80.0  # padding: windows that are all alike
        time = np.arange(0.03, 2.5, 0.01)
        voices = pd.concat(
            pd.DataFrame({"clip_id": name, "time_s": time, "voiced": rng.random(len(time)) < 0.9})
            for name in values
        )
        table, mels = maps(values), spectrograms(decibel, speech=(0, 100))
        found = {}
        for name, parts in (
            ("whole", [table]),
            ("parts", [table[:2], table[2:7], table[7:]]),
            ("turned", [table[::-1]]),
        ):
            rows = [extract(part, mels, settings, 9, 1, descriptors=voices) for part in parts]
            path = tmp_path / f"{name}.parquet"
            tables.write(pd.concat(rows, ignore_index=True), path, "segments")
            found[name] = path.read_bytes()
        assert found["whole"] == found["parts"] == found["turned"]

    def test_paired_windows_are_salient_ones_and_ranks_name_the_pairs(self, rng):
        values = {f"clip{n}": rng.standard_normal((4, 200)) for n in range(12)}
        mels = spectrograms({name: rng.uniform(-60, -20, (4, 200)) for name in values})
        table = extract(maps(values), mels, CORRECTED, 25, 1)
        place = ["clip_id", "start_s", "end_s", "score"]
        regions = {name: rows.set_index("clip_id") for name, rows in table.groupby("region")}
        paired, matched = regions["paired"], regions["matched"]
        assert len(paired) > 12 and (paired["draw"] == 0).all()
        both = paired.reset_index()[place].merge(regions["salient"].reset_index()[place])
        assert len(both) == len(paired)
        for clip in set(paired.index):
            ranks = paired.loc[[clip], "rank"].tolist()
            assert ranks == list(range(1, len(ranks) + 1))
            drawn = matched.loc[[clip]].groupby("draw")["rank"].apply(list)
            assert len(drawn) == 25 and all(row == ranks for row in drawn)
        assert set(matched.index) == set(paired.index)

    def test_the_log_tells_how_many_salient_windows_have_mates(self, caplog):
        relevance, decibel = (
            np.zeros((1, 60)),
            np.repeat([[-3.0, 0, 3, -70, -70, -70]], 10).reshape(1, 60),
        )
        relevance[0, [15, 35]] = 2.0, 1.0
        decibel[0, 30:40] = -50.0
        with caplog.at_level(logging.INFO):
            extract(maps({"a": relevance}), spectrograms({"a": decibel}), CORRECTED, 4, 1)
        assert "salient windows: 2, 1 of them with mates, in 1 maps" in caplog.text

    def test_the_calipers_are_those_that_the_list_of_results_names(self):
        text = (ROOT / "results" / "README.md").read_text(encoding="utf-8")
        share = f"{100 * matching.VOICING_CALIPER:g} %"
        assert f"within {matching.LEVEL_CALIPER_DB:g} dB and {share} of voiced frames" in text

    def test_voicing_of_windows_is_that_of_their_rows(self):
        time = np.arange(0.03, 0.63, 0.01)
        voiced = (time > 0.25) & (time < 0.40)
        windows = np.array([[0.0, 0.15], [0.30, 0.35], [0.35, 0.45], [2.0, 2.15]])
        found = matching.voicing_of(windows, time[::-1], voiced[::-1])
        np.testing.assert_allclose(found, [0, 1, 0.5, 0], atol=0.11)

    def test_extraction_matches_the_voicing_at_the_true_second(self):
        relevance = np.zeros((4, 100))
        relevance[:, 22] = 1.0
        levels = np.full((4, 100), -20.0)
        # frames 20 to 40 are voiced, from second 0.5 + 0.3 to 0.5 + 0.6
        time = np.arange(0.03, 2.5, 0.01)
        voices = pd.DataFrame({"clip_id": "a", "time_s": time})
        voices["voiced"] = (time > 0.8) & (time < 1.1)
        table = extract(
            maps({"a": relevance}),
            spectrograms({"a": levels}),
            CORRECTED | {"k": 1},
            200,
            1,
            descriptors=voices,
        )
        matched = table[table["region"] == "matched"]
        assert len(matched) == 200
        assert (matched["start_s"].round(3) == 0.95).all()


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
    spoken = (time >= lead + 0.2) & (time < lead + 2.2)
    return (noise + spoken * buzz).astype(np.float32)


class TestSnippets:
    @pytest.fixture
    def recording(self, rng, tmp_path):
        samples = rng.integers(-32768, 32768, 8000).astype(np.int16)
        soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="PCM_16")
        return samples, {"a": str(tmp_path / "a.wav")}

    def rows(self, *spans, clip_id="a"):
        return pd.DataFrame(
            [
                {"clip_id": clip_id, "fold": 0, "seed": 1, "target_kind": "predicted", "rank": i}
                | {"start_s": start, "end_s": end}
                for i, (start, end) in enumerate(spans, 1)
            ]
        )

    def test_samples_are_those_of_the_file(self, recording, tmp_path):
        samples, paths = recording
        found = snippets.write_snippets(self.rows((0.15, 0.3)), paths, tmp_path / "out")
        assert found["file"].tolist() == ["a_fold0_seed1_predicted_1.wav"]
        written, rate = soundfile.read(tmp_path / "out" / found["file"].iloc[0], dtype="int16")
        assert rate == 8000
        np.testing.assert_array_equal(written, samples[1200:2400])

    def test_a_segment_is_cut_at_the_end_and_skipped_past_it(self, recording, tmp_path):
        _, paths = recording
        spans = self.rows((0.9, 1.05), (1.05, 1.2), (0.0, 0.1))
        found = snippets.write_snippets(spans, paths, tmp_path / "out")
        assert found["rank"].tolist() == [1, 3]
        assert soundfile.info(tmp_path / "out" / found["file"].iloc[0]).frames == 800

    def test_file_names_are_safe_and_distinct(self):
        odd = ["a b", "a_b", "a/b", "ä?*", "a~2"]
        names = [snippets.snippet_name(name, 0, 1, "true", 1) for name in odd]
        assert len(set(names)) == len(odd)
        assert all(set(name) <= set("0123456789._~-_" + LETTERS) for name in names)
        assert names[-1] == "a~2_fold0_seed1_true_1.wav"

    def test_channels_are_mixed_at_the_rate_of_the_file(self, tmp_path, rng):
        stereo = rng.integers(-1000, 1000, (9600, 2)).astype(np.int16) * 2
        soundfile.write(tmp_path / "s.wav", stereo, 96000, subtype="PCM_16")
        paths = {"a": str(tmp_path / "s.wav")}
        found = snippets.write_snippets(self.rows((0.0, 0.05)), paths, tmp_path / "out")
        written, rate = soundfile.read(tmp_path / "out" / found["file"].iloc[0], dtype="int16")
        assert rate == 96000
        np.testing.assert_array_equal(written, stereo[:4800].mean(axis=1))
        assert signal.read(paths["a"])[0].shape == (9600,)


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
