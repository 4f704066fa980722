"""Reads phy's and Kilosort's ``cluster_*.tsv``: an id and a text a line, in any encoding."""

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
        """Return the text of some ids, object array of str; empty where there is none.

        A row without an id (:data:`~bcviewer.core.run.NO_ID`) has none, whatever the file says.
        """
        get = self.values.get
        return np.array([get(i, "") if i >= 0 else "" for i in cluster_id.tolist()], dtype=object)


def read_tsv_column(path: Path) -> ClusterColumn:
    """Read the ids and the second column of a TSV.

    Ids may be written as ``0.0``: Bombcell writes its metrics so.

    Raises
    ------
    UserError
        If there is no such table in the file. The message is a reason without the file's name.
    """
    text = decode(read_bytes(path, _LARGEST))
    try:
        rows = csv.reader(text.splitlines(), delimiter="\t")
        header = next(rows, [])
        if len(header) < 2 or header[0].strip() not in {"cluster_id", "id"}:
            raise UserError("no column cluster_id")
        return _column(header[1].strip(), rows)
    except csv.Error as error:
        raise UserError(f"damaged ({reason(error)})") from None


def _column(name: str, rows: Iterable[list[str]]) -> ClusterColumn:
    values: dict[int, str] = {}
    skipped = 0
    for row in rows:
        cluster = whole_number(row[0]) if row else None
        if cluster is not None:
            values[cluster] = row[1].strip() if len(row) > 1 else ""
        elif row:
            skipped += 1
    return ClusterColumn(name, values, skipped)


def whole_number(text: str) -> int | None:
    """Return a cluster id from its text, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number == int(number) else None
