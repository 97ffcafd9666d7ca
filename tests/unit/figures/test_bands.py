"""Figures of the EmoLIME study: true edges, published labels."""

import numpy as np
import pandas as pd
import pytest

from known_bands import RATE, explanation, noise
from sercues.emolime.bands import edges
from sercues.figures import style
from sercues.figures.bands import Clip, clips, profiles


def test_the_figure_of_clips_has_true_edges_beside_the_published_labels(tmp_path):
    bands, check = explanation()
    clip = Clip(noise(), RATE, bands, pd.Series(check))
    figure = clips([clip, clip], "title", "log_odds")
    left, right = figure.axes[:2]
    shown = [label.get_text() for label in left.get_yticklabels()]
    assert shown[:3] == ["0.00", "0.38", "0.75"] and shown[-1] == "8.00"
    assert "log-odds" in right.get_xlabel()
    labels = [text.get_text() for axis in right.child_axes for text in axis.get_yticklabels()]
    assert labels[0] == "0–1" and labels[-1] == "7–8"
    style.save(figure, tmp_path / "a.png")
    again = clips([clip, clip], "title", "log_odds")
    style.save(again, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_without_clips_the_figure_says_so():
    figure = clips([], "title", "log_odds")
    assert figure.get_supxlabel() == "No clip was explained."


# the second is a classifier of the published figure, too
@pytest.mark.parametrize("classifier", ["resnet", "compare"])
def test_the_figure_of_profiles_shows_ours_and_theirs_at_their_frequencies(classifier):
    limits = edges("mel", 4, 8000)
    rows = [
        {"corpus": corpus, "classifier": classifier, "emotion": "sad", "part": part,
         "low_hz": limits[part], "high_hz": limits[part + 1], "value": part, "ci_low": part - 1,
         "ci_high": part + 1}
        for corpus in ("crema_d", "tess") for part in range(4)
    ]  # fmt: skip
    published = pd.DataFrame(
        [("emodb", "compare", "sad", part, 0.1 * part) for part in range(8)],
        columns=["corpus", "classifier", "emotion", "part", "weight"],
    )
    figure = profiles(pd.DataFrame(rows), published, "log_odds")
    ours, theirs = figure.axes
    assert [len(line.get_xdata()) for line in ours.get_lines()[1:]] == [4, 4]
    np.testing.assert_allclose(theirs.get_lines()[1].get_ydata(), 0.1 * np.arange(8))
    # what the published plots call their bands stands over their rows, and only there
    names = [
        [t.get_text() for x in ax.child_axes for t in x.get_xticklabels()] for ax in (ours, theirs)
    ]
    assert names == [[], [f"{i}–{i + 1}" for i in range(8)]]
    # eight bands end where four do
    assert theirs.get_lines()[1].get_xdata()[-1] > ours.get_lines()[1].get_xdata()[-1]
