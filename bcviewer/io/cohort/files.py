"""The two files that are made of all parts: a row a run, and the units of all runs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bcviewer.core.cohort.run_columns import RUN_COLUMNS, RunRow
from bcviewer.core.cohort.unit_columns import UNIT_COLUMNS
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.cohort.arrow import options, rows_of, schema, table_of_rows, to_bytes
from bcviewer.io.cohort.place import is_part_name, put
from bcviewer.io.files import one_line, read_bytes, reason
from bcviewer.io.put_file import refuse_link, write_atomically

ROWS_IN_GROUP = 122_880
"""Of ``units.parquet``: as many as DuckDB reads at once."""
DIGEST = b"bcviewer_units"
"""Key of its metadata with a hash of the parts that are in it."""
_MOST_BYTES = 400_000_000
_TOGETHER = 64
"""Parts that are read before the ones before are written."""


def read_rows(folder: Path) -> list[dict[str, object]] | None:
    """Return the rows of a cohort's runs; None where there are none that can be read."""
    try:
        table = _read(folder / names.COHORT_RUNS)
    except (UserError, OSError, pa.ArrowException):
        return None
    wanted = schema(RUN_COLUMNS)
    if not table.schema.equals(wanted):  # of another version
        known = [f.name for f in wanted if f.name in table.column_names]
        table = table.select(known)
    rows = rows_of(table)
    return [row for row in rows if not row.get("part") or is_part_name(str(row["part"]))]


def _read(path: Path) -> Any:
    """Return a whole file as a table: read at once, and not by Arrow's own threads."""
    data = pa.py_buffer(read_bytes(path, _MOST_BYTES))
    with pq.ParquetFile(pa.BufferReader(data), pre_buffer=False) as file:
        return file.read(use_threads=False)


def write_rows(folder: Path, rows: Sequence[RunRow]) -> None:
    """Write the rows of a cohort's runs, if they are others than are there."""
    data = to_bytes(table_of_rows(RUN_COLUMNS, rows))
    with suppress(UserError):
        if read_bytes(folder / names.COHORT_RUNS, _MOST_BYTES) == data:
            return
    put(folder, names.COHORT_RUNS, data)


def with_units(rows: Sequence[RunRow]) -> list[RunRow]:
    """Return the runs that have units here, in the order in which these are joined."""
    return [row for row in rows if row.get("part")]


def digest_of(rows: Sequence[RunRow]) -> str:
    """Return a hash of which parts there are, and of what files they were read."""
    digest = blake2b(digest_size=16)
    for row in with_units(rows):
        digest.update(f"{row['part']}\0{row['files']}\0{row['read_by']}\0".encode())
    return digest.hexdigest()


def joined_digest(folder: Path) -> str:
    """Return the hash of the parts that the joined file was made of; empty: there is none."""
    path = folder / names.COHORT_JOINED
    try:
        with path.open("rb") as file, pq.ParquetFile(file) as found:
            return str((found.schema_arrow.metadata or {}).get(DIGEST, b""), "utf-8", "replace")
    except (OSError, pa.ArrowException):
        return ""


def join_units(folder: Path, rows: Sequence[RunRow]) -> None:
    """Write the units of all runs in one file, if it is not there as it would be written.

    Raises
    ------
    UserError
        If a part cannot be read, or the file not be written.
    """
    digest = digest_of(rows)
    if joined_digest(folder) == digest:
        return
    kinds = schema(UNIT_COLUMNS, {DIGEST.decode(): digest})
    parts = [folder / str(row["part"]) for row in with_units(rows)]

    def write(made: Path) -> None:
        with pq.ParquetWriter(made, kinds, **options(kinds)) as writer:
            held, n = [], 0
            for table in _tables(parts):
                held.append(table)
                n += table.num_rows
                while n >= ROWS_IN_GROUP:
                    whole = pa.concat_tables(held).replace_schema_metadata(kinds.metadata)
                    writer.write_table(whole.slice(0, ROWS_IN_GROUP), ROWS_IN_GROUP)
                    held, n = [whole.slice(ROWS_IN_GROUP)], n - ROWS_IN_GROUP
            if n:
                whole = pa.concat_tables(held).replace_schema_metadata(kinds.metadata)
                writer.write_table(whole, ROWS_IN_GROUP)

    refuse_link(folder / names.COHORT_JOINED)
    write_atomically(folder / names.COHORT_JOINED, write, folder / names.COHORT_NEW)


def _tables(parts: Sequence[Path]) -> Any:
    """Yield the parts in their order, read by some threads."""
    left = iter(parts)
    with ThreadPoolExecutor(4) as pool:
        while some := list(islice(left, _TOGETHER)):
            yield from pool.map(_table, some)


def _table(path: Path) -> Any:
    try:
        return _read(path).replace_schema_metadata(None)
    except (OSError, pa.ArrowException, UserError) as error:
        raise UserError(
            f"{one_line(path)}: cannot be read: {reason(error)}.",
            "Remove it, and build the cohort again.",
        ) from None
