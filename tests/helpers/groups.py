"""Two groups of clips, as the functions of the statistics take them."""

import numpy as np


def joined(first, first_speakers, second, second_speakers):
    """Values of both, whether each is of the first, and who speaks."""
    in_first = np.arange(len(first) + len(second)) < len(first)
    return np.concatenate([first, second]), in_first, [*first_speakers, *second_speakers]
