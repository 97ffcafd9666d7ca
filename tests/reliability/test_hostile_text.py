"""File names and labels that are markup, formulas or commands: shown as text wherever they land."""

import csv
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from made_corpora import build
from sercues.core import render, tables
from sercues.segments import snippets

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+x", "=cmd|' /C calc'!A0"]
HARMLESS = ["a=1", "a\rb", "", "'", "'a", " =1", "1-2", "–", "−3", "ä", "a\n=1", '"=1"']
NAMES = [
    "=1+1.wav",
    "+sum.wav",
    "-rf.wav",
    "@here.wav",
    "<script>alert(1)</script>.wav".replace("/", "_"),
    "' OR 1=1 --.wav",
    '"quoted".wav',
    "a,b;c.wav",
    "$HOME `id` $(id).wav",
    "line\nbreak.wav",
    "ünï 中 🙂.wav",
    "%s%d{0}.wav",
    "back\\slash.wav",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
repeatable = settings(deadline=None, derandomize=True)


def manifest_of(texts: list[str]) -> pd.DataFrame:
    """A table `manifest` with these texts wherever a file name or a user's list puts text."""
    frame = tables.empty("manifest").reindex(range(len(texts)))
    names = [f"{number:03d}" for number in range(len(texts))]
    frame["clip_id"], frame["duration_s"], frame["level_dbfs"] = names, 1.5, -26.25
    frame["sample_rate"], frame["channels"] = 16000, 1
    for column in ("path", "speaker", "text"):
        frame[column] = texts
    return frame.assign(excluded=False)


@pytest.fixture
def written(tmp_path):
    """Rows of a manifest of hostile texts, as a spreadsheet would read its CSV file."""
    path = tmp_path / "manifest.csv"
    tables.write(manifest_of(FORMULAS + HARMLESS), path, "manifest")
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_no_cell_of_text_is_a_formula_and_all_others_are_as_they_were(written):
    for text, row in zip(FORMULAS + HARMLESS, written, strict=True):
        for column in ("path", "speaker", "text"):
            shown = "'" + text if text in FORMULAS else text
            assert row[column] == shown.replace("\r", "\n")
            assert not re.match(r"[=+\-@\t\r\n]", row[column])


def test_numbers_stay_numbers(written):
    for row in written:
        assert float(row["level_dbfs"]) == -26.25 and float(row["duration_s"]) == 1.5


@repeatable
@given(st.lists(TEXT | st.sampled_from(FORMULAS), min_size=1, max_size=5))
def test_one_apostrophe_less_is_the_text_again(texts):
    frame = pd.DataFrame({"text": texts, "number": -1.5})
    made = tables._inert(frame)
    assert not made["text"].str.match(r"[=+\-@\t\r\n]").any()
    back = [re.sub(rf"^'(?={tables.FORMULA})", "", text) for text in made["text"]]
    assert back == [text.replace("\r", "\n") for text in texts] and made["number"].eq(-1.5).all()


# --- file names of recordings -------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """A folder with clips of every hostile name, and one of CREMA-D."""
    rng = np.random.default_rng(0)
    root = tmp_path / "corpus"
    root.mkdir()
    for name in [*NAMES, "1001_DFA_ANG_XX.wav"]:
        soundfile.write(root / name, 0.05 * rng.standard_normal(8000), 16000)
    return root


def test_hostile_names_are_rows_with_a_reason_and_inert_in_csv(folder, tmp_path):
    manifest = build("crema_d", folder, 1.0)
    assert set(manifest["path"]) == {*NAMES, "1001_DFA_ANG_XX.wav"}
    assert manifest["excluded"].sum() == len(NAMES)
    path = tmp_path / "excluded.csv"
    tables.write(manifest[manifest["excluded"]], path, "manifest")
    with path.open(newline="", encoding="utf-8") as stream:
        cells = [cell for row in csv.DictReader(stream) for cell in (row["path"], row["clip_id"])]
    assert len(cells) == 2 * len(NAMES)
    assert not [cell for cell in cells if re.match(r"[=+\-@\t\r\n]", cell)]


def test_a_list_may_give_hostile_names_their_labels(folder, tmp_path):
    rows = [{"path": name, "speaker": name, "emotion": "sad"} for name in NAMES]
    pd.DataFrame(rows).to_csv(folder / "manifest.csv", index=False)
    manifest = build("manifest", folder, 0.0)
    assert not manifest["excluded"].any() and len(manifest) == len(NAMES)
    assert set(manifest["speaker"]) == set(NAMES)


def test_snippets_of_hostile_names_stay_in_their_folder(folder, tmp_path):
    names = [*NAMES, "../up.wav", "..", "a/../../b", ".hidden", "CON", "x" * 200]
    made = [snippets.snippet_name(name, 0, 1, "predicted_label", 1) for name in names]
    assert len(set(made)) == len(names)
    for name in made:
        assert "/" not in name and "\\" not in name and len(name.encode()) < 255
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()


@repeatable
@given(TEXT, TEXT)
def test_two_clips_never_share_a_snippet(first, second):
    names = [snippets.snippet_name(clip, 0, 1, "predicted_label", 1) for clip in (first, second)]
    assert (names[0] == names[1]) == (first == second)
    assert re.fullmatch(r"[A-Za-z0-9._~-]*_fold0_seed1_predicted_label_1\.wav", names[0])


# --- pages --------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Collects tags and the text of cells."""

    def __init__(self):
        super().__init__()
        self.tags, self.cells = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


VISIBLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@repeatable
@given(st.lists(VISIBLE, min_size=2, max_size=4), VISIBLE)
def test_any_text_in_html_is_text(cells, title):
    reader = Reader()
    table = render.Table("c", ["h"] * len(cells), [cells], n_texts=1)
    reader.feed(render.Page(title, [table]).html())
    assert reader.tags.count("td") == len(cells)
    assert "script" not in reader.tags and reader.tags.count("tr") == 2
    shown = reader.cells[len(cells) :]
    assert [cell.rstrip("\n") for cell in shown] == [cell.rstrip("\n") for cell in cells]


@repeatable
@given(TEXT, TEXT)
def test_any_text_in_markdown_keeps_its_columns(first, second):
    table = render.Table("c", ["a", "b"], [[first, second]], n_texts=2)
    text = render.Page("t", [table]).markdown()
    lines = text.split("\n")
    assert len(lines) == 6
    unescaped = re.sub(r"\\.", "", lines[4])
    assert unescaped.count("|") == 3 and "<" not in unescaped and "`" not in unescaped


@repeatable
@given(TEXT)
def test_any_text_in_latex_is_escaped(text):
    made = render.escape_latex(text)
    plain = re.sub(r"\\text\w+\{\}|\\[{}$&#%_]|\$\\\w+\$|\$-\$", "", made)
    assert not re.search(r"[\\{}$&#%_~^<>|\n]", plain)
