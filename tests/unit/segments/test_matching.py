"""Laws of windows matched in level and voicing."""

import numpy as np
import pandas as pd
import pytest

from made_segments import CORRECTED, PUBLISHED, extract, maps, spectrograms
from paths import ROOT
from sercues.core import tables
from sercues.segments import matching
from sercues.stats import permutation
from sercues.stats.bootstrap import Resampling


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
    def test_a_mate_is_drawn_so_often_that_levels_agree_on_average(self):
        level = np.array([-20.0, -21.0, -17.0, -50.0])
        controls = matching.find_controls(np.array([0]), level, np.full(4, 0.5))
        assert controls.tolist() == [[0, 1, 2]]
        # 3 of 4 draws take the softer one: (3 × −21 + 1 × −17) / 4 = −20
        drawn = matching.draw_controls(controls, level, 4000, 1, "a")
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
        found = matching.find_controls(np.array([0]), np.array(level), np.array(voicing))
        assert len(found) == paired

    def test_mates_are_the_nearest_and_never_shared(self):
        level = np.array([0.0, 0.1, -1.0, 1.0, -2.0, 2.0, 1.0])
        voicing = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.55])
        found = matching.find_controls(np.array([1, 0]), level, voicing)
        assert found.tolist() == [[1, 2, 3], [0, 4, 6]]
        # one control too few: the first one chooses
        found = matching.find_controls(np.array([1, 0]), level[:5], voicing[:5])
        assert found.tolist() == [[1, 2, 3]]

    def test_features_without_spread_and_too_few_other_windows(self):
        alike = np.zeros(6)
        controls = matching.find_controls(np.arange(4), alike, alike)
        assert controls.tolist() == [[0, 4, 4], [1, 5, 5]]
        assert (matching.draw_controls(controls, alike, 50, 1, "a") == [4, 5]).all()
        assert matching.draw_controls(controls, alike, 0, 1, "a").shape == (0, 2)
        for chosen in (np.arange(6), np.arange(0)):
            controls = matching.find_controls(chosen, alike, alike)
            assert matching.draw_controls(controls, alike, 5, 1, "a").shape == (5, 0)

    @pytest.mark.parametrize("noise", [2.0, 4.0, 8.0])
    def test_levels_agree_however_loud_the_chosen_windows_are(self, rng, noise):
        """The rule that it replaced left chosen windows louder by several dB."""
        new, old = [], []
        for clip in range(800):
            chosen, level, voicing = windows_of(rng, noise)
            far = nearest_however_far(chosen, level, voicing, 20, rng)
            old.append(level[chosen].mean() - level[far].mean())
            controls = matching.find_controls(chosen, level, voicing)
            if len(controls):
                near = matching.draw_controls(controls, level, 20, 1, str(clip))
                new.append(level[controls[:, 0]].mean() - level[near].mean())
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
                controls = matching.find_controls(chosen, level, voicing)
                drawn = matching.draw_controls(controls, level, 20, 1, f"{corpus}/{clip}")
                paired = values[controls[:, 0]].mean(axis=0) if len(controls) else np.nan
                matched = values[drawn].mean(axis=(0, 1)) if len(controls) else np.full(30, np.nan)
                near.append(paired - matched)
                speakers.append(f"s{clip % 15}")
            p += list(permutation.sign_flip(np.array(near), speakers, Resampling(500, 1)))
            before += list(permutation.sign_flip(np.array(far), speakers, Resampling(500, 1)))
        assert np.isfinite(p).all()
        # 600 tests, of which those of a corpus share its pairs: at most 5 % and three standard errors
        assert np.mean(np.array(p) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
        assert np.mean(np.array(before) < 0.05) > 0.8

    def test_windows_chosen_for_their_loudness_alone_have_no_mates(self, rng):
        decibel = rng.uniform(-60, -20, (4, 140))
        values = {"a": 10 ** (decibel / 10)}
        table = extract(maps(values), spectrograms({"a": decibel}), CORRECTED, 30, 1)
        assert set(table["region"]) == {"loudest", "full", "rest", "random", "salient"}

    def test_draws_depend_on_seed_and_clip_alone(self):
        level = np.array([0.0, -1.0, 1.0, 30.0, 29.0, 31.0])
        controls = matching.find_controls(np.array([0, 3]), level, np.zeros(6))
        one, again, other = (matching.draw_controls(controls, level, 20, 1, clip) for clip in "aab")
        assert (one == again).all() and not (one == other).all()
        assert (matching.draw_controls(controls, level, 5, 1, "a") == one[:5]).all()

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
        paired, matched = regions["salient_matched"], regions["control"]
        assert len(paired) > 12 and (paired["draw"] == 0).all()
        both = paired.reset_index()[place].merge(regions["salient"].reset_index()[place])
        assert len(both) == len(paired)
        for clip in set(paired.index):
            ranks = paired.loc[[clip], "rank"].tolist()
            assert ranks == list(range(1, len(ranks) + 1))
            drawn = matched.loc[[clip]].groupby("draw")["rank"].apply(list)
            assert len(drawn) == 25 and all(row == ranks for row in drawn)
        assert set(matched.index) == set(paired.index)

    def test_the_calipers_are_those_that_the_list_of_results_names(self):
        text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
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
        matched = table[table["region"] == "control"]
        assert len(matched) == 200
        assert (matched["start_s"].round(3) == 0.95).all()
