"""Reads ``cluster_*.tsv`` of phy, Kilosort and others: an id and texts a line, in any encoding."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcviewer.core.run import Array, Ints
from bcviewer.errors import UserError
from bcviewer.io.files import decode, read_bytes, reason

MOST_COLUMNS = 16
"""Most columns that are read of one file."""
_LARGEST = 64_000_000


@dataclass(frozen=True, slots=True)
class ClusterColumn:
    """One field of phy's table.

    Attributes
    ----------
    name : str
        Heading of the second column.
    values : dict of int to str
        Text of each cluster id; the last one where an id is repeated, as in phy.
    skipped : int
        Lines without a whole number as their id.
    """

    name: str
    values: dict[int, str]
    skipped: int = 0

    def of(self, cluster_id: Ints) -> Array:
        """Return the text of some ids, object array of str; empty where there is none."""
        get = self.values.get
        return np.array([get(i, "") for i in cluster_id.tolist()], dtype=object)


def read_tsv_column(path: Path) -> ClusterColumn:
    """Read the ids and the second column of a TSV; see :func:`read_tsv_columns`."""
    return read_tsv_columns(path, most=1)[0]


def read_tsv_columns(
    path: Path, *, most: int = MOST_COLUMNS, largest: int = _LARGEST
) -> list[ClusterColumn]:
    """Read the ids and the columns after them, one at least.

    Ids may be written as ``0.0``: Bombcell writes its metrics so. What phy 1 called CSV is
    separated by tabs; a comma separates only where the header has no tab.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Most columns that are read.
    largest : int
        Largest file that is read, bytes.

    Raises
    ------
    UserError
        If there is no such table in the file. The message is a reason without the file's name.
    """
    lines = decode(read_bytes(path, largest)).splitlines()
    comma = path.suffix.casefold() == ".csv" and "\t" not in (lines[0] if lines else "")
    try:
        rows = csv.reader(lines, delimiter="," if comma else "\t")
        header = next(rows, [])
        if len(header) < 2 or header[0].strip() not in {"cluster_id", "id"}:
            raise UserError("no column cluster_id")
        return _columns([head.strip() for head in header[1 : most + 1]], rows)
    except csv.Error as error:
        raise UserError(f"damaged ({reason(error)})") from None


def _columns(heads: list[str], rows: Iterable[list[str]]) -> list[ClusterColumn]:
    values: list[dict[int, str]] = [{} for _ in heads]
    skipped = 0
    for row in rows:
        cluster = whole_number(row[0]) if row else None
        if cluster is not None:
            for i, column in enumerate(values, 1):
                column[cluster] = row[i].strip() if len(row) > i else ""
        elif row:
            skipped += 1
    return [ClusterColumn(head, v, skipped) for head, v in zip(heads, values, strict=True)]


def whole_number(text: str) -> int | None:
    """Return a cluster id from its text, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number == int(number) else None
