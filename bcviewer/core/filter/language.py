"""The filter language: phy's, checked before use, and with missing numbers that satisfy nothing.

``presenceRatio < 0.7 and label == 'MUA'``. The grammar is in :mod:`bcviewer.core.filter.parser`,
the names and kinds are checked in :mod:`~bcviewer.core.filter.check`, the values computed in
:mod:`~bcviewer.core.filter.evaluate`.

- Three-valued: a comparison with a missing number is neither true nor false, ``not`` leaves it
  so, and a unit is shown only where the whole filter is true: of a value that was not measured
  nobody knows whether it is above a limit. Arithmetic that has no result (0 / 0, log10(-1)) is
  missing. Only ``missing(x)`` is always decided.
- A text that is absent is no unknown one: it is the empty text, unlike any word. ``family !=
  'weak'`` and ``family not in ('weak')`` keep units without a family, ``x == ''`` finds them.
- Text is compared whatever its case (curators type ``'mua'``), and only by ``==``, ``!=``,
  ``in`` and ``contains``.
- Column names are exact first, then case-insensitive where only one fits, then the titles that
  stand over them in the table: ``presence ratio``, ``RPV``. A column whose name is
  not a plain word is written in backquotes. A quote inside a text is doubled: ``'it''s'``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools
from bcviewer.core.filter.check import Checker
from bcviewer.core.filter.complete import Completion, complete
from bcviewer.core.filter.evaluate import Evaluator
from bcviewer.core.filter.fields import CodedColumns, FilterColumns, factorise, quote_name
from bcviewer.core.filter.filter_error import FilterError
from bcviewer.core.filter.parser import MAX_LENGTH, parse
from bcviewer.core.filter.quote import quote
from bcviewer.core.filter.titles import Titles
from bcviewer.core.filter.tree import Node
from bcviewer.core.filter.vocabulary import FUNCTIONS, KEYWORDS
from bcviewer.core.rules.column import Kind

__all__ = [
    "FUNCTIONS",
    "KEYWORDS",
    "CodedColumns",
    "Completion",
    "Filter",
    "FilterColumns",
    "FilterError",
    "Kind",
    "complete",
    "evaluate",
    "factorise",
    "parse_filter",
    "quote",
    "quote_name",
]


@dataclass(frozen=True, slots=True)
class Filter:
    """A checked filter, for the columns it was checked with.

    Attributes
    ----------
    text : str
        As it was typed.
    root : Node or None
        Its tree; None shows everything.
    resolved : tuple of (str, str)
        Every name as typed, and the column it means.
    """

    text: str
    root: Node | None = None
    resolved: tuple[tuple[str, str], ...] = ()

    def names(self) -> frozenset[str]:
        """Return the columns it reads."""
        return frozenset(column for _, column in self.resolved)


def parse_filter(text: str, columns: FilterColumns) -> Filter:
    """Check a filter; blank text shows everything.

    Raises
    ------
    FilterError
        Whatever is wrong with it.
    """
    if len(text) <= MAX_LENGTH and not text.strip():
        return Filter(text)
    titles = Titles(columns)
    checker = Checker(text, columns, titles)
    try:
        root = parse(text, titles)
        checker.need(root, "flag")
    except RecursionError:  # Only if the caller's own stack is nearly full.
        raise FilterError("The filter is nested too deeply.", 0, len(text)) from None
    return Filter(text, root, tuple(sorted(checker.resolved.items())))


def evaluate(filter_: Filter, columns: FilterColumns) -> Bools:
    """Return which units a filter shows, shape (n_units,); ``columns`` as it was checked with."""
    if filter_.root is None:
        return np.ones(columns.n_units, bool)
    with np.errstate(all="ignore"):
        truth = Evaluator(columns, dict(filter_.resolved)).truth(filter_.root)
    return np.array(np.broadcast_to(truth.yes, (columns.n_units,)), dtype=bool)
