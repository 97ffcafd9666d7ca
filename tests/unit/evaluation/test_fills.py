"""Fills: what occluded windows hold."""

import numpy as np
import pandas as pd
import pytest

from sercues.evaluation import fills

FLOOR = -80.0
SPEECH = (20, 80)


@pytest.fixture
def clip():
    """Speech between soft margins, then padding: 16 bands, 120 frames."""
    rng = np.random.default_rng(1)
    log_mel = rng.normal(-60, 1, (16, 120)).astype(np.float32)
    tilt = np.linspace(0, -20, 16)[:, None]
    log_mel[:, 20:80] = rng.normal(-20, 5, (16, 60)) + tilt
    log_mel[:, 100:] = FLOOR
    return log_mel


def filled(name, clip, seed=1, clip_id="a"):
    row = {"log_mel": clip, "speech_start_frame": SPEECH[0], "speech_end_frame": SPEECH[1]}
    return fills.fill_of(name, pd.Series(row, name=clip_id), FLOOR, seed)


def test_each_fill_holds_what_its_name_says(clip):
    assert (filled("floor", clip) == FLOOR).all()
    np.testing.assert_allclose(filled("mean", clip), clip.mean(), rtol=1e-5)
    spoken = filled("speech_mean", clip)
    np.testing.assert_allclose(spoken.std(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(spoken[:, 0], clip[:, 20:80].mean(axis=1), rtol=1e-5)
    assert {filled(name, clip).shape for name in fills.FILLS} == {clip.shape}
    assert {filled(name, clip).dtype for name in fills.FILLS} == {np.dtype("float32")}
    with pytest.raises(ValueError, match="loudest"):
        filled("loudest", clip)


def test_background_consists_of_whole_frames_of_the_quietest_tenth(clip):
    quiet = fills.background_frames(clip, FLOOR)
    # of 100 frames with sound; padding is quieter and does not count
    assert len(quiet) == 10 and (quiet < 100).all()
    level = clip.mean(axis=0)
    assert level[quiet].max() <= np.delete(level[:100], quiet).min()
    drawn = filled("background", clip)
    columns = {clip[:, index].tobytes() for index in quiet}
    assert {drawn[:, index].tobytes() for index in range(120)} == columns


def test_background_depends_on_seed_and_clip_only(clip):
    first = filled("background", clip)
    assert np.array_equal(first, filled("background", clip))
    assert not np.array_equal(first, filled("background", clip, seed=2))
    assert not np.array_equal(first, filled("background", clip, clip_id="b"))


def test_a_clip_with_little_background_takes_the_softest_of_what_it_has(clip):
    spoken = clip[:, 20:80]
    quiet = fills.background_frames(spoken, FLOOR)
    # a tenth would be six frames
    assert len(quiet) == fills.FEWEST
    assert len(fills.background_frames(spoken[:, :4], FLOOR)) == 4
    silent = np.full_like(clip, FLOOR)
    assert len(fills.background_frames(silent, FLOOR)) == 0
    assert (filled("background", silent) == FLOOR).all()
