"""What a filter reads: columns of three kinds, and how their names and texts are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Array
from bcviewer.core.filter.tokens import scan
from bcviewer.core.rules.column import Kind

ALIASES: dict[str, dict[str, str]] = {
    "family": {"contaminated": "not shown clean"},
    "rpv_verdict": {
        "clean": "shown clean",
        "contaminated": "not shown clean",
        "undecidable": "too few spikes to say",
    },
}
"""By column: words of earlier versions, in filters that people have kept, and today's."""


class FilterColumns(Protocol):
    """What a filter reads."""

    @property
    def n_units(self) -> int:
        """Number of units."""

    def names(self) -> Sequence[str]:
        """Return the names of all columns."""

    def kind(self, name: str) -> Kind | None:
        """Return the kind of a column, or None where there is none of this very name."""

    def values(self, name: str) -> Array:
        """Return float64, object (str) or bool values, shape (n_units,)."""


@runtime_checkable
class CodedColumns(Protocol):
    """Columns that keep their texts factorised: filters on text are then twenty times faster."""

    def codes(self, name: str) -> tuple[Array, Sequence[str]]:
        """Return what :func:`factorise` returns for a text column."""


@runtime_checkable
class PartlyKnown(Protocol):
    """Columns of runs some of which do not test a rule: its flag is then neither true nor false."""

    def known(self, name: str) -> Array:
        """Return where a flag says anything, shape (n_units,)."""


@runtime_checkable
class PartlyThere(Protocol):
    """Columns of several sheets, which need not agree what one is: then it is not there."""

    def why_absent(self, name: str) -> str:
        """Return why there is no such column although a sheet has one; else nothing."""


def quote_name(name: str) -> str:
    """Return a column's name as it is written in a filter: bare where it is a plain word."""
    tokens = list(scan(name))
    plain = len(tokens) == 2 and tokens[0].kind == "name" and tokens[0].text == name
    return name if plain else "`" + name.replace("`", "``") + "`"


def factorise(values: Array) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Return the category of each text and the categories; -1 is missing.

    Parameters
    ----------
    values : ndarray of object, shape (n,)
        Texts; None, NaN and "" are missing, numbers are taken as they print.
    """
    listed = values.tolist()
    lookup: dict[object, int] = {}
    categories: dict[str, int] = {}
    for value in set(listed):
        text = value if isinstance(value, str) else _printed(value)
        lookup[value] = categories.setdefault(text, len(categories)) if text else -1
    codes = np.fromiter(map(lookup.__getitem__, listed), np.int32, len(listed))
    return codes, tuple(categories)


def _printed(value: object) -> str:
    known = isinstance(value, bool | int | float | np.generic) and value == value
    return str(value) if known else ""
