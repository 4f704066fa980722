"""What is highlighted in the table: the person's choice is told, the session's is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, Signal
from PySide6.QtWidgets import QAbstractItemView

from bcviewer.core.arrays import Ints, distinct
from bcviewer.core.sheet.ids import NO_ROWS, NO_UNIT, GlobalRow
from bcviewer.widgets.table.plain_table import PlainTable
from bcviewer.widgets.table.unit_model import UnitModel

_MOST_RANGES = 200


class TableMarks(QObject):
    """Owns who is speaking: only what the person highlights is told.

    Attributes
    ----------
    chosen : Signal(int, numpy.ndarray)
        What the person highlighted: the run's row that they went to (−1: none), and all rows. A
        press on what is highlighted already tells it, too.
    """

    chosen = Signal(int, object)

    def __init__(self, view: PlainTable, units: UnitModel) -> None:
        super().__init__(view)
        self._view, self._units = view, units
        self._telling = True
        self._pressed = False
        """Whether the mouse is pressed on a row, and nothing is told of it yet."""
        self._moved = False
        """Whether the rows are others, or elsewhere, since the current one was last in sight."""
        self._selection.currentRowChanged.connect(self._on_current)
        self._selection.selectionChanged.connect(self._on_selection)

    @property
    def _selection(self) -> QItemSelectionModel:
        return self._view.selectionModel()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Tell nothing of what is highlighted meanwhile: it is not the person who does it."""
        telling, self._telling = self._telling, False
        try:
            yield
        finally:
            self._telling = telling

    # -- what is highlighted -----------------------------------------------------------------

    def places(self) -> Ints:
        """Return the rows of the table that are selected, ascending."""
        parts = [np.arange(a, b + 1) for a, b in _ranges(self._selection.selection())]
        return distinct(np.concatenate(parts)) if parts else NO_ROWS

    def units(self) -> Ints:
        """Return the rows of the run that are selected, in the order shown."""
        return self._units.unit_rows(self.places())

    def current(self) -> GlobalRow:
        """Return the run's row that is the current one, −1: none is."""
        place = self._view.currentIndex().row()
        return self._units.unit_row(place) if place >= 0 else NO_UNIT

    # -- set from outside --------------------------------------------------------------------

    def show(self, current: GlobalRow, selected: Ints) -> None:
        """Highlight exactly these rows of the run, and go to one of them (−1: there is none).

        What is so already stays untouched; but the current row is in sight whenever the rows were
        changed since: a label would go to a unit that nobody sees.
        """
        with self.quiet():
            places = self._units.places_of(selected)
            if not np.array_equal(places, self.places()):
                self._selection.clearSelection()
                self._select(places)
            place = self._units.place_of(current)
            if place < 0:
                self._selection.clearCurrentIndex()
            elif place != self._view.currentIndex().row():
                self._go_to(place)
            elif self._moved:
                self.bring()
            self._moved = False

    def set_rows(self, rows: Ints) -> None:
        """Put other rows of the same run into the model; what is highlighted stays so."""
        with self.quiet():
            scattered = self._selection.selection().count() > _MOST_RANGES
            selected = self.units() if scattered else NO_ROWS
            if scattered:  # Qt would take minutes to move so many ranges
                self._selection.clearSelection()
            self._moved |= not self._units.grown  # what arrives moves nothing that is on screen
            self._units.set_rows(rows)
            if scattered:
                self._select(self._units.places_of(selected))

    def top(self) -> tuple[GlobalRow, int] | None:
        """Return the run's row at the top, and how much of it is hidden, in pixels."""
        place = self._view.rowAt(0)
        if place < 0:
            return None
        return self._units.unit_row(place), -self._view.rowViewportPosition(place)

    def put_at_top(self, unit: GlobalRow, hidden: int) -> None:
        """Scroll so that a row of the run is there, and so much of it is hidden."""
        view, place = self._view, self._units.place_of(unit)
        if place >= 0:
            view.updateGeometries()  # Qt sets the scroll bar's range later
            view.verticalScrollBar().setValue(view.verticalHeader().sectionPosition(place) + hidden)

    def tell_strays(self) -> None:
        """Tell where the person is if that row is not highlighted: Ctrl and an arrow go there."""
        current = self._view.currentIndex()
        if current.isValid() and not self._selection.isSelected(current):
            self._on_selection()

    def is_in_sight(self, height: int) -> bool:
        """Whether the current row is wholly in sight in a viewport of this height."""
        current = self._view.currentIndex()
        top = self._view.rowViewportPosition(current.row())
        return current.isValid() and 0 <= top <= height - self._view.rowHeight(current.row())

    def bring(self) -> None:
        """Scroll up or down to the current row where it is out of sight, its neighbours too."""
        view, current = self._view, self._view.currentIndex()
        view.updateGeometries()  # Qt sets the scroll bar's range later
        if current.isValid() and not self.is_in_sight(view.viewport().height()):
            across = view.horizontalScrollBar().value()
            view.scrollTo(current, QAbstractItemView.ScrollHint.PositionAtCenter)
            view.horizontalScrollBar().setValue(across)

    def _go_to(self, place: int) -> None:
        """Make a row of the table the current one and scroll to it, up or down only."""
        view = self._view
        view.updateGeometries()
        across = view.horizontalScrollBar().value()
        column = max(0, view.currentIndex().column())
        first = next(iter(view.shown_sections()), 0)
        index = self._units.index(place, first if column == 0 else column)
        self._selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        view.scrollTo(index)
        view.horizontalScrollBar().setValue(across)

    def _select(self, places: Ints) -> None:
        """Select these rows of the table, ascending, too."""
        chosen, last = QItemSelection(), self._units.columnCount() - 1
        ends = np.flatnonzero(np.diff(places) != 1)
        firsts = places[np.append(0, ends + 1)] if len(places) else places
        lasts = places[np.append(ends, len(places) - 1)] if len(places) else places
        for first, final in zip(firsts.tolist(), lasts.tolist(), strict=True):
            chosen.select(self._units.index(first, 0), self._units.index(final, last))
        self._selection.select(chosen, QItemSelectionModel.SelectionFlag.Select)

    # -- the person --------------------------------------------------------------------------

    def _on_current(self, current: QModelIndex) -> None:
        """Tell where the person went, unless Qt is about to select it: then that tells."""
        if current.isValid() and self._selection.isSelected(current):
            self._on_selection()

    def begin_press(self) -> None:
        """Note that the mouse is pressed."""
        self._pressed = True

    def end_press(self) -> None:
        """Tell what was pressed on, where nothing changed by it: it was chosen all the same."""
        if self._pressed:
            self._on_selection()

    def _on_selection(self, *_: QItemSelection) -> None:
        self._pressed = False
        if self._telling:
            self.chosen.emit(self.current(), self.units())


def _ranges(selection: QItemSelection) -> Iterable[tuple[int, int]]:
    for i in range(selection.count()):
        part = selection.at(i)
        yield part.top(), part.bottom()
