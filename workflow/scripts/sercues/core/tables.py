"""Reading and writing Parquet tables against `workflow/schemas/tables.yaml`.

Every table of the workflow is written here: columns, types, missing values and ranges are checked,
rows are sorted by the table's key, and the file is written atomically.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, reduce
from operator import and_
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from sercues.core import files
from sercues.core.errors import refusing

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas" / "tables.yaml"

TYPES = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "float32": pa.float32(),
    "list<int>": pa.list_(pa.int64()),
    "list<float32>": pa.list_(pa.float32()),
    "list<string>": pa.list_(pa.string()),
}


NOT_PARQUET = ("cannot be read as a Parquet table", (pa.ArrowInvalid, OSError))
FORMULA = (
    r"'*[=+\-@\t\n]"  # start of a text that a spreadsheet computes, with any apostrophes before it
)


@cache
def definitions() -> dict:
    """All table definitions: ``{table: {"key": [...], "columns": {name: {...}}}}``."""
    return yaml.safe_load(SCHEMAS.read_text(encoding="utf-8"))


def columns(name: str) -> list[str]:
    """Column names of table `name`, in order."""
    return list(definitions()[name]["columns"])


def arrow_schema(name: str) -> pa.Schema:
    """Arrow schema of table `name`."""
    fields = definitions()[name]["columns"].items()
    return pa.schema([pa.field(column, TYPES[rule["type"]]) for column, rule in fields])


def empty(name: str) -> pd.DataFrame:
    """Table `name` without rows, with the right columns and types."""
    return arrow_schema(name).empty_table().to_pandas()


def of_rows(rows: list[dict], name: str) -> pd.DataFrame:
    """Table `name` from its rows, which may still lack columns; `empty` without rows."""
    return pd.DataFrame(rows) if rows else empty(name)


def stacked(parts: list[tuple[dict[str, str], pd.DataFrame]], name: str) -> pd.DataFrame:
    """One table `name` from those of several runs.

    Parameters
    ----------
    parts : list of (dict, pandas.DataFrame)
        The columns that identify a run, such as corpus, protocol and method, and its rows, to
        which these columns are added. Parts without rows do not affect types.
    name : str
        Key in ``workflow/schemas/tables.yaml``.

    Returns
    -------
    pandas.DataFrame
        The columns of `name` in order, without others. One that no part has is missing throughout,
        such as a q whose family is all runs.
    """
    filled = [rows.assign(**run) for run, rows in parts if len(rows)]
    table = pd.concat(filled, ignore_index=True) if filled else empty(name)
    return table.reindex(columns=columns(name))


def write(frame: pd.DataFrame, path, name: str) -> None:
    """Check `frame` against the definition of `name`, sort it by its key and write it atomically.

    Parameters
    ----------
    frame : pandas.DataFrame
        Exactly the columns of the definition, in any order.
    path : path-like
        Destination. The suffix ``.csv`` gives CSV, for people and other programs, any other
        Parquet, which the workflow reads. In CSV a text that a spreadsheet would take for a formula
        is prefixed with an apostrophe, and carriage returns become line feeds.
    name : str
        Key in ``workflow/schemas/tables.yaml``.

    Raises
    ------
    ValueError
        A column is missing, unknown, of the wrong type, holds a missing value where none is
        allowed or a value out of range, or the key is not unique.
    """
    table = checked(frame, name)
    with files.atomic_path(path) as part:
        if Path(path).suffix == ".csv":
            _inert(table.to_pandas()).to_csv(part, index=False, lineterminator="\n")
        else:
            pq.write_table(table, part, compression="zstd")


def _inert(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with an apostrophe before each text that a spreadsheet would compute."""
    # carriage returns would end the row, as the writer quotes only line feeds
    return _replaced(_replaced(frame, "\r", "\n"), rf"^(?={FORMULA})", "'")


def _replaced(frame: pd.DataFrame, pattern: str, by: str) -> pd.DataFrame:
    """`frame` with a replacement in its text columns."""
    frame = frame.copy()
    for column in frame.columns:
        # text columns with missing values have dtype object
        if pd.api.types.is_string_dtype(frame[column]) or frame[column].dtype == object:
            frame[column] = frame[column].replace(pattern, by, regex=True)
    return frame


@contextmanager
def writing(path, name: str):
    """Yield a function that appends a frame to the Parquet table `name`, one row group each.

    For tables too large for memory: frames must come in key order, each is checked separately, and
    the file appears if the block succeeds.
    """
    with (
        files.atomic_path(path) as part,
        pq.ParquetWriter(part, arrow_schema(name), compression="zstd") as writer,
    ):
        yield lambda frame: writer.write_table(checked(frame, name))


def checked(frame: pd.DataFrame, name: str) -> pa.Table:
    """`frame` as an Arrow table sorted by key, after all checks of `write`."""
    definition = definitions()[name]
    expected = list(definition["columns"])
    if missing := [column for column in expected if column not in frame.columns]:
        raise ValueError(f"table '{name}': missing columns {missing}")
    if unknown := [column for column in frame.columns if column not in expected]:
        raise ValueError(f"table '{name}': unknown columns {unknown}")
    key = definition["key"]
    frame = frame[expected]
    if not ascends(frame, key):
        frame = frame.sort_values(key, kind="stable", ignore_index=True)
        if frame.duplicated(key).any():
            repeated = frame.loc[frame.duplicated(key), key].iloc[0].to_dict()
            raise ValueError(f"table '{name}': two rows share the key {repeated}")
    try:
        table = pa.Table.from_pandas(frame, arrow_schema(name), preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ValueError(f"table '{name}': {error}") from error
    for column, rule in definition["columns"].items():
        _check_column(table[column], f"table '{name}', column '{column}'", rule)
    # pandas metadata contains library versions; without it equal tables have equal bytes
    return table.replace_schema_metadata(None)


def ascends(frame: pd.DataFrame, key: list[str]) -> bool:
    """Whether rows are strictly increasing by `key`."""
    equal = np.ones(max(0, len(frame) - 1), bool)  # neighbouring rows that are equal so far
    for column in key:
        values = frame[column]
        if not pd.api.types.is_numeric_dtype(values):
            values = pd.Series(pd.factorize(values, sort=True)[0])
        before, after = values.to_numpy()[:-1], values.to_numpy()[1:]
        if (equal & (before > after)).any():
            return False
        equal &= before == after
    return not equal.any()


def _check_column(values: pa.ChunkedArray, where: str, rule: dict) -> None:
    if values.null_count and not rule.get("nullable", False):
        raise ValueError(f"{where}: {values.null_count} missing values")
    if "values" in rule:
        unique = pc.unique(values.drop_null()).to_pylist()
        if unknown := sorted(set(unique) - set(rule["values"])):
            raise ValueError(f"{where}: {unknown} not among {rule['values']}")
    if len(values) == values.null_count:
        return
    if "minimum" in rule and (low := pc.min(values).as_py()) < rule["minimum"]:
        raise ValueError(f"{where}: {low} below {rule['minimum']}")
    if "maximum" in rule and (high := pc.max(values).as_py()) > rule["maximum"]:
        raise ValueError(f"{where}: {high} above {rule['maximum']}")


def read(path, columns: list[str] | None = None, filters=None) -> pd.DataFrame:
    """Read a Parquet table as a DataFrame; `filters` as in `pyarrow.parquet.read_table`.

    Raises
    ------
    InputError
        The file cannot be read as Parquet.
    """
    with refusing(path, *NOT_PARQUET):
        # without reading ahead, which would hold most of the file in memory in a filtered read
        options = {"pre_buffer": False, "use_threads": False}
        return pq.read_table(path, columns=columns, filters=filters, **options).to_pandas()


def at(run: dict[str, str]) -> pc.Expression:
    """Filter for `read`: rows with these values by column, such as corpus and protocol."""
    return reduce(and_, (pc.field(column) == value for column, value in run.items()))


def isin(column: str, values: Iterable[str]) -> pc.Expression:
    """Filter for `read`: rows whose text in `column` is one of `values`."""
    wanted = sorted(set(values))
    # the type is needed for an empty list
    among = pc.field(column).isin(pa.array(wanted, pa.string()))
    if not wanted:
        return among
    # the range skips row groups of a sorted file that hold none of them
    return (pc.field(column) >= wanted[0]) & (pc.field(column) <= wanted[-1]) & among


def batches(
    path, rows: int, columns: list[str] | None = None, whole: list[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Read a Parquet table in batches, for tables too large for memory.

    Parameters
    ----------
    path : path-like
    rows : int
        Approximate size of a batch.
    columns : list of str, optional
        Only these columns.
    whole : list of str, optional
        Columns the table is sorted by: rows that agree in them stay in one batch, which may then
        exceed `rows`.

    Raises
    ------
    InputError
        The file cannot be read as Parquet.
    """
    rest = None
    with refusing(path, *NOT_PARQUET), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(rows, columns=columns):
            frame = batch.to_pandas()
            if rest is not None:
                frame = pd.concat([rest, frame], ignore_index=True)
                rest = None
            if whole:
                last = (frame[whole] == frame[whole].iloc[-1]).all(axis=1)
                frame, rest = frame[~last], frame[last]
            if len(frame):
                yield frame
    if rest is not None:
        yield rest


def regrouped(frames: Iterable[pd.DataFrame], rows: int) -> Iterator[pd.DataFrame]:
    """The rows of `frames` in frames of `rows` rows; the last may be shorter."""
    rest = None
    for frame in frames:
        rest = frame if rest is None else pd.concat([rest, frame], ignore_index=True)
        while len(rest) >= rows:
            yield rest.iloc[:rows]
            rest = rest.iloc[rows:]
    if rest is not None and len(rest):
        yield rest


def publish(frame: pd.DataFrame, name: str, page, output) -> None:
    """Write a table and its page in every format that a job has an output for.

    Parameters
    ----------
    frame, name
        As in `write`.
    page : render.Page
        The table for readers.
    output : snakemake.iocontainers.OutputFiles
        Paths by format, all optional: csv and parquet of the table; markdown, html and latex of
        the page.
    """
    for suffix in ("csv", "parquet"):
        if path := output.get(suffix):
            write(frame, path, name)
    for markup in ("markdown", "html", "latex"):
        if path := output.get(markup):
            files.write_text(getattr(page, markup)(), path)
