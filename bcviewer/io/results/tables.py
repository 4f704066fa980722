"""Reads one table file into NumPy columns, without pandas and without trusting the file.

Sizes are checked before anything is read: sixty kilobytes of Parquet can unpack to gigabytes.
pyarrow's own ``to_numpy`` is avoided, because it imports pandas (0.3 s).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from bcviewer.core.arrays import Array
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.errors import UserError
from bcviewer.io.files import TooLargeError, decode, failure, one_line, read_bytes

MOST_ROWS = 5_000_000
MOST_BYTES = 400_000_000
"""Of columns in memory: 1.6 million units with 31 columns."""
MOST_COLUMNS = 5000
_CSV_BYTES = 250_000_000
_INDEX = re.compile(r"__index_level_\d+__|Unnamed: 0|")
_SEP_LINE = re.compile(rb"sep=[,;\t]\r?\n", re.IGNORECASE)
"""First line by which spreadsheets say what separates the fields."""
_DECIMAL_COMMA = re.compile(rb"(?:^|[;\n])\"?[+-]?\d+,\d+\"?(?=[;\r\n])")
_ERRORS = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError)


@dataclass(frozen=True, slots=True, eq=False)
class TableFile:
    """A table as it was read.

    Attributes
    ----------
    columns : mapping of str to numpy.ndarray
        Numbers in the file's own precision (whole ones and flags with gaps: float64), or object
        (``str`` or None) arrays, shape (n_rows,), in the file's order.
    n_rows : int
        Number of rows.
    notes : tuple of str
        What was left out or repaired.
    """

    columns: Mapping[str, Array]
    n_rows: int
    notes: tuple[str, ...] = ()


def read_table(path: Path, *, text: tuple[str, ...] = ()) -> TableFile:
    """Read a Parquet, CSV or TSV file.

    Parameters
    ----------
    path : Path
        The file; its suffix says what it is.
    text : tuple of str
        Columns that hold text even if they look like numbers or are empty (CSV and TSV).

    Raises
    ------
    UserError
        The message is a reason without the file's name.
    TooLargeError
        If it would take more memory than a table of units can.
    """
    try:
        table, notes = _parquet(path) if path.suffix == ".parquet" else _csv(path, text)
        return _columns(table, notes)
    except _ERRORS as error:
        raise failure(error) from None


def read_record(path: Path) -> tuple[dict[str, object], int]:
    """Read the first row of a table as plain Python values (lists stay lists), and its length."""
    try:
        table, _ = _parquet(path) if path.suffix == ".parquet" else _csv(path, ())
        first = table.slice(0, 1)
        names = [name for name in first.column_names if not _INDEX.fullmatch(name)]
        row = {name: _plain(first.column(name)) for name in dict.fromkeys(names)}
        return row, table.num_rows
    except KeyError:
        raise UserError("damaged (two columns have one name)") from None
    except _ERRORS as error:
        raise failure(error) from None


def _plain(column: Any) -> object:
    if len(column) == 0 or pa.types.is_temporal(column.type):
        return None
    value: object = column[0].as_py()
    if value is None and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return float("nan")  # as pandas reads it, and so Bombcell: a flag that is NaN is on
    return value if isinstance(value, (bool, int, float, str, list)) else None


def _check_size(rows: int, columns: int, size: int = 0) -> None:
    if rows > MOST_ROWS:
        raise TooLargeError(f"{count_of(rows, 'row')}, more than any recording has units")
    if columns > MOST_COLUMNS:
        raise TooLargeError(f"{count_of(columns, 'column')}, more than Bombcell writes")
    if max(rows * columns * 8, size) > MOST_BYTES:
        raise TooLargeError(f"{rows:,} rows × {columns:,} columns, more than fits in memory")


def _parquet(path: Path) -> tuple[Any, list[str]]:
    # Read here, not by Arrow: its threads cannot be left alone where a drive does not answer.
    data = pa.py_buffer(read_bytes(path, 2 * MOST_BYTES))
    with pq.ParquetFile(pa.BufferReader(data), thrift_container_size_limit=500_000) as file:
        meta = file.metadata
        sizes = [meta.row_group(i).total_byte_size for i in range(meta.num_row_groups)]
        _check_size(meta.num_rows, meta.num_columns, sum(map(abs, sizes)))
        schema = file.schema_arrow
        text = [field.name for field in schema if _is_text(field.type)]
    # Text stays a dictionary: a million labels are seven strings, and a repeated long string
    # cannot grow to gigabytes.
    source = pa.BufferReader(data)
    with pq.ParquetFile(source, metadata=meta, read_dictionary=text, pre_buffer=False) as file:
        return file.read(use_threads=meta.num_rows > 10_000), []


def _is_text(kind: Any) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _csv(path: Path, text: tuple[str, ...]) -> tuple[Any, list[str]]:
    """Read a CSV or TSV in any of the encodings and styles that people's spreadsheets write."""
    data = read_bytes(path, _CSV_BYTES)
    data = decode(data).encode() if not data.isascii() else data
    data = _SEP_LINE.sub(b"", data.lstrip(b"\r\n"), count=1)
    header = data[: data.find(b"\n")] if b"\n" in data else data
    delimiter = _delimiter(header, b"\t" if path.suffix == ".tsv" else b",")
    commas = delimiter == b";" and _DECIMAL_COMMA.search(data) is not None
    _check_size(max(0, data.count(b"\n") - 1), header.count(delimiter) + 1)
    skipped: list[Any] = []

    def skip(row: Any) -> str:
        skipped.append(row.actual_columns)
        return "skip"

    read = pacsv.ReadOptions(use_threads=len(data) > 1_000_000, block_size=max(len(data), 1))
    parse = pacsv.ParseOptions(
        delimiter=delimiter.decode(), newlines_in_values=True, invalid_row_handler=skip
    )
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(text, pa.string()), decimal_point="," if commas else "."
    )
    table = pacsv.read_csv(pa.BufferReader(data), read, parse, convert)
    if len(skipped) > table.num_rows:
        what = f"the heading has {table.num_columns} fields, and {skipped[0]} are in"
        raise UserError(f"not a table: {what} {'most' if table.num_rows else 'all'} rows")
    rows = count_of(len(skipped), "row")
    were = verb_of(len(skipped), "was", "were")
    notes = [f"{rows} with another number of fields {were} left out"] if skipped else []
    if delimiter == b";":
        style = "semicolons and decimal commas" if commas else "semicolons"
        notes.append(f"in a spreadsheet's style ({style}); a number that it changed stays changed")
    return table, notes


def _delimiter(header: bytes, usual: bytes) -> bytes:
    """Return what separates the fields of a heading: the usual one unless another does."""
    plain = re.sub(rb'"[^"]*"', b"", header)
    if usual in plain:
        return usual
    return max((usual, b",", b";", b"\t"), key=plain.count)


def _columns(table: Any, notes: list[str]) -> TableFile:
    columns: dict[str, Array] = {}
    left_out: list[str] = []
    for i, name in enumerate(table.column_names):
        if _INDEX.fullmatch(name):
            continue
        column = None if name in columns else _to_numpy(table.column(i))
        if column is None:
            left_out.append(name)
        else:
            columns[name] = column
    if left_out:
        names = one_line(", ".join(left_out), 80)
        notes = [*notes, f"columns that are repeated or hold no numbers or text: {names}"]
    return TableFile(columns, table.num_rows, tuple(notes))


def _to_numpy(column: Any) -> Array | None:
    """Return a column of numbers or texts; None where it is neither."""
    kind = column.type
    types = pa.types
    if types.is_dictionary(kind):
        parts = [_decoded(chunk) for chunk in column.chunks]
        if any(part is None for part in parts):
            return None
        return _joined([part for part in parts if part is not None])
    if _is_text(kind):
        return np.array(_texts(column), dtype=object)
    if types.is_null(kind):
        return np.full(len(column), np.nan)
    if types.is_decimal(kind):
        return np.array([np.nan if v is None else float(v) for v in column.to_pylist()], float)
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return _joined([_numbers(chunk) for chunk in column.chunks])
    return None


def _joined(parts: list[Array]) -> Array:
    if not parts:
        return np.empty(0)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _numbers(chunk: Any) -> Array:
    """Return an Arrow array of numbers as NumPy, NaN where it has no value.

    The precision stays. Only floats hold a NaN: whole numbers and flags with gaps are float64, as
    pandas reads them.
    """
    valid, data = chunk.buffers()
    start, n = chunk.offset, len(chunk)
    if pa.types.is_boolean(chunk.type):
        values: Array = _bits(data, start, n)
    else:
        letter = {"i": "i", "u": "u"}.get(str(chunk.type)[0], "f")
        dtype = np.dtype(f"{letter}{chunk.type.bit_width // 8}")
        values = np.frombuffer(data, dtype, n, start * dtype.itemsize) if n else np.empty(0, dtype)
    if chunk.null_count:
        values = values.astype(values.dtype if values.dtype.kind == "f" else np.float64)
        values[~_bits(valid, start, n)] = np.nan
    return values


def _bits(buffer: Any, start: int, n: int) -> Array:
    raw = np.frombuffer(buffer, np.uint8)
    return np.unpackbits(raw, bitorder="little", count=start + n)[start:].astype(bool)


def _decoded(chunk: Any) -> Array | None:
    """Return a dictionary-coded array by its values; a code of -1 stands for no value."""
    values = _to_numpy(pa.chunked_array([chunk.dictionary]))
    if values is None:
        return None
    codes = _numbers(chunk.indices)
    codes = np.where(np.isnan(codes), -1, codes).astype(np.int64)
    if values.dtype == object:
        return np.append(values, np.array([None], dtype=object))[codes]
    return np.append(values.astype(np.float64), np.nan)[codes]


def _texts(column: Any) -> list[str | None]:
    try:
        texts: list[str | None] = column.to_pylist()
    except UnicodeDecodeError:
        raw = column.cast(pa.large_binary()).to_pylist()
        texts = [None if value is None else value.decode("utf-8", "replace") for value in raw]
    return texts
