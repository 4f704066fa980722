"""Titles of columns as names in filters: ``presence ratio < 0.7`` is ``presenceRatio < 0.7``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol, runtime_checkable

from bcviewer.core.filter.fields import FilterColumns
from bcviewer.core.filter.tokens import scan
from bcviewer.core.rules.columns import COLUMNS


class Titled(Protocol):
    """What stands over a column."""

    @property
    def title(self) -> str:
        """Its name in the window."""

    @property
    def head(self) -> str:
        """A shorter one; empty where there is none."""

    @property
    def unit(self) -> str:
        """The unit of its values, which stands behind the title in brackets; empty: none."""


@runtime_checkable
class TitledColumns(Protocol):
    """Columns that people know by titles."""

    def column(self, name: str) -> Titled:
        """Return what a column is."""


class Titles:
    """The titles that columns go by in filters, whatever their case and the room between words.

    A title that is some column's name is that column, and one that reads as an expression of
    columns (``L-ratio``, where there are L and ratio) stays one.

    Parameters
    ----------
    columns : FilterColumns
        The columns; those that are not :class:`TitledColumns` have no titles.

    Attributes
    ----------
    columns_of : dict of str to tuple of str
        By title as it is written, the columns that have it.
    """

    def __init__(self, columns: FilterColumns) -> None:
        self._found: dict[str, tuple[str, ...]] = {}
        self.columns_of: dict[str, tuple[str, ...]] = {}
        if isinstance(columns, TitledColumns):
            names = dict.fromkeys(columns.names())
            folded = {name.casefold() for name in (*names, *COLUMNS)}
            for name in names:
                self._add(name, columns.column(name), folded, there=True)
            for name in COLUMNS:  # of other runs: that it is not here is said better than nothing
                if name not in names:
                    self._add(name, COLUMNS[name], folded, there=False)
        several = sorted((k for k in self._found if not _is_word(k)), key=len, reverse=True)
        patterns = (_pattern(key) for key in several)
        self._several = re.compile(f"(?:{'|'.join(patterns)})(?!\\w)", re.I) if several else None

    def _add(self, name: str, column: Titled, names: set[str], there: bool) -> None:
        spoken = [title for title in dict.fromkeys((column.title, column.head)) if title]
        for title in (*spoken, *(f"{each} ({column.unit})" for each in spoken if column.unit)):
            key = _key(title)
            known = not there and key in self._found
            if known or key in names or _reads(title, names):
                continue
            self._found[key] = (*self._found.get(key, ()), name)
            if there and title in spoken:  # what is offered has no unit
                self.columns_of[title] = self._found[key]

    def named(self, title: str) -> tuple[str, ...]:
        """Return the columns of a title."""
        return self._found.get(_key(title), ())

    def match(self, text: str, start: int) -> int:
        """Return where a title of several words that starts at a place of a text ends, else −1."""
        found = self._several.match(text, start) if self._several is not None else None
        return found.end() if found is not None else -1


def _key(title: str) -> str:
    """Return a title as it is looked up: whatever its case, its room, and how µ is typed."""
    spaced = " ".join(title.replace("(", " (").split())
    return spaced.casefold().replace("(\u03bc", "(u")


def _pattern(key: str) -> str:
    """Return what finds a title in a text, by its key: ``depth (um)``, also ``depth(µm)``."""
    parts = (re.escape(part).replace(r"\(u", r"\([u\u03bc]") for part in key.split())
    return r"\s+".join(parts).replace(r"\s+\(", r"\s*\(")


@lru_cache(1024)
def _words(title: str) -> tuple[bool, frozenset[str]]:
    """Return whether a title is a plain word, and the words in it that could be names."""
    tokens = [token for token in scan(title) if token.kind != "end"]
    names = frozenset(token.text.casefold() for token in tokens if token.kind == "name")
    return len(tokens) == len(names) == 1, names


def _is_word(title: str) -> bool:
    return _words(title)[0]


def _reads(title: str, names: set[str]) -> bool:
    """Whether a title of several words could be meant as an expression of columns."""
    word, parts = _words(title)
    return not word and bool(parts) and names.issuperset(parts)
