"""Columns of other programs: shown, sorted and filtered as what they are, never a verdict."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bcviewer.core.arrays import Array, distinct
from bcviewer.core.rules.column import OTHERS, Column
from bcviewer.core.rules.columns import COLUMNS

FOREIGN_GROUP = "from files beside (phy / Kilosort / others)"
"""Where the dialog that chooses columns lists them."""
_LEAST_DISTINCT = 3
"""Values that a column needs to be known as a copy by them: counts are often alike by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class ForeignColumn:
    """One column of a file beside the results that no verdict of Bombcell's has a part in.

    Attributes
    ----------
    name : str
        Its heading in the file.
    file : str
        The file's name.
    values : numpy.ndarray
        float64, NaN where there is none, or an object array of str, empty where there is none.
    key : str
        Its name in filters and exports.
    title, help, group, head : str
        How the table shows it, where that is not as a column of another program's.
    reads : frozenset of str
        As :attr:`~bcviewer.core.rules.column.Column.reads`. What Bombcell measured a curator judges
        by, so that a blind review shows it; of all others nobody knows what they tell, texts or
        codes, and it hides them.
    """

    name: str
    file: str
    values: Array
    key: str = ""
    title: str = ""
    help: str = ""
    group: str = ""
    head: str = ""
    reads: frozenset[str] = OTHERS

    @property
    def column(self) -> Column:
        """How the table shows it."""
        kind = "text" if self.values.dtype == object else "number"
        return Column(
            self.key,
            self.title or f"{self.name} [{self._mark}]",
            "text" if kind == "text" else "number",
            fmt="" if kind == "text" else ".6g",
            help=self.help
            or f"Not a verdict of Bombcell: read from {self.file}. After phy has saved, the file"
            " is phy's, and of units that phy merged or split nothing is shown.",
            group=self.group or FOREIGN_GROUP,
            head=self.head,
            reads=self.reads,
        )

    @property
    def _mark(self) -> str:
        """What a header says of the file: its kind, where its name says nothing new."""
        stem, dot, end = self.file.rpartition(".")
        return dot + end if stem.casefold() == f"cluster_{self.name}".casefold() else self.file


def named(found: Sequence[ForeignColumn], taken: Collection[str] = ()) -> tuple[ForeignColumn, ...]:
    """Return columns with keys that no other column has, whatever the case of its letters.

    The heading itself, as people know it from phy, wherever it is free.

    Parameters
    ----------
    found : sequence of ForeignColumn
        The columns.
    taken : collection of str
        Keys that are in use beside :data:`~bcviewer.core.rules.columns.COLUMNS`.
    """
    used = {key.casefold() for key in (*COLUMNS, *taken)}
    out = []
    for column in found:
        name = column.name.replace(":", "_")  # with one, only imported labels' columns are called
        tries = (name, f"{name}_file", *(f"{name}_{i}" for i in range(2, 99)))
        key = next((k for k in tries if k.casefold() not in used), None)
        if key is not None:
            used.add(key.casefold())
            out.append(replace(column, key=key))
    return tuple(out)


def is_copy(values: Array, others: Collection[Array]) -> bool:
    """Return whether a column of numbers repeats another one: Bombcell's own, saved for phy."""
    if values.dtype == object:
        return False
    finite = np.flatnonzero(np.isfinite(values))
    if len(distinct(values[finite])) < _LEAST_DISTINCT:
        return False
    first, at = float(values[finite[0]]), int(finite[0])

    def alike(other: Array) -> bool:
        here = float(other[at])  # one value tells most columns apart, which are looked at by tens
        return abs(here - first) <= 2e-6 * abs(here) and np.allclose(
            values, other, rtol=1e-6, atol=0, equal_nan=True
        )

    return any(other.dtype != object and alike(other) for other in others)
