"""The probes of a recording as a model: a row each, whose numbers are filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtGui import QColor, QFont

from bcviewer.core.figures.recording_dashboard import (
    DISAGREE,
    INSIDE_GOOD,
    UNITS,
    FilteredCount,
    Head,
    ProbeSummary,
    heads_of,
    problem_words,
)
from bcviewer.core.figures.words import CLICK_OR_ADD, share
from bcviewer.core.rules.counts import verb_of
from bcviewer.core.rules.labels import Label
from bcviewer.widgets.drawing.headed_model import DISPLAY, LEFT, NO_INDEX, RIGHT, Index
from bcviewer.widgets.drawing.theme import theme
from bcviewer.widgets.drawing.tips import plain_tip

_PROBE = Head("probe", "probe", "The probe; the last row is all of them together.")
BAR = Head("bar", "classes", "The classes, as long as their shares are; a click on one filters.")
_PROBLEM = Head("problem", "what is wrong", "What is odd about the probe's files.")
_TWO_LINES = 9
"""A title of more letters stands in two lines."""


class DashboardModel(QAbstractTableModel):
    """Tells what stands in the cells.

    Attributes
    ----------
    heads : tuple of Head
        The columns.
    rows : tuple of ProbeSummary
        The rows; after them come the probes that could not be opened, a line each.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.heads: tuple[Head, ...] = ()
        self.rows: tuple[ProbeSummary, ...] = ()
        self._unopened: tuple[str, ...] = ()
        self._chosen = ""

    def show_rows(self, rows: Sequence[ProbeSummary], unopened: Sequence[str]) -> bool:
        """Show other rows; return whether there are other columns or more rows by now."""
        before = self.heads, len(self.rows), self._unopened
        units, *others = heads_of(rows)
        heads = (_PROBE, units, BAR, *others, _PROBLEM) if rows else ()
        anew = before != (heads, len(rows), tuple(unopened))
        if anew:
            self.beginResetModel()
        self.heads, self.rows, self._unopened = heads, tuple(rows), tuple(unopened)
        if anew:
            self.endResetModel()
        else:
            self._tell()
        return anew

    def mark(self, chosen: str) -> None:
        """Mark the number whose filter is the one that is applied."""
        if chosen != self._chosen:
            self._chosen = chosen
            self._tell()

    def _tell(self) -> None:
        if self.rows:
            self.dataChanged.emit(
                self.index(0, 0), self.index(self.rowCount() - 1, len(self.heads) - 1)
            )

    def unopened(self) -> range:
        """Return the rows of probes that could not be opened."""
        return range(len(self.rows), self.rowCount())

    def count_at(self, index: Index) -> FilteredCount | None:
        """Return the number of a cell; None: there is none."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        return self.rows[index.row()].counts.get(self.heads[index.column()].key)

    def parts(self, row: int) -> list[tuple[Label, float]]:
        """Return the classes of a probe, each with its share of its units."""
        if row >= len(self.rows):
            return []
        classes = [
            (head.label, told.n) for head, told in self.rows[row].classes if head.label is not None
        ]
        of = sum(n for _, n in classes)
        return [(label, n / of) for label, n in classes]

    # -- what Qt asks ------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.rows) + len(self._unopened)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.heads):
            return None
        head = self.heads[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return in_two_lines(head.title)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(head.help)
            case Qt.ItemDataRole.TextAlignmentRole:
                return LEFT if head in (_PROBE, BAR, _PROBLEM) else RIGHT
        return None

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        told = self.count_at(index)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._text(index)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._tip(index, told))
            case Qt.ItemDataRole.TextAlignmentRole:
                head = self.heads[index.column()]
                return LEFT if head in (_PROBE, BAR, _PROBLEM) else RIGHT
            case Qt.ItemDataRole.ForegroundRole if told is not None and not told.n:
                return QColor(theme().faint)
            case Qt.ItemDataRole.BackgroundRole if told is not None and told.filter:
                return QColor(theme().selected) if told.filter == self._chosen else None
            case Qt.ItemDataRole.FontRole if index.column() == 0:
                font = QFont()
                font.setBold(True)
                return font
        return None

    def _text(self, index: Index) -> str:
        head = self.heads[index.column()]
        if index.row() >= len(self.rows):
            return self._unopened[index.row() - len(self.rows)] if not index.column() else ""
        row = self.rows[index.row()]
        if head is _PROBE:  # the words may be out of sight
            return f"{row.probe} !" if row.problems else row.probe
        if head is _PROBLEM:
            return problem_words(row)
        if head is BAR:
            return ""
        return row.words(head.key) if head.key in row.counts else ""

    def _tip(self, index: Index, told: FilteredCount | None) -> str:
        head = self.heads[index.column()]
        if index.row() >= len(self.rows):
            return self._unopened[index.row() - len(self.rows)]
        row = self.rows[index.row()]
        if head is _PROBE or head is _PROBLEM:
            return "\n".join(filter(None, (problem_words(row), *row.problems)))
        if head is BAR:
            of = row.n(UNITS)
            each = (f"{one.title}: {n.n:,} ({share(n.n, of)})" for one, n in row.classes)
            return "\n".join((row.probe, *each))
        if told is None:
            why = "No region of interest is known" if head.key == INSIDE_GOOD else "Not known"
            return f"{why}."
        also = row.agreement.words if head.key == DISAGREE and row.agreement else ""
        part = "" if row.n_hidden else f" ({share(told.n, row.n(UNITS))})"
        counted = f"{row.probe}: {row.words(head.key)} of {row.n(UNITS):,}{part}"
        gone = 0 if row.n_hidden and head.key != UNITS else row.gone.get(head.key, 0)
        gone_words = f"Of these {gone:,} {verb_of(gone, 'is', 'are')} gone in phy." if gone else ""
        return "\n".join(filter(None, (head.help, counted, gone_words, also, CLICK_OR_ADD)))


def in_two_lines(title: str) -> str:
    """Return a title in two lines where it is long, as even as its words allow."""
    places = [i for i, letter in enumerate(title) if letter == " " and i > 1]
    if len(title) < _TWO_LINES or not places:
        return title
    at = min(places, key=lambda i: abs(i - len(title) / 2))
    return f"{title[:at]}\n{title[at + 1 :]}"
