"""The filter: class chips, other chips, the filter box and how many units pass."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.view import FilterState
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.table import Table
from bcviewer.widgets.chrome.filter_chips import FilterChips, combined
from bcviewer.widgets.chrome.filter_edit import FilterEdit
from bcviewer.widgets.chrome.native_keys import native_keys
from bcviewer.widgets.drawing.theme import theme

TYPING_MS = 200
"""A filter applies this long after the last key (at once with Enter)."""

_UNFILTERED = FilterState()
_REFRESH = next(c for c in COMMANDS if c.key == "refresh_order")


class FilterBar(QWidget):
    """Says what the person filters for; is told what is filtered and what passes.

    Attributes
    ----------
    text_chosen : Signal(str)
        A filter to apply.
    class_toggled : Signal(Label)
        A class chip was clicked.
    chip_toggled : Signal(str)
        Another chip was clicked.
    go_to_chosen : Signal(str)
        A cluster id (or ``#`` and a row) to go to.
    queue_left : Signal()
        The chip of the review queue was clicked: it is over.
    refresh_chosen : Signal()
        The rows are to be put in order by what arrived since.
    left : Signal()
        The person is done with a box; the table should have the focus.
    """

    text_chosen = Signal(str)
    class_toggled = Signal(object)
    chip_toggled = Signal(str)
    go_to_chosen = Signal(str)
    queue_left = Signal()
    refresh_chosen = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = FilterEdit(self)
        self.edit.textEdited.connect(self._on_edited)
        self.edit.returnPressed.connect(self._on_return)
        self.edit.textChanged.connect(self._on_changed)
        self.edit.closed.connect(self._on_edited)
        self.go_to = self._go_to_box()
        self.go_to.installEventFilter(self)
        self.count = QLabel(self)
        self.count.setObjectName("countLabel")
        self.refresh = self._refresh_button()
        self.error = QLabel(self)
        self.error.setObjectName("filterError")
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setWordWrap(True)
        self.error.hide()
        self._shows = False
        self._filter_error = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self._apply)
        self.chips = FilterChips(self)
        self.chips.class_toggled.connect(self.class_toggled)
        self.chips.chip_toggled.connect(self.chip_toggled)
        self.queue = self.chips.queue
        self.queue.clicked.connect(self.queue_left)
        self._lay_out()
        self.retheme()

    def _go_to_box(self) -> QLineEdit:
        box = QLineEdit(self)
        box.setObjectName("gotoEdit")
        box.setPlaceholderText("cluster id, or #row")
        box.setAccessibleName("Go to cluster id")
        box.setFixedWidth(150)
        box.returnPressed.connect(self._on_go_to)
        box.hide()
        return box

    def _refresh_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("refreshOrder")
        button.setText("refresh order")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self._on_refresh)
        button.hide()
        return button

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.edit, 1)
        line.addWidget(self.go_to)
        line.addWidget(self.count)
        line.addWidget(self.refresh)
        grid = QGridLayout(self)
        grid.setContentsMargins(6, 6, 6, 4)
        grid.setVerticalSpacing(4)
        grid.addLayout(line, 0, 0)
        grid.addWidget(self.error, 1, 0)

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self.error.setStyleSheet(f"color:{theme().fail_text}")
        self.refresh.setStyleSheet(f"color:{theme().accent};font-weight:bold")
        self.chips.retheme()

    # -- set from outside --------------------------------------------------------------------

    def show_table(self, table: Table | None, n_hidden: int = 0) -> None:
        """Show the counts of a run; of ``n_hidden`` units no verdict may be told."""
        self.edit.set_table(table)
        self.setEnabled(table is not None)
        self.chips.setEnabled(table is not None)
        if table is not None:
            self.chips.show_table(table, n_hidden)

    def show_manual(self, table: Table, n_hidden: int = 0) -> None:
        """Complete with what curators said; of the counts only one follows from it."""
        self.edit.set_table(table)
        self.chips.count("disagreement", table, n_hidden)

    def show_filter(self, state: FilterState) -> None:
        """Show what is filtered for."""
        if self.edit.text() != state.text:
            self._timer.stop()
            self._shows = True  # nobody's act: it takes no message away
            self.edit.show_text(state.text)
            self._shows = False
            if not self.edit.hasFocus():
                self.edit.setCursorPosition(0)  # a long one is read from its beginning
        self._filter_error = state.error
        self._show_error("" if self.edit.completing() else state.error)
        self.chips.show_filter(state)

    def show_queue(self, size: int) -> None:
        """Show that the table holds a review queue only; −1: it does not."""
        self.chips.show_queue(size)

    def show_count(self, shown: int, total: int, state: FilterState = _UNFILTERED) -> None:
        """Show how many units pass, and where chips combine, how: few units may be a surprise."""
        must = combined(state)
        most = ": " + " and ".join(must) if len(must) == 2 else f": all {len(must)} chips"
        how = most if len(must) > 1 else ""
        self.count.setText(f"{shown:,} of {total:,} shown{how}")
        grouped = [f"({part})" if " or " in part else part for part in must]
        self.count.setToolTip(f"Shown are units that are {' and '.join(grouped)}." if how else "")

    def show_arrived(self, reorders: bool, n_rows: int) -> None:
        """Offer to put the rows in order where something arrived that would change it."""
        self.refresh.setVisible(reorders)
        what = f"{count_of(n_rows, 'unit')} changed"
        keys = native_keys(_REFRESH.shortcuts)
        self.refresh.setToolTip(
            f"{what} by what came from elsewhere; rows and order are as you left them. "
            f"Click or press {keys} to filter and sort them anew."
        )

    def show_go_to_error(self, text: str) -> None:
        """Say why a unit cannot be gone to; empty: it could."""
        self._show_error(text)
        if not text:
            self._leave_go_to()

    def _show_error(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def ask_go_to(self) -> None:
        """Open the box for a cluster id."""
        self.go_to.show()
        self.go_to.clear()
        self.go_to.setFocus()

    # -- the person --------------------------------------------------------------------------

    def _on_edited(self) -> None:
        self._timer.start()

    def _on_changed(self, text: str) -> None:
        if not (text or self._shows or self._timer.isActive()):
            self.text_chosen.emit("")  # the clear button

    def _apply(self) -> None:
        self._timer.stop()
        self.text_chosen.emit(self.edit.text())

    def _on_return(self) -> None:
        """Apply at once, and leave the box if the filter could be read."""
        self._apply()
        if self.error.isHidden():
            self.left.emit()

    def _on_go_to(self) -> None:
        self.go_to_chosen.emit(self.go_to.text())

    def _on_refresh(self) -> None:
        self.refresh_chosen.emit()
        self.left.emit()

    def _leave_go_to(self) -> None:
        self.go_to.hide()
        self._show_error(self._filter_error)
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if watched is self.go_to and override and escape:  # before the window's “clear filter”
            self._leave_go_to()
            event.accept()
            return True
        return super().eventFilter(watched, event)
