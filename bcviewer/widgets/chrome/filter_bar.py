"""The filter: class chips, other chips, the filter box and how many units pass."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCompleter,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QToolButton,
    QWidget,
)

from bcviewer.app.commands import COMMANDS
from bcviewer.app.view import CHIPS, FilterState, chip_mask
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.filter.language import complete
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import CLASSES, LABEL_HELP, LABEL_NAMES, Label
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.widgets.chrome.dialogs import native_keys
from bcviewer.widgets.drawing.flow_layout import FlowLayout
from bcviewer.widgets.drawing.theme import label_icon, theme

TYPING_MS = 200
"""A filter applies this long after the last key (at once with Enter)."""

_SPLIT_ONLY = (Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA)
_RARE = "changed_in_phy"
_REFRESH = next(c for c in COMMANDS if c.key == "refresh_order")
_CHIP_TITLES = {c.key.removeprefix("chip_"): c for c in COMMANDS if c.key.startswith("chip_")}


class FilterEdit(QLineEdit):
    """The filter box: completes the word at the cursor; Esc is left to the window.

    Attributes
    ----------
    closed : Signal()
        The names to choose from are gone.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterEdit")
        self.setPlaceholderText("Filter:  presenceRatio < 0.7 and label == 'MUA'")
        self.setAccessibleName("Filter")
        self.setClearButtonEnabled(True)
        self._table: Sheet | None = None
        self._words = QStringListModel(self)
        self._completer = QCompleter(self._words, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self)
        self._popup = QListView(self)
        self._popup.hide()
        self._completer.setPopup(self._popup)
        self._popup.installEventFilter(self)
        self._completer.activated.connect(self._insert)
        self.textEdited.connect(self._suggest)

    def set_table(self, table: Sheet | None) -> None:
        """Complete the names of this table."""
        self._table = table

    def completing(self) -> bool:
        """Return whether names are offered: the last word is not whole yet."""
        return self._popup.isVisible()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._popup and event.type() == QEvent.Type.Hide:
            self.closed.emit()
        return super().eventFilter(watched, event)

    def _suggest(self) -> None:
        popup = self._popup
        if self._table is None:
            return
        found = complete(self.text(), self.cursorPosition(), self._table)
        word = self.text()[found.start : found.start + found.length]
        if not word or not found.candidates or word in found.candidates:
            popup.hide()
            return
        self._words.setStringList(list(found.candidates))
        width = popup.sizeHintForColumn(0) + popup.verticalScrollBar().sizeHint().width() + 12
        area = self.cursorRect()
        area.setWidth(max(width, 160))
        self._completer.complete(area)

    def _insert(self, word: str) -> None:
        if self._table is None:
            return
        found = complete(self.text(), self.cursorPosition(), self._table)
        text = self.text()
        self.setText(text[: found.start] + word + text[found.start + found.length :])
        self.setCursorPosition(found.start + len(word))
        self.textEdited.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._popup.isVisible() and event.key() in (
            Qt.Key.Key_Enter,
            Qt.Key.Key_Return,
            Qt.Key.Key_Tab,
        ):
            event.ignore()  # the pop-up takes it
            return
        super().keyPressEvent(event)


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
        self.go_to = QLineEdit(self)
        self.go_to.setObjectName("gotoEdit")
        self.go_to.setPlaceholderText("cluster id, or #row")
        self.go_to.setAccessibleName("Go to cluster id")
        self.go_to.setFixedWidth(150)
        self.go_to.returnPressed.connect(self._on_go_to)
        self.go_to.installEventFilter(self)
        self.go_to.hide()
        self.count = QLabel(self)
        self.count.setObjectName("countLabel")
        self.refresh = QToolButton(self)
        self.refresh.setObjectName("refreshOrder")
        self.refresh.setText("refresh order")
        self.refresh.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.refresh.clicked.connect(self._on_refresh)
        self.refresh.hide()
        self.error = QLabel(self)
        self.error.setObjectName("filterError")
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setWordWrap(True)
        self.error.hide()
        self._filter_error = ""
        self._unused: set[Label] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self._apply)
        self._chips = QWidget(self)
        self._flow = FlowLayout(self._chips, 4)
        self._classes = {label: self._class_chip(label) for label in CLASSES}
        self._others = {name: self._other_chip(name) for name in CHIPS}
        self.queue = self._chip("queue", "The table shows the review queue only. Click ends it.")
        self.queue.setChecked(True)
        self.queue.hide()
        self.queue.clicked.connect(self._on_queue)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.edit, 1)
        line.addWidget(self.go_to)
        line.addWidget(self.count)
        line.addWidget(self.refresh)
        grid = QGridLayout(self)
        grid.setContentsMargins(6, 6, 6, 4)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._chips, 0, 0)
        grid.addLayout(line, 1, 0)
        grid.addWidget(self.error, 2, 0)
        self.retheme()

    def _chip(self, name: str, tip: str) -> QToolButton:
        chip = QToolButton(self._chips)
        chip.setCheckable(True)
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setIconSize(QSize(12, 12))
        chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        chip.setObjectName(f"chip.{name}")
        chip.setToolTip(tip)
        self._flow.addWidget(chip)
        return chip

    def _class_chip(self, label: Label) -> QToolButton:
        name = LABEL_NAMES[label]
        key = CLASSES.index(label) + 1
        chip = self._chip(name, f"{LABEL_HELP[label]} Key {key} shows only these.")
        chip.setIcon(label_icon(label))
        chip.clicked.connect(lambda: self.class_toggled.emit(label))
        return chip

    def _other_chip(self, name: str) -> QToolButton:
        chip = self._chip(name, _CHIP_TITLES[name].help)
        chip.clicked.connect(lambda: self.chip_toggled.emit(name))
        return chip

    def retheme(self) -> None:
        """Take the colours of the palette."""
        self.error.setStyleSheet(f"color:{theme().fail_text}")
        self.refresh.setStyleSheet(f"color:{theme().accent};font-weight:bold")

    # -- set from outside --------------------------------------------------------------------

    def show_table(self, table: Sheet | None) -> None:
        """Show the counts of a run."""
        self.edit.set_table(table)
        self.setEnabled(table is not None)
        if table is None:
            return
        counts = class_counts(table.labels)
        self._unused.clear()
        for label, chip in self._classes.items():
            chip.setText(f"{LABEL_NAMES[label]} {counts[label]:,}")
            unused = label in _SPLIT_ONLY if not table.is_split else label == Label.NON_SOMA
            if unused and counts[label] == 0:
                self._unused.add(label)
            chip.setVisible(chip.isChecked() or label not in self._unused)
        for name in self._others:
            self._count(name, table)
        phy = self._others[_RARE]  # most recordings need no such chip
        phy.setVisible(phy.isEnabled())

    def _count(self, name: str, table: Sheet) -> None:
        chip, n = self._others[name], int(chip_mask(table, name).sum())
        chip.setText(f"{_CHIP_TITLES[name].title.lower()} {n:,}")
        chip.setEnabled(n > 0 or chip.isChecked())

    def show_manual(self, table: Sheet) -> None:
        """Complete with what curators said; of the counts only one follows from it."""
        self.edit.set_table(table)
        self._count("disagreement", table)

    def show_filter(self, state: FilterState) -> None:
        """Show what is filtered for."""
        if self.edit.text() != state.text:
            self._timer.stop()
            self.edit.setText(state.text)
            if not self.edit.hasFocus():
                self.edit.setCursorPosition(0)  # a long one is read from its beginning
        self._filter_error = state.error
        self._show_error("" if self.edit.completing() else state.error)
        for label, chip in self._classes.items():
            chip.setChecked(label in state.classes)
            # a filter that is on can be seen and switched off
            chip.setVisible(chip.isChecked() or label not in self._unused)
        for name, chip in self._others.items():
            chip.setChecked(name in state.chips)
        if self._others[_RARE].isChecked():
            self._others[_RARE].setVisible(True)

    def show_queue(self, size: int) -> None:
        """Show that the table holds a review queue only; −1: it does not."""
        self.queue.setChecked(True)
        self.queue.setText(f"review queue {size:,} ✕")
        self.queue.setVisible(size >= 0)

    def show_count(self, shown: int, total: int) -> None:
        """Show how many units pass."""
        self.count.setText(f"{shown:,} of {total:,} shown")

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
        if not text and not self._timer.isActive():
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

    def _on_queue(self) -> None:
        self.queue_left.emit()

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
