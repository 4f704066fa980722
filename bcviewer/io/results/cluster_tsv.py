"""Reads ``cluster_*.tsv`` of phy, Kilosort and others: an id and texts a line, in any encoding."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.errors import UserError
from bcviewer.io.files import decode, read_bytes, reason

MOST_COLUMNS = 16
"""Most columns that are read of one file."""
_LARGEST = 64_000_000
_LONGEST_HEADER = 100_000


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

        A row without an id (:data:`~bcviewer.core.run.run.NO_ID`) has none, whatever the file says.
        """
        get = self.values.get
        return np.array([get(i, "") if i >= 0 else "" for i in cluster_id.tolist()], dtype=object)


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
    return _texts(*_opened(path, largest), most)


def read_tsv_values(
    path: Path, cluster_id: Ints, *, most: int = MOST_COLUMNS, largest: int = _LARGEST
) -> list[tuple[str, Array]]:
    """Read the columns of a table as :func:`read_tsv_columns`, for some ids.

    Returns
    -------
    list of (str, numpy.ndarray)
        Heading and values, shape (n_units,): float64, NaN where there is none, where every text is
        a number; else an object array of str, empty where there is none.
    """
    text, delimiter = _opened(path, largest)
    numbers = _numbers(text, delimiter, cluster_id, most)
    if numbers is not None:
        return numbers
    return [(c.name, _as_values(c.of(cluster_id))) for c in _texts(text, delimiter, most)]


def _opened(path: Path, largest: int) -> tuple[str, str]:
    """Return a file's text, and what separates its cells."""
    text = decode(read_bytes(path, largest))
    header = text[:_LONGEST_HEADER].partition("\n")[0]
    comma = path.suffix.casefold() == ".csv" and "\t" not in header
    return text, "," if comma else "\t"


def _texts(text: str, delimiter: str, most: int) -> list[ClusterColumn]:
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return _columns(_heads(next(rows, []), most), rows)
    except csv.Error as error:
        raise UserError(f"damaged ({reason(error)})") from None


def _heads(header: list[str], most: int) -> list[str]:
    """Return the headings after the ids."""
    if len(header) < 2 or header[0].strip() not in {"cluster_id", "id"}:
        raise UserError("no column cluster_id")
    return [head.strip() for head in header[1 : most + 1]]


def _numbers(
    text: str, delimiter: str, cluster_id: Ints, most: int
) -> list[tuple[str, Array]] | None:
    """Return the columns of a plain table of numbers, thirty times as fast as by texts.

    None where anything else is in it: a gap, a quotation mark, an id that is no whole number.
    """
    header, _, body = text.partition("\n")
    if not body.strip() or '"' in text:
        return None
    heads = _heads(header.split(delimiter), most)
    try:
        cells = np.loadtxt(io.StringIO(body), delimiter=delimiter, comments=None, ndmin=2)
    except ValueError:
        return None
    ids = cells[:, 0]
    if cells.shape[1] <= len(heads) or not (ids == np.floor(ids)).all() or np.isinf(ids).any():
        return None
    order = np.argsort(ids, kind="stable")
    place = np.searchsorted(ids[order], cluster_id, side="right") - 1  # the last of an id's lines
    found = order[np.maximum(place, 0)]
    known = (place >= 0) & (ids[found] == cluster_id) & (cluster_id >= 0)  # as of texts
    return [(h, np.where(known, cells[found, i], np.nan)) for i, h in enumerate(heads, 1)]


def _as_values(texts: Array) -> Array:
    """Return texts as numbers, where every one of them is one."""
    try:
        return np.array([_number(text) if text else np.nan for text in texts.tolist()])
    except ValueError:
        return texts


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
        number = _number(text)
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and number == int(number) else None


def _number(text: str) -> float:
    """Return a text's number; Python alone takes ``1_0``, the name of some unit, for ten."""
    if "_" in text:
        raise ValueError("no number")
    return float(text)
