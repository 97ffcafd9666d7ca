"""Tables are checked on write, sorted, and appear whole or not at all."""

import numpy as np
import pandas as pd
import pytest

from sercues.core import files, tables
from sercues.core.errors import InputError
from sercues.core.render import Page, Text


def history(n=3):
    return pd.DataFrame(
        {
            "epoch": np.arange(n, 0, -1),
            "learning_rate": 1e-3,
            "train_loss": 1.0,
            "validation_loss": 1.0,
            "validation_accuracy": 0.5,
            "validation_uar": 0.5,
            "chosen": [True] + [False] * (n - 1),
        }
    )


def test_rows_come_back_sorted_and_typed(tmp_path):
    tables.write(history(), tmp_path / "h.parquet", "history")
    back = tables.read(tmp_path / "h.parquet")
    assert back["epoch"].tolist() == [1, 2, 3]
    assert list(back.columns) == tables.columns("history")


def test_order_of_rows_and_columns_does_not_change_a_byte(tmp_path):
    frame = history(20)
    tables.write(frame, tmp_path / "a.parquet", "history")
    mixed = frame.sample(frac=1, random_state=0)[frame.columns[::-1]]
    tables.write(mixed, tmp_path / "b.parquet", "history")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def accuracies(**values):
    row = {"fold": "all", "seed": "all", "emotion": "all", "measure": "uar", "value": 0.5}
    row |= {"ci_low": 0.4, "ci_high": 0.6, "n_clips": 9, "n_speakers": 5}
    return pd.DataFrame([values | row])


def test_parts_of_runs_become_one_table_with_their_names_and_without_other_columns():
    runs = [{"corpus": corpus, "protocol": "corrected"} for corpus in "ba"]
    table = tables.stacked([(run, accuracies(other=1)) for run in runs], "accuracy")
    assert list(table.columns) == tables.columns("accuracy")
    assert table["corpus"].tolist() == ["b", "a"] and table.index.tolist() == [0, 1]
    # what no part has, such as a q over all of them
    alone = tables.stacked([({}, accuracies().drop(columns="ci_low"))], "accuracy")
    assert alone[["corpus", "ci_low"]].isna().all(axis=None)


def test_a_part_without_rows_leaves_types_and_rows_alone():
    run, nothing = {"corpus": "a", "protocol": "p"}, tables.of_rows([], "accuracy")
    one = tables.stacked([(run, accuracies())], "accuracy")
    both = tables.stacked([(run, nothing), (run, accuracies())], "accuracy")
    pd.testing.assert_frame_equal(both, one)
    for none in ([], [(run, nothing)]):
        pd.testing.assert_frame_equal(tables.stacked(none, "accuracy"), tables.empty("accuracy"))


def test_a_table_is_published_in_the_layouts_that_are_asked_for(tmp_path):
    page = Page("History", [Text("words")])
    paths = {"csv": tmp_path / "h.csv", "html": tmp_path / "h.html"}
    tables.publish(history(), "history", page, paths)
    assert {path.name for path in tmp_path.iterdir()} == {"h.csv", "h.html"}
    assert len(pd.read_csv(paths["csv"])) == 3
    assert paths["html"].read_text(encoding="utf-8") == page.html()


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda f: f.drop(columns="epoch"), "missing columns.*epoch"),
        (lambda f: f.assign(mood=1), "unknown columns.*mood"),
        (lambda f: f.assign(epoch=1), "two rows share the key"),
        (lambda f: f.assign(validation_uar=1.5), "validation_uar.*1.5 above 1"),
        (lambda f: f.assign(validation_uar=-0.5), "validation_uar.*below 0"),
        (lambda f: f.assign(train_loss=None), "train_loss.*missing"),
        (lambda f: f.assign(train_loss="much"), "history"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        tables.write(change(history()), tmp_path / "h.parquet", "history")
    assert not list(tmp_path.iterdir())


def test_values_outside_a_closed_set_are_refused():
    frame = pd.DataFrame({"clip_id": ["a"], "fold": [0], "part": ["exam"]})
    with pytest.raises(ValueError, match="exam"):
        tables.checked(frame, "splits")


def test_an_old_table_survives_a_failed_write(tmp_path):
    path = tmp_path / "h.parquet"
    tables.write(history(), path, "history")
    before = path.read_bytes()
    with pytest.raises(RuntimeError), files.atomic_path(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_table_written_in_pieces_is_the_same_table(tmp_path):
    frame = history(10).sort_values("epoch")
    with tables.writing(tmp_path / "h.parquet", "history") as append:
        append(frame.iloc[:4])
        append(frame.iloc[4:])
    whole = tables.checked(frame, "history").to_pandas()
    pd.testing.assert_frame_equal(tables.read(tmp_path / "h.parquet"), whole)


@pytest.mark.parametrize("name", sorted(tables.definitions()))
def test_every_definition_is_complete(name):
    definition = tables.definitions()[name]
    assert set(definition["key"]) <= set(definition["columns"])
    for rule in definition["columns"].values():
        assert rule["type"] in tables.TYPES and rule["description"]
    assert list(tables.empty(name).columns) == tables.columns(name)


def test_only_the_rows_asked_for_are_read_and_none_when_none_is_asked_for(tmp_path):
    table = tables.empty("descriptors").assign(clip_id=list("aabc"), frame=range(4))
    tables.write(table.assign(voiced=True).fillna(0.0), tmp_path / "t.parquet", "descriptors")
    for wanted, frames in (("ca", [0, 1, 3]), ("x", []), ((), [])):
        found = tables.read(tmp_path / "t.parquet", ["frame"], tables.isin("clip_id", wanted))
        assert found["frame"].tolist() == frames


# --- a piece at a time --------------------------------------------------------------------------


def test_batches_are_the_table_and_keep_together_what_agrees(tmp_path):
    sizes = [1, 7, 2, 5, 1, 1, 9]
    clips = [f"clip{i}" for i, size in enumerate(sizes) for _ in range(size)]
    frames = range(len(clips))
    table = tables.empty("descriptors").assign(clip_id=clips, frame=frames)
    table = table.assign(voiced=True).fillna(0.0)
    tables.write(table, tmp_path / "t.parquet", "descriptors")
    for rows in (1, 4, 100):
        columns = ["clip_id", "frame"]
        parts = list(tables.batches(tmp_path / "t.parquet", rows, columns, whole=["clip_id"]))
        together = pd.concat(parts, ignore_index=True)
        pd.testing.assert_frame_equal(together, tables.read(tmp_path / "t.parquet", columns))
        owners = [clip for part in parts for clip in part["clip_id"].unique()]
        assert len(owners) == len(set(owners)) == len(sizes)
        again = list(tables.regrouped(parts, 4))
        assert [len(part) for part in again] == [4] * 6 + [2]
        pd.testing.assert_frame_equal(pd.concat(again, ignore_index=True), together)
    assert len(list(tables.batches(tmp_path / "t.parquet", 1, whole=["clip_id"]))) == len(sizes)


def test_batches_of_an_empty_or_broken_table(tmp_path):
    tables.write(tables.empty("descriptors"), tmp_path / "t.parquet", "descriptors")
    assert list(tables.batches(tmp_path / "t.parquet", 10, whole=["clip_id"])) == []
    assert list(tables.regrouped([], 10)) == []
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match=r"broken\.parquet cannot be read"):
        list(tables.batches(tmp_path / "broken.parquet", 10))
