"""Laws that hold for any input: file names, time, windows, statistics, surrogates and parts."""

import math
import string

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sercues.audio import signal, spectrograms
from sercues.corpora import adapter, file_names, manifest
from sercues.corpora.labels import EMOTION_OUTSIDE, EMOTIONS, SONG
from sercues.emolime.bands import cut
from sercues.saliency import surrogate
from sercues.segments import matching, regions, windows
from sercues.stats import bootstrap, permutation
from sercues.stats.bootstrap import Resampling

repeatable = settings(deadline=None, derandomize=True, max_examples=60)
VALUES = st.floats(-100, 100).map(lambda value: round(value, 3))
NAMED = [name for name in adapter.names() if hasattr(adapter.of(name), "PATTERN")]


def parse(layout, path):
    """Labels of a file name in a layout."""
    found = adapter.of(layout)
    return file_names.parse(path, found.PATTERN, found.labels)


# --- file names ---------------------------------------------------------------------------------


@repeatable
@given(st.sampled_from(NAMED), st.text(max_size=40))
def test_any_name_gives_labels_or_a_reason(corpus, name):
    labels = parse(corpus, name)
    assert labels.reason or (labels.speaker and labels.emotion in EMOTIONS)


@repeatable
@given(st.sampled_from(NAMED), st.data())
def test_a_name_that_is_understood_is_so_in_any_folder_and_any_case(corpus, data):
    stem = data.draw(st.from_regex(adapter.of(corpus).PATTERN, fullmatch=True))
    assume(stem.isascii())
    folder = data.draw(st.text(string.ascii_letters + " -_'", min_size=1, max_size=8))
    labels = parse(corpus, f"{stem}.wav")
    assert labels.reason in (None, EMOTION_OUTSIDE, SONG)
    for other in (f"{folder}/{stem}.wav", f"{stem.upper()}.WAV", f"{stem.lower()}.flac"):
        assert parse(corpus, other) == labels


@repeatable
@given(st.lists(st.text(string.ascii_letters + "~23/", min_size=1), max_size=12))
def test_clip_ids_are_unique_whatever_the_paths(paths):
    ids = manifest.clip_ids([f"{path}.wav" for path in paths])
    assert len(set(ids)) == len(paths)


# --- time and windows ---------------------------------------------------------------------------

START, STEP = st.floats(0, 100), st.floats(0.001, 0.1)


@repeatable
@given(st.integers(0, 10000), START, STEP)
def test_a_later_frame_lies_at_a_later_second(frame, start, step):
    second = spectrograms.frame_to_second(frame, start, step)
    assert spectrograms.frame_to_second(frame + 1, start, step) > second


@repeatable
@given(st.integers(1, 40), st.integers(0, 200), st.integers(0, 200), st.integers(1, 400))
def test_windows_lie_whole_within_speech_and_cover_all_but_a_rest(window, first, length, more):
    total = first + length + more
    found = windows.grid(window, (first, first + length), total, inside_speech=True)
    assert len(found) == length // window
    assert (np.diff(found, axis=1) == window).all()
    if len(found):
        assert found[0, 0] == first and found[-1, 1] <= first + length
        assert (found[1:, 0] == found[:-1, 1]).all()
    whole = windows.grid(window, (first, first + length), total, inside_speech=False)
    assert whole[0, 0] == 0 and whole[-1, 1] == total and np.diff(whole, axis=1).sum() == total


@repeatable
@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 8), st.integers(0, 99))
def test_drawn_windows_are_distinct_and_matched_ones_are_others(count, k, draws, seed):
    k = min(k, count)
    drawn = regions.random_windows(count, k, draws, seed, "clip")
    assert drawn.shape == (draws, k) and all(len(set(row)) == k for row in drawn)
    chosen = drawn[0]
    rng = np.random.default_rng(seed)
    level, voicing = rng.normal(0, 3, count), rng.random(count)
    controls = matching.find_controls(chosen, level, voicing)
    # in the order in which they were chosen, which is that of their ranks
    assert controls[:, 0].tolist() == [window for window in chosen if window in controls[:, 0]]
    assert len(controls) <= count - k
    matched = matching.draw_controls(controls, level, draws, seed, "clip")
    assert matched.shape == (draws, len(controls))
    assert all(len(set(row)) == len(row) and not set(row) & set(chosen) for row in matched)
    apart = np.abs(level[matched] - level[controls[:, 0]])
    assert (apart <= matching.LEVEL_CALIPER_DB + 1e-6).all()
    apart = np.abs(voicing[matched] - voicing[controls[:, 0]])
    assert (apart <= matching.VOICING_CALIPER + 1e-6).all()


@repeatable
@given(
    arrays(np.float32, st.integers(1, 4000), elements=st.floats(-1, 1, width=32)),
    st.sampled_from([8000, 16000, 24414, 96000]),
    st.sampled_from(["energy", "first_interval"]),
)
def test_speech_lies_within_the_recording_whatever_it_is(samples, rate, kind):
    start, end = signal.find_speech(samples, rate, kind, 40, 6)
    assert 0 <= start < end <= len(samples) / rate + 1e-9


@repeatable
@given(st.integers(1, 4000), st.sampled_from([8000, 11025, 24414, 44100, 96000]))
def test_resampling_keeps_the_duration(n_samples, rate):
    found = signal.resample(np.ones(n_samples, np.float32), rate, 16000)
    assert len(found) == math.ceil(n_samples * 16000 / rate)


# --- statistics ---------------------------------------------------------------------------------


@st.composite
def clips(draw):
    """Values of clips, with their speakers, of six speakers at least."""
    speakers = list("ABCDEF") + draw(st.lists(st.sampled_from("ABCDEFGH"), max_size=20))
    values = draw(st.lists(VALUES, min_size=len(speakers), max_size=len(speakers)))
    return np.array(values)[:, None], np.array(speakers)


@repeatable
@given(clips(), st.integers(0, 2**31))
def test_the_order_of_clips_and_the_names_of_speakers_change_nothing(data, seed):
    values, speakers = data
    order = np.random.default_rng(seed).permutation(len(values))
    renamed = np.char.add("speaker ", speakers)
    one = bootstrap.means(values, speakers, Resampling(200, 1))[0]
    assert bootstrap.means(values[order], speakers[order], Resampling(200, 1))[0] == one
    assert bootstrap.means(values, renamed, Resampling(200, 1))[0] == one
    p = permutation.sign_flip(values, speakers, Resampling(100, 1))
    assert np.array_equal(
        permutation.sign_flip(values[order], speakers[order], Resampling(100, 1)), p
    )


@repeatable
@given(clips(), st.floats(-50, 50).map(lambda shift: round(shift, 2)), st.sampled_from([0.5, 2, 4]))
def test_intervals_move_and_stretch_with_their_values(data, shift, factor):
    values, speakers = data
    one = bootstrap.means(values, speakers, Resampling(200, 1))[0]
    other = bootstrap.means(values * factor + shift, speakers, Resampling(200, 1))[0]
    expected = [end * factor + shift for end in one[:3]]
    assert list(other[:3]) == pytest.approx(expected, abs=1e-6)
    assert one.low <= one.high


@repeatable
@given(clips(), st.sampled_from([0.25, 2, 8]))
def test_p_of_sign_flips_knows_no_sign_and_no_scale(data, factor):
    values, speakers = data
    p = permutation.sign_flip(values, speakers, Resampling(300, 1))[0]
    assert 0 < p <= 1
    assert permutation.sign_flip(-values, speakers, Resampling(300, 1))[0] == p
    assert permutation.sign_flip(values * factor, speakers, Resampling(300, 1))[0] == p


@repeatable
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_is_no_smaller_than_p_and_keeps_its_order(p):
    p = np.array(p)
    q = permutation.false_discovery_rate(p)
    assert (q >= p - 1e-12).all() and (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-12).all()


# --- surrogates ---------------------------------------------------------------------------------


@st.composite
def scores(draw):
    """A score of every mask of one to five parts."""
    n_parts = draw(st.integers(1, 5))
    return n_parts, np.array(draw(st.lists(VALUES, min_size=2**n_parts, max_size=2**n_parts)))


@repeatable
@given(scores())
def test_shapley_values_share_out_the_whole_score(found):
    score = found[1]
    values = surrogate.shapley(score)
    assert values.sum() == pytest.approx(score[-1] - score[0], abs=1e-6)
    assert surrogate.shapley(-score) == pytest.approx(-values)
    assert surrogate.shapley(score + 7) == pytest.approx(values, abs=1e-6)


@repeatable
@given(scores(), st.randoms(use_true_random=False))
def test_weights_follow_their_parts_when_these_change_places(found, random):
    n_parts, score = found
    order = list(range(n_parts))
    random.shuffle(order)
    masks = surrogate.all_masks(n_parts)
    moved = score[surrogate.packed(masks[:, np.argsort(order)])]
    assert surrogate.shapley(moved) == pytest.approx(surrogate.shapley(score)[order], abs=1e-6)
    one, other = (surrogate.fit(masks, s, surrogate.kernel(masks)) for s in (score, moved))
    assert other.weights == pytest.approx(one.weights[order], abs=1e-6)


@repeatable
@given(st.integers(1, 12), st.integers(2, 300), st.integers(0, 99))
def test_masks_have_one_number_each_and_back(n_parts, count, seed):
    masks = surrogate.drawn_masks(n_parts, count, seed)
    numbers = surrogate.packed(masks)
    assert len(set(numbers.tolist())) == len(masks) == min(count, 2**n_parts)
    assert {0, 2**n_parts - 1} <= set(numbers.tolist())
    assert np.array_equal(surrogate.unpacked(numbers, n_parts), masks)


@repeatable
@given(scores(), st.integers(0, 99))
def test_deleting_an_order_is_inserting_it_backwards(found, seed):
    n_parts, score = found
    order = np.random.default_rng(seed).permutation(n_parts)
    deleted = surrogate.curve(score, order, insert=False)
    assert np.array_equal(deleted, surrogate.curve(score, order[::-1], insert=True)[::-1])
    assert deleted[0] == score[-1] and deleted[-1] == score[0]


# --- parts --------------------------------------------------------------------------------------


@repeatable
@given(
    st.integers(2048, 9000),
    st.sampled_from([8000, 11025, 16000]),
    st.sampled_from(["mel", "linear", "octave", [300.0, 1000.0, 3000.0, 9000.0]]),
    st.integers(1, 9),
    st.sampled_from(["sharp", "mel"]),
    st.integers(1, 4),
)
def test_parts_sum_to_the_recording_and_their_edges_join(n, rate, scale, count, shape, pieces):
    samples = np.random.default_rng(n).uniform(-0.5, 0.5, n).astype(np.float32)
    block = {"scale": scale, "n_bands": count, "shape": shape, "time_bins": pieces}
    found = cut(samples, rate, block)
    assert np.abs(found.signals.sum(axis=0) - samples).max() < 1e-5
    assert np.allclose(found.mixtures(np.ones((1, len(found))))[0], samples, atol=1e-5)
    bands = len(found) // pieces
    assert found.low_hz[0] == 0 and found.high_hz.max() == pytest.approx(rate / 2)
    assert np.array_equal(found.low_hz[1:bands], found.high_hz[: bands - 1])
    assert (found.low_hz < found.high_hz).all() and (found.start_s < found.end_s).all()
