"""How many rules the units of each class fail: a box a class, and piles of units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.figures.parts import FigureBar
from bcviewer.core.figures.population import Box, box_of_counts, failed_by_class, present_classes
from bcviewer.core.figures.words import CLICK, class_filter, share, signed_name
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label, class_name
from bcviewer.core.rules.palette import LABEL_FILL
from bcviewer.core.sheet.table import Table


@dataclass(frozen=True, slots=True)
class Pile:
    """Units of a class that fail so many rules."""

    failed: int
    n: int
    tip: str
    filter: str


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A class: its box, what is written, its colour, and its piles from the left."""

    label: Label
    box: Box
    bar: FigureBar
    piles: tuple[Pile, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BoxesFigure:
    """The classes that occur, from the top.

    Attributes
    ----------
    rows : tuple of BoxRow
        The classes.
    counts : numpy.ndarray
        Shape (len(Label), most + 1): how many units of a label fail how many rules.
    """

    rows: tuple[BoxRow, ...]
    counts: Ints

    @property
    def most(self) -> int:
        """The most rules that a unit fails."""
        return int(self.counts.shape[1]) - 1


NO_BOXES = BoxesFigure((), np.zeros((len(Label), 1), np.int64))


def boxes_figure(table: Table, rows: Ints | None = None, masked: bool = True) -> BoxesFigure:
    """Return how many rules the units of each class fail (6)."""
    counts = failed_by_class(table, rows, masked)
    boxes = ((label, box_of_counts(counts[label])) for label in present_classes(table, rows))
    found = (_row(label, box, counts[label], masked) for label, box in boxes if box is not None)
    return BoxesFigure(tuple(found), counts)


def axis_words(masked: bool) -> str:
    """Return what the axis counts."""
    return "failed rules per unit" if masked else "deciding rules per unit"


def _row(label: Label, box: Box, counts: Ints, masked: bool) -> BoxRow:
    decide = "" if masked else " that decide"
    tip = (
        f"{class_name(label)}: {count_of(box.n, 'unit')}\nmedian {box.median:g}, half of them"
        f" {box.lower:g} to {box.upper:g}, whiskers {box.low:g} to {box.high:g}"
        f" failed rules{decide}\n{CLICK}"
    )
    chosen = class_filter(label)
    bar = FigureBar(
        signed_name(label), box.n, count_of(box.n, "unit"), LABEL_FILL[label], tip, chosen
    )
    piles = (
        _pile(label, k, int(counts[k]), box.n, masked) for k in np.flatnonzero(counts).tolist()
    )
    return BoxRow(label, box, bar, tuple(piles))


def _pile(label: Label, failed: int, n: int, of: int, masked: bool) -> Pile:
    rule, rules = ("rule", "rules") if masked else ("rule that decides", "rules that decide")
    these = count_of(failed, rule, rules) if failed else f"no {rules}"
    name = class_name(label)
    tip = f"{count_of(n, f'{name} unit fails', f'{name} units fail')} {these}"
    tip += f" ({share(n, of)} of {of:,}); {CLICK}"
    column = "n_failed" if masked else "n_deciding"
    return Pile(failed, n, tip, f"{class_filter(label)} and {column} == {failed}")
