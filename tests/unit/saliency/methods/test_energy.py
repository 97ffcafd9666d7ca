"""Laws of the comparators: energy, and random maps."""

import numpy as np
import pytest

from made_networks import FRONT_END
from sercues.saliency import explain

pytestmark = pytest.mark.usefixtures("one_thread")


def test_energy_is_where_the_clip_is_loud_and_random_is_seeded_by_the_clip(
    network, inputs, targets
):
    loud = inputs.clone()
    loud[:, :, 3, 7] = 2.0
    maps = explain.explain_batch("energy", network, loud, targets, FRONT_END, {})
    np.testing.assert_allclose(maps.maps[:, 3, 7], 1, rtol=1e-6)
    assert maps.maps.max() == pytest.approx(1)
    one, again, other = (
        explain.explain_batch("random", network, clips, targets[:1], FRONT_END, {}).maps[0]
        for clips in (inputs[:1], inputs[:1], inputs[1:2])
    )
    np.testing.assert_array_equal(one, again)
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.2
