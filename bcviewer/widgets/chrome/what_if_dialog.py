"""All thresholds and flags beside each other: saved, tried, Bombcell's default; type to try."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bcviewer.app.wishes import Propose, ResetProposal
from bcviewer.core.comparison.offers import Offer
from bcviewer.core.comparison.proposal import parse_value, value_words
from bcviewer.errors import UsageError
from bcviewer.widgets.drawing.theme import theme

_HEADS = ("parameter", "what it limits", "tried", "saved", "Bombcell's default")
_NAME, _TITLE, _TRIED, _SAVED, _DEFAULT = range(len(_HEADS))
_HELP = (
    "A number that is typed, or a flag that is ticked, is tried at once. Nothing that is saved"
    " changes. Delete takes the saved value, D Bombcell's default."
)
_DELETE, _D = (int(Qt.Key.Key_Delete), int(Qt.Key.Key_Backspace)), int(Qt.Key.Key_D)
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class OfferTable(QTableWidget):
    """The rows; keys that are no text act on the current one.

    Attributes
    ----------
    back : Signal(int)
        The saved value is wished in a row.
    default : Signal(int)
        Bombcell's default is.
    """

    back = Signal(int)
    default = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if plain and event.key() in _DELETE:
            self.back.emit(self.currentRow())
        elif plain and event.key() == _D:
            self.default.emit(self.currentRow())
        else:
            if event.text().strip() or event.key() == int(Qt.Key.Key_Space):
                self.setCurrentCell(self.currentRow(), _TRIED)  # wherever in the row one types
            super().keyPressEvent(event)


class WhatIfDialog(QDialog):
    """Lists all parameters that can be tried; stays open while the window shows what follows.

    Attributes
    ----------
    wish : Signal(Wish)
        Another value is to be tried, or a saved one.
    """

    wish = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("whatIfDialog")
        self.setWindowTitle("What if…")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._offers: tuple[Offer, ...] = ()
        self._writing = False
        help_line = QLabel(_HELP, self)
        help_line.setWordWrap(True)
        self.table = self._made_table()
        self.said = QLabel(self)
        self.said.setObjectName("whatIfSaid")
        self.said.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.reset = QPushButton("Reset all", self)
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(lambda: self.wish.emit(ResetProposal()))
        buttons.addButton(self.reset, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        for part in (help_line, self.table, self.said, buttons):
            box.addWidget(part)
        self.resize(820, 640)

    def _made_table(self) -> OfferTable:
        table = OfferTable(0, len(_HEADS), self)
        table.setObjectName("whatIfTable")
        table.setAccessibleName("Thresholds and flags")
        table.setHorizontalHeaderLabels(list(_HEADS))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 5)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        table.itemChanged.connect(self._on_changed)
        table.back.connect(self._on_back)
        table.default.connect(self._on_default)
        return table

    # -- what is shown -----------------------------------------------------------------------

    def show_offers(self, found: Sequence[Offer]) -> None:
        """Show what is saved and tried by now; rows that are as before are left as they are."""
        before, self._offers = self._offers, tuple(found)
        self._writing = True
        try:
            self.table.setRowCount(len(self._offers))
            for row, offer in enumerate(self._offers):
                if row >= len(before) or before[row] != offer:
                    self._write(row, offer)
            self.reset.setEnabled(any(offer.is_moved for offer in self._offers))
            if self.table.currentRow() < 0 and self._offers:
                self.table.setCurrentCell(0, _TRIED)
        finally:
            self._writing = False

    def _write(self, row: int, offer: Offer) -> None:
        texts = (offer.name, offer.title, offer.now, offer.saved, value_words(offer.default))
        colors = theme()
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setFlags(_FLAGS)
            if offer.is_moved:
                item.setBackground(QColor(colors.warn_tint))
                font = item.font()
                font.setBold(column == _TRIED)
                item.setFont(font)
            if column == _TRIED:
                self._let_try(item, offer)
            elif column > _TRIED:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)

    def _let_try(self, item: QTableWidgetItem, offer: Offer) -> None:
        if offer.is_flag:
            on = Qt.CheckState.Checked if offer.value else Qt.CheckState.Unchecked
            several = Qt.CheckState.PartiallyChecked
            item.setFlags(_FLAGS | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(several if offer.value is None else on)
        else:
            item.setFlags(_FLAGS | Qt.ItemFlag.ItemIsEditable)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    # -- what the person does ----------------------------------------------------------------

    def _on_changed(self, item: QTableWidgetItem) -> None:
        if self._writing or item.column() != _TRIED:
            return
        offer = self._offers[item.row()]
        try:
            value = self._value(item, offer)
        except UsageError as error:
            self.said.setText(error.hint or error.message)
            self._rewrite(item.row())
            return
        self.said.clear()
        self.wish.emit(Propose(offer.name, value))

    def _value(self, item: QTableWidgetItem, offer: Offer) -> float | bool:
        if offer.is_flag:
            return item.checkState() == Qt.CheckState.Checked
        return parse_value(offer.name, item.text())

    def _rewrite(self, row: int) -> None:
        self._writing = True
        try:
            self._write(row, self._offers[row])
        finally:
            self._writing = False

    def _on_back(self, row: int) -> None:
        if 0 <= row < len(self._offers):
            self.wish.emit(ResetProposal(self._offers[row].name))

    def _on_default(self, row: int) -> None:
        if 0 <= row < len(self._offers):
            offer = self._offers[row]
            self.wish.emit(Propose(offer.name, offer.default))
