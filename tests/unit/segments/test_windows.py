"""Laws of windows and of the choice among them."""

import numpy as np
import pytest

from made_segments import CORRECTED
from sercues.segments.regions import build
from sercues.segments.windows import grid, score, top_k


class TestWindows:
    def test_published_grid_keeps_padding_and_a_short_last_window(self):
        windows = grid(10, (33, 47), n_total=134, inside_speech=False)
        assert len(windows) == 14
        assert windows[-1].tolist() == [130, 134]

    def test_negative_relevance_counts_as_zero(self):
        relevance = np.zeros((2, 20))
        relevance[0, 3], relevance[1, 4], relevance[1, 12] = 2.0, -5.0, 1.0
        scores = score(relevance, grid(10, (0, 20), 20, True), True)
        assert scores.tolist() == [2.0, 1.0]

    def test_published_scores_drop_cells_below_the_mean(self):
        # the 0.5 and the −7 count as zero, the short last window is not made up for
        relevance = np.ones((1, 25))
        relevance[0, [0, 1, 12, 24]] = 0.5, 8.5, -7.0, 2.0
        assert relevance.mean() == 1.0
        scores = score(relevance, grid(10, (0, 25), 25, False), False)
        assert scores.tolist() == [8.5 + 8, 9.0, 4 + 2.0]

    def test_published_scores_keep_small_negative_cells_of_a_negative_map(self):
        relevance = np.full((1, 20), -1.0)
        relevance[0, :10] = -3.0
        scores = score(relevance, grid(10, (0, 20), 20, False), False)
        assert scores.tolist() == [0.0, -10.0]

    def test_scores_are_sums_of_their_cells(self, rng):
        relevance = rng.standard_normal((8, 47))
        scores = score(relevance, grid(10, (0, 47), 47, True), True)
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
            build(relevance, relevance, 20, "a", CORRECTED, 1, 1, None)
