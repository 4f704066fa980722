"""The parameters that Bombcell is to be run with: what is not a default on top, each editable."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from bcviewer.core.comparison.run_parameters import (
    RUN_PARAMETERS,
    Value,
    not_default,
    parse_run_value,
    run_words,
)
from bcviewer.errors import UsageError

_NAME, _VALUE, _DEFAULT, _ABOUT = range(4)
_HEADS = ("Parameter", "Value", "Default", "What it is")
_WIDEST = 150


class RunTable(QTableWidget):
    """Every parameter with its value; a text is typed, a flag switched by Space or a double click.

    Attributes
    ----------
    given : dict of str to Value
        What the person set.
    changed : Signal()
        Something was set, or taken back.
    refused : Signal(str)
        Why what was typed is no value.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, given: Mapping[str, Value], parent: QWidget | None = None) -> None:
        super().__init__(len(RUN_PARAMETERS), len(_HEADS), parent)
        self.setObjectName("runTable")
        self.setAccessibleName("Parameters of Bombcell")
        self.given = dict(given)
        self._values: Mapping[str, Value] = {}
        self._order: list[str] = []
        self._items: list[tuple[QTableWidgetItem, QTableWidgetItem]] = []
        """Name and value of each row."""
        self.setHorizontalHeaderLabels(_HEADS)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.horizontalHeader().setSectionResizeMode(_ABOUT, QHeaderView.ResizeMode.Stretch)
        self.show_values({})
        self._order = []  # of the first answer, not of the defaults
        self.cellChanged.connect(self._on_cell)
        self.cellDoubleClicked.connect(self._on_double_click)

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Show what a run would be made with; the rows stay where they are."""
        self._values = values
        if not self._order:
            top = [*not_default({**values, **self.given}, self.given)]
            top += [name for name in self.given if name not in top]
            self._order = [*top, *(name for name in RUN_PARAMETERS if name not in top)]
            self._fill()
        blocked = self.blockSignals(True)
        for row, name in enumerate(self._order):
            self._show(row, name)
        self.blockSignals(blocked)

    def reorder(self) -> None:
        """Put what is not a default on top once more, with the next values."""
        self._order = []

    def filter(self, text: str) -> None:
        """Show the parameters only in whose name or meaning a text is."""
        wanted = text.strip().casefold()
        for row, name in enumerate(self._order):
            about = f"{name} {RUN_PARAMETERS[name].about}".casefold()
            self.setRowHidden(row, wanted not in about)

    def row_of(self, name: str) -> int:
        """Return the row of a parameter."""
        return self._order.index(name)

    def _fill(self) -> None:
        blocked = self.blockSignals(True)
        self._items = []
        for row, name in enumerate(self._order):
            known = RUN_PARAMETERS[name]
            whose = "the sort's own" if known.default is None else _words(known.default)
            items = [QTableWidgetItem(text) for text in (name, "", whose, known.about)]
            for column, item in enumerate(items):
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                item.setToolTip(f"<p>{escape(known.about)}</p>")
                self.setItem(row, column, item)
            self._items.append((items[_NAME], items[_VALUE]))
        self.blockSignals(blocked)
        self.resizeColumnToContents(_NAME)
        self.setColumnWidth(_VALUE, _WIDEST)
        self.setColumnWidth(_DEFAULT, _WIDEST)
        self.setCurrentCell(0, _VALUE)

    def _value(self, name: str) -> Value:
        if name in self.given:
            return self.given[name]
        return self._values.get(name, RUN_PARAMETERS[name].default)

    def _show(self, row: int, name: str) -> None:
        """Show a parameter's value, in bold where it is not the default."""
        known, value = RUN_PARAMETERS[name], self._value(name)
        head, item = self._items[row]
        item.setText(_words(value))
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(flags if known.kind == "flag" else flags | Qt.ItemFlag.ItemIsEditable)
        differs = bool(not_default({name: value}, self.given))
        for one in (head, item):
            font = one.font()
            font.setBold(differs)
            one.setFont(font)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Edit by Enter, which is not to press the dialog's button here, and switch by Space."""
        row, enter = self.currentRow(), event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if row >= 0 and self.state() != self.State.EditingState:
            if enter or event.key() == Qt.Key.Key_Space:
                self._change(row)
                return
            if event.key() == Qt.Key.Key_Delete:
                self._take(row, "")
                return
        super().keyPressEvent(event)

    def _change(self, row: int) -> None:
        """Switch a flag, or let another value be typed."""
        value = self._value(self._order[row])
        if RUN_PARAMETERS[self._order[row]].kind == "flag":
            self._take(row, run_words(not value))
        else:
            self.editItem(self._items[row][1])

    def _on_double_click(self, row: int, _: int) -> None:
        if RUN_PARAMETERS[self._order[row]].kind == "flag":
            self._change(row)

    def _on_cell(self, row: int, column: int) -> None:
        if column == _VALUE:
            self._take(row, self._items[row][1].text().strip())

    def _take(self, row: int, text: str) -> None:
        """Take what was typed or switched; an empty text takes back what was set."""
        name = self._order[row]
        before = self._value(name)
        try:
            if text:
                self.given[name] = parse_run_value(name, text)
            else:
                self.given.pop(name, None)
        except UsageError as error:
            self.refused.emit(str(error))
            self._shown(row, name)
            return
        self._shown(row, name)
        if run_words(before) != run_words(self._value(name)) or not text:
            self.changed.emit()

    def _shown(self, row: int, name: str) -> None:
        blocked = self.blockSignals(True)
        self._show(row, name)
        self.blockSignals(blocked)


def _words(value: Value) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else run_words(value)
