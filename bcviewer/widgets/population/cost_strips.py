"""Computes the cost curves of the histograms in sight, a few at a time: the newest are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

from bcviewer.core.arrays import Ints
from bcviewer.core.comparison.cost_lines import CostLine, cost_lines
from bcviewer.core.comparison.costs import Costs
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.book import Book
from bcviewer.widgets.drawing.theme import Theme
from bcviewer.widgets.population.histogram_item import HistogramItem

REST_MS = 40
"""They are begun so long after the last move, ms: while a threshold is dragged its frames are
painted, and the curves when the hand rests."""
TURN_S = 0.004
"""Curves are computed so long at a time, s: the window answers in between."""


class CostStrips(QObject):
    """Keeps the curves of a panel's histograms up to date, behind what is painted.

    A move of a threshold paints bars and table first; the curves follow when the hand rests, a few
    at a time. What a newer move would change is not computed for an older one.

    Parameters
    ----------
    items : mapping of str to HistogramItem
        The histograms.
    in_sight : callable
        Returns those that are in sight.
    """

    def __init__(
        self,
        items: Mapping[str, HistogramItem],
        in_sight: Callable[[], Iterable[HistogramItem]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._items, self._in_sight = items, in_sight
        self._costs: Costs | None = None
        self._most = 1
        self._painted = True
        """Whether what is shown was painted without its curves."""
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._on_turn)

    def show(self, book: Book | None, rows: Ints | None, colors: Theme, same_runs: bool) -> None:
        """Draw the curves of some units; those before stay until these are there.

        Parameters
        ----------
        book, rows : Book, numpy.ndarray or None
            The runs, and the units that are counted; None for all, and without a book none.
        colors : Theme
            What they are drawn on.
        same_runs : bool
            Whether those before are of the same recordings: of others nothing stays.
        """
        self._costs = None if book is None else Costs(book, rows)
        self._most = 1 if book is None else book.n_units if rows is None else len(rows)
        for item in self._items.values():
            item.strip.colors = colors
            if not same_runs:
                item.strip.show_lines(None, (), 1)
        self._painted = False
        if self._costs is not None:
            self._turn.start(0)

    def go_on(self) -> None:
        """Compute what is in sight by now."""
        if self._costs is not None and not self._turn.isActive():
            self._turn.start(REST_MS)

    def finish(self) -> None:
        """Compute all at once, also what is not in sight: a picture is taken."""
        self._turn.stop()
        for item in self._items.values():
            self._compute(item)

    def _on_turn(self) -> None:
        if not self._painted:  # by now it is: the rest begins, anew at each move
            self._painted = True
            self._turn.start(REST_MS)
            return
        until = perf_counter() + TURN_S
        waiting = [item for item in self._in_sight() if item.strip.of is not self._costs]
        for item in waiting:
            self._compute(item)
            if perf_counter() > until and item is not waiting[-1]:
                self._turn.start(0)
                break

    def _compute(self, item: HistogramItem) -> None:
        costs = self._costs
        if costs is None or item.strip.of is costs:
            return
        found = item.found
        lines: tuple[CostLine, ...] = ()
        if found.axis.n_bins:
            at = {limit.rule: limit.value for limit in reversed(found.limits)}
            curves = [(costs.curve(i), value) for i, value in at.items() if RULES[i].parameter]
            ends = float(found.edges[0]), float(found.edges[-1])
            lines = cost_lines(curves, *ends, found.log)
        item.strip.show_lines(costs, lines, self._most)
