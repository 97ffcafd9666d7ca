"""Our measures of explanations against those of Quantus (Hedström et al. 2023, JMLR 24), the field's
library, where both measure the same: windows that tile the clip, maps that are constant in each.
"""

import numpy as np
import pytest
import torch

from sercues.classifiers import resnet
from sercues.evaluation import faithfulness, perturbation
from sercues.segments import windows

quantus = pytest.importorskip("quantus", exc_type=ImportError)

pytestmark = pytest.mark.usefixtures("one_thread")

N_MELS, WINDOW, N_WINDOWS = 16, 5, 8
FRAMES = N_WINDOWS * WINDOW
FLOOR, TARGET = -2.0, 1
GRID = windows.grid(WINDOW, (0, FRAMES), FRAMES, True)
PLAIN = {"abs": False, "normalise": False, "disable_warnings": True}


@pytest.fixture
def clips():
    """Five clips (5, 1, n_mels, frames)."""
    draws = np.random.default_rng(2).normal(size=(5, 1, N_MELS, FRAMES))
    return np.maximum(draws, FLOOR).astype(np.float32)


@pytest.fixture
def scores():
    """Scores of the windows of five clips, none of them equal."""
    return np.random.default_rng(3).permutation(5 * N_WINDOWS).reshape(5, -1).astype(float)


@pytest.fixture
def network():
    torch.manual_seed(1)
    network = resnet.ResNet(3).train()
    with torch.no_grad():
        network(torch.randn(16, 1, N_MELS, FRAMES))
    return network.eval()


def spread(per_window: np.ndarray) -> np.ndarray:
    """Windows' values (clips, n_windows) as maps (clips, 1, n_mels, frames)."""
    return np.repeat(per_window[:, None], N_MELS, axis=1).repeat(WINDOW, axis=2)[:, None]


def test_deletion_is_quantus_pixel_flipping_by_whole_windows(network, clips, scores):
    flipping = quantus.PixelFlipping(
        features_in_step=N_MELS * WINDOW, perturb_baseline=FLOOR, **PLAIN
    )
    curves = flipping(
        network, clips, np.full(len(clips), TARGET), spread(scores), softmax=True, device="cpu"
    )
    for clip, own, curve in zip(clips, scores, curves, strict=True):
        covered = perturbation.WindowSets(network, torch.from_numpy(clip)[None], GRID, FLOOR)
        order = windows.top_k(own, N_WINDOWS, positive_only=False)
        ours = faithfulness.probability(covered.logits(perturbation.deletion(order)), TARGET)
        # Quantus leaves out the bare clip
        np.testing.assert_allclose(ours[1:], curve, atol=1e-6)
        assert np.ptp(ours) > 1e-3


def test_pointing_is_that_of_quantus(network, clips, scores):
    planted = np.zeros((len(clips), N_WINDOWS), bool)
    planted[:, 2:5] = True
    given = (network, clips, np.full(len(clips), TARGET), spread(scores), spread(planted))
    pointing = quantus.PointingGame(**PLAIN)(*given, device="cpu")
    best = [windows.top_k(own, 1, positive_only=False)[0] for own in scores]
    assert [bool(inside[b]) for b, inside in zip(best, planted, strict=True)] == list(
        map(bool, np.ravel(pointing))
    )
