"""The confusion matrix: counts, classes without clips, intervals."""

import numpy as np

from drawn_tables import EMOTIONS, accuracy, predictions, texts
from sercues.figures import confusion


def test_confusion_counts_clips_and_leaves_out_classes_without_any():
    figure = confusion.confusion(predictions(), accuracy(), "title")
    found = texts(figure)
    assert found.count("50 %\n1") == 6
    assert found.count("0") >= 3
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == EMOTIONS
    assert "angry (2)" in found
    assert "nobody's" not in found
    assert "accuracy 50.0 % [40.0, 60.0], UAR 50.0 % [40.0, 60.0]\n6 clips, 7 speakers" in found


def test_confusion_without_intervals_and_with_seeds():
    figure = confusion.confusion(predictions(seeds=(1, 2)), accuracy(low=np.nan), "title")
    assert "accuracy 50.0 %, UAR 50.0 %\n6 clips, 7 speakers, 12 predictions" in texts(figure)


def test_confusion_of_a_class_that_is_predicted_but_never_true():
    rows = predictions()
    figure = confusion.confusion(rows[rows["true_emotion"] != "sad"], accuracy(), "title")
    found = texts(figure)
    assert "sad (0)" in found
    assert "nan" not in " ".join(found)
