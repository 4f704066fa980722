"""Tables in every type and encoding become plain columns; what is too large is not read."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bcviewer.errors import UserError
from bcviewer.io.files import TooLargeError, one_line
from bcviewer.io.results import tables
from bcviewer.io.results.cluster_tsv import read_tsv_column
from bcviewer.io.results.tables import read_record, read_table


def parquet(folder: Path, columns: dict[str, Any] | pa.Table, **options: Any) -> Path:
    path = folder / "t.parquet"
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, path, **options)
    return path


def same(found: np.ndarray, expected: list[Any]) -> bool:
    if found.dtype == object:
        return found.tolist() == expected
    return np.array_equal(found, np.array(expected, float), equal_nan=True)


@pytest.mark.parametrize(
    ("column", "dtype", "expected"),
    [
        (pa.array([1.5, None, np.inf]), np.float64, [1.5, np.nan, np.inf]),
        (pa.array([1.5, None], pa.float32()), np.float32, [1.5, np.nan]),
        (pa.array([1.5, 2.0], pa.float16()), np.float16, [1.5, 2.0]),
        (pa.array([1, 2], pa.int8()), np.int8, [1, 2]),
        (pa.array([1, 2], pa.uint16()), np.uint16, [1, 2]),
        (pa.array([1, None]), np.float64, [1, np.nan]),
        (pa.array([1, 2**64 - 1], pa.uint64()), np.uint64, [1, 2**64 - 1]),
        (pa.array([True, None, False]), np.float64, [1, np.nan, 0]),
        (pa.array([True, False]), np.bool_, [True, False]),
        (pa.array([None, None]), np.float64, [np.nan, np.nan]),
        (pa.array(["a", None, ""]), object, ["a", None, ""]),
        (pa.array(["a", None], pa.large_string()), object, ["a", None]),
        (pa.array(["b", None, "b"]).dictionary_encode(), object, ["b", None, "b"]),
        (pa.array([2, None, 2]).dictionary_encode(), np.float64, [2, np.nan, 2]),
        (pa.array([1, None], pa.decimal128(5, 2)), np.float64, [1, np.nan]),
    ],
)
def test_types(tmp_path: Path, column: pa.Array, dtype: Any, expected: list[Any]) -> None:
    read = read_table(parquet(tmp_path, {"x": column})).columns["x"]
    assert read.dtype == dtype
    assert same(read, expected)
    many = pa.chunked_array([column[:1], column[1:]])  # offsets, chunks and row groups
    read = read_table(parquet(tmp_path, {"x": many}, row_group_size=1)).columns["x"]
    assert same(read, expected)


def test_other_columns_are_left_out(tmp_path: Path) -> None:
    table = pa.table(
        [pa.array([1.0]), pa.array([2.0]), pa.array([[1, 2]]), pa.array([0]), pa.array([b"x"])],
        names=["a", "a", "list", "__index_level_0__", "bytes"],
    )
    read = read_table(parquet(tmp_path, table))
    assert list(read.columns) == ["a"]
    assert read.columns["a"].tolist() == [1.0]
    assert "a, list, bytes" in read.notes[0]


def test_order_and_empty_tables(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"z": pa.array([], pa.float64()), "a": pa.array([], pa.string())})
    read = read_table(path)
    assert (list(read.columns), read.n_rows) == (["z", "a"], 0)
    assert [len(column) for column in read.columns.values()] == [0, 0]


def test_text_that_is_no_utf8(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
    )
    assert read_table(parquet(tmp_path, {"x": bad})).columns["x"].tolist() == ["\ufffd"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_in_any_encoding(tmp_path: Path, encoding: str, newline: str) -> None:
    lines = [",id,x,label", "0,3,1.5,für", '1,4,,"a,b"', "2,5,inf,", "3,6,NaN,NaN"]
    path = tmp_path / "t.csv"
    path.write_bytes(newline.join(lines).encode(encoding))
    read = read_table(path, text=("label",))
    assert list(read.columns) == ["id", "x", "label"]
    assert read.columns["id"].dtype == np.int64
    assert same(read.columns["x"], [1.5, np.nan, np.inf, np.nan])
    assert read.columns["label"].tolist() == ["für", "a,b", "", "NaN"]


def test_csv_with_a_broken_last_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Unnamed: 0,a,b\n0,1,2\n1,3")
    read = read_table(path)
    assert {name: column.tolist() for name, column in read.columns.items()} == {"a": [1], "b": [2]}
    assert "1 row with another number of fields" in read.notes[0]


def test_csv_of_empty_labels(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,bc_unitType\n1,\n2,\n")
    assert read_table(path, text=("bc_unitType",)).columns["bc_unitType"].tolist() == ["", ""]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"\xff" * 99])
def test_damaged_parquet(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    for read in (read_table, read_record):
        with pytest.raises(UserError, match=r"damaged \(|empty") as caught:
            read(path)
        assert caught.value.message.isprintable()


def test_every_cut_of_a_parquet_is_refused_or_read(tmp_path: Path) -> None:
    whole = parquet(tmp_path, {"x": [1.0, 2.0], "t": ["a", "b"]}).read_bytes()
    path = tmp_path / "cut.parquet"
    rng = np.random.default_rng(0)
    for i in range(0, len(whole), 7):
        path.write_bytes(whole[:i])
        with pytest.raises(UserError):
            read_table(path)
        flipped = bytearray(whole)
        flipped[i] ^= int(rng.integers(1, 256))
        path.write_bytes(bytes(flipped))
        with contextlib.suppress(UserError):
            read_table(path)


def test_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").mkdir()
    with pytest.raises(UserError, match="not a file"):
        read_table(tmp_path / "t.parquet")
    with pytest.raises(UserError, match="not there"):
        read_table(tmp_path / "u.parquet")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.parquet")
        with pytest.raises(UserError, match="not a file"):
            read_table(tmp_path / "pipe.parquet")


def test_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path, {"a": np.zeros(1000), "b": np.zeros(1000)})
    csv = tmp_path / "t.csv"
    csv.write_text("a,b\n" + "1,2\n" * 1000)
    monkeypatch.setattr(tables, "MOST_BYTES", 15_000)
    for table in (path, csv):
        with pytest.raises(TooLargeError, match=r"1,000 rows × 2 columns"):
            read_table(table)
    monkeypatch.setattr(tables, "MOST_ROWS", 999)
    for table in (path, csv):
        with pytest.raises(TooLargeError, match=r"1,000 rows, more than any recording"):
            read_table(table)
    monkeypatch.setattr(tables, "MOST_COLUMNS", 1)
    monkeypatch.setattr(tables, "MOST_ROWS", 9999)
    with pytest.raises(TooLargeError, match=r"2 columns, more than Bombcell writes"):
        read_table(path)


def test_a_repeated_long_text_stays_small(tmp_path: Path) -> None:
    codes = pa.array(np.zeros(20_000, np.int32))
    texts = pa.DictionaryArray.from_arrays(codes, pa.array(["A" * 1_000_000]))
    path = parquet(tmp_path, {"x": texts})
    assert path.stat().st_size < 2_000_000
    column = read_table(path).columns["x"]  # 20 GB if every text were one of its own
    assert len({id(text) for text in column.tolist()}) == 1


def test_a_record_as_plain_values(tmp_path: Path) -> None:
    columns = {
        "flag": pa.array([True, False]),
        "number": pa.array([1.5, 2]),
        "none": pa.array([None, None], pa.null()),
        "unset": pa.array([None, True]),
        "gap": pa.array([None, 1.0]),
        "whole gap": pa.array([None, 1]),
        "text": pa.array(["a", "b"]),
        "list": pa.array([[1, 2], []]),
        "time": pa.array([0, 1], pa.timestamp("ns")),
        "__index_level_0__": pa.array([0, 1]),
    }
    record, rows = read_record(parquet(tmp_path, columns))
    assert rows == 2
    # pandas, and so Bombcell, reads a gap in a column of numbers as NaN: a flag that is on
    assert [math.isnan(record.pop(name)) for name in ("gap", "whole gap")] == [True, True]
    assert record == {
        "flag": True,
        "number": 1.5,
        "none": None,
        "unset": None,
        "text": "a",
        "list": [1, 2],
        "time": None,
    }


def test_tsv_columns(tmp_path: Path) -> None:
    path = tmp_path / "cluster_x.tsv"
    path.write_bytes(
        "cluster_id\tgroup\r\n0.0\tgut für\r\n1\t\r\nx\ty\r\n2\r\n2\tb\n".encode("latin-1")
    )
    column = read_tsv_column(path)
    assert (column.name, column.skipped) == ("group", 1)
    assert column.values == {0: "gut für", 1: "", 2: "b"}
    assert column.of(np.array([2, 7, 0])).tolist() == ["b", "", "gut für"]
    path.write_bytes("cluster_id\tKSLabel\n0\tgood\n".encode("utf-16"))
    assert read_tsv_column(path).values == {0: "good"}


@pytest.mark.parametrize("content", ["", "\n", "a,b\n1,2\n", "unit\tx\n1\t2\n", "cluster_id\n1\n"])
def test_tsv_of_something_else(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cluster_x.tsv"
    path.write_text(content)
    with pytest.raises(UserError, match=r"no column cluster_id|empty"):
        read_tsv_column(path)


def test_one_line() -> None:
    assert one_line("a\nb\t\x1b[31mc\u202ed") == "a b [31mc d"
    assert one_line("x" * 500, 10) == "x" * 9 + "…"


def test_neither_pandas_nor_qt_is_imported(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"x": [1.0, None], "t": ["a", None]})
    (tmp_path / "t.csv").write_text("a,b\n1,x\n")
    code = (
        "import sys; from pathlib import Path; from bcviewer.io.results.tables import read_table;"
        "import bcviewer.io.results.bombcell;"
        f"read_table(Path({str(path)!r})); read_table(Path({str(tmp_path / 't.csv')!r}));"
        "print(sorted({'pandas', 'PySide6', 'bombcell', 'scipy'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
