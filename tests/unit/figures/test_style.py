"""Figures of equal content have equal bytes, whatever the labels."""

import subprocess
import sys

import matplotlib
import pytest

from drawn_tables import SPREAD, WORKFLOW, Study, accuracy, cue_table, predictions, texts
from sercues.core import tables
from sercues.core.names import KEY
from sercues.figures import confusion, style
from sercues.figures.cues import deltas
from sercues.figures.examples import draw

HOSTILE = ["$\\frac$", "a_{b}<&>", "happy"]


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)


def all_figures(study):
    """A fresh figure of each kind, by name."""
    tables_2_and_3 = cue_table(), cue_table(empty=["sad"])
    return {
        "confusion": confusion.confusion(predictions(), accuracy(), "title"),
        "deltas": deltas(*tables_2_and_3, SPREAD, "title"),
        "examples": draw(study.examples()[:2], "title"),
    }


def test_equal_figures_have_equal_bytes_and_leave_no_style_behind(study, tmp_path):
    before = dict(matplotlib.rcParams)
    first = all_figures(study)
    for name, figure in first.items():
        ending = "png" if name == "examples" else "svg"
        style.save(figure, tmp_path / f"{name}_1.{ending}")
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "savefig.dpi": 20}):
        for name, figure in all_figures(study).items():
            ending = "png" if name == "examples" else "svg"
            style.save(figure, tmp_path / f"{name}_2.{ending}")
            one, two = ((tmp_path / f"{name}_{n}.{ending}").read_bytes() for n in (1, 2))
            assert one == two, name


def test_other_formats_are_refused_and_leave_no_file(tmp_path):
    with pytest.raises(ValueError, match="png or svg"):
        style.save(confusion.confusion(predictions(), accuracy(), "title"), tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())


def test_figures_of_tables_need_no_torch_and_no_soundfile():
    code = (
        f"import sys; sys.path.insert(0, {str(WORKFLOW / 'scripts')!r}); import sercues.figures.evaluation, sercues.figures.cues, sercues.figures.confusion; "
        "print(sorted({'torch', 'soundfile', 'opensmile'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_labels_are_drawn_as_they_are(tmp_path):
    """A lone or paired dollar sign would be mathematics, and an error or another text."""
    # of the hostile labels, only one is among the chosen emotions
    clips = Study(tmp_path, emotions=HOSTILE).examples()
    table = cue_table(HOSTILE, methods=["$m"])
    drawn = {
        "confusion": confusion.confusion(predictions(HOSTILE), accuracy(), "$1 & $2"),
        "deltas": deltas(table, table, SPREAD, "$1 & $2"),
        "examples": draw(clips, "$1 & $2"),
    }
    for name, figure in drawn.items():
        ending = "png" if name == "examples" else "svg"
        style.save(figure, tmp_path / f"{name}.{ending}")
        assert not any(text.get_parse_math() for text in figure.findobj(matplotlib.text.Text))
        if name != "examples":
            found = " ".join(texts(figure))
            assert all(label in found for label in HOSTILE)
    assert any("2_$x^1<_" in text for text in texts(drawn["examples"]))


def test_tables_are_read_by_the_columns_of_their_definitions():
    """The tables above are small; the columns that figures read must be in the definitions."""
    assert set(KEY) <= set(tables.columns("saliency"))
    assert set(cue_table().columns) == set(tables.columns("table"))
    assert set(accuracy().columns) == set(tables.columns("accuracy"))
    assert set(predictions().columns) == set(tables.columns("predictions"))
