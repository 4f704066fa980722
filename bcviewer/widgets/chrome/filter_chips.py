"""The chips: one a class, one a property of units, one for the review queue."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.view import (
    CHIPS,
    FilterState,
    chip_mask,
    n_of_saved_limit,
    n_unanswered,
)
from bcviewer.core.audit.rpv import SAVED_LIMIT
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.rules.counts import known_count, verb_of
from bcviewer.core.rules.labels import CLASSES, LABEL_HELP, LABEL_NAMES, Label
from bcviewer.core.sheet.table import Table, is_gone
from bcviewer.widgets.drawing.flow_layout import FlowLayout
from bcviewer.widgets.drawing.theme import label_icon, theme, tried_icon

_SPLIT_ONLY = (Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA)
_AS_SAVED = ("disagreement", "changed", "changed_in_phy", "scored_here")
"""Those that follow from nothing that is tried."""
_RARE = ("flips", "changed", "changed_in_phy", "scored_here")
_ALL = "Chips that are on combine by “and”: only units that have all of them are shown."
_ANY = "Several classes combine by “or”: units of any of them are shown."
_TRIED = " Counted by what is tried: the frame says so."
_COMMANDS = {c.about: c for c in COMMANDS if c.act == "chip"}


class FilterChips(QWidget):
    """Owns the chips, and which of them are offered.

    Attributes
    ----------
    class_toggled : Signal(Label)
        A class chip was clicked.
    chip_toggled : Signal(str)
        Another chip was clicked.
    moving : Signal()
        They are about to have more lines or fewer: all below them moves.
    queue : QToolButton
        Says that the table shows the review queue only.
    """

    class_toggled = Signal(object)
    chip_toggled = Signal(str)
    moving = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unused: set[Label] = set()
        """Classes that no unit of this run can have."""
        self._flow = FlowLayout(self, 4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._classes = {label: self._class_chip(label) for label in CLASSES}
        self._others = {name: self._other_chip(name) for name in CHIPS}
        self.queue = self._chip("queue", "The table shows the review queue only. Click ends it.")
        self.queue.setChecked(True)
        self.queue.hide()
        self.retheme()

    def retheme(self) -> None:
        """Take the colours of the palette: a chip that is on is as clear in dark as in light."""
        colors = theme()
        self.setStyleSheet(
            f"QToolButton:checked {{background: {colors.selected}; color: {colors.text};"
            f" border: 1px solid {colors.accent}; border-radius: 3px}}"
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Get as high as the lines need: a tool bar knows no height that follows from a width."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # a chip says more, or has come
            self._fit()
        return handled

    def _fit(self) -> None:
        height = max(self._flow.heightForWidth(self.width()), self.queue.sizeHint().height())
        if height != self.minimumHeight():
            self.moving.emit()
            self.setFixedHeight(height)

    def _chip(self, name: str, tip: str) -> QToolButton:
        chip = QToolButton(self)
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
        chip = self._chip(name, _class_tip(label))
        chip.setIcon(label_icon(label))
        chip.clicked.connect(lambda: self.class_toggled.emit(label))
        return chip

    def _other_chip(self, name: str) -> QToolButton:
        chip = self._chip(name, f"{_COMMANDS[name].help} {_ALL}")
        chip.clicked.connect(lambda: self.chip_toggled.emit(name))
        return chip

    def show_table(self, table: Table, n_hidden: int = 0) -> None:
        """Show the counts of a run; of ``n_hidden`` units no verdict may be told."""
        counts = class_counts(table.labels)
        n_unknown = max(n_hidden, n_unanswered(table) if table.proposes else 0)
        self._unused.clear()
        gone = class_counts(table.labels[is_gone(table)])
        for label, chip in self._classes.items():
            chip.setToolTip(_class_tip(label, 0 if n_hidden else int(gone[label])))
            _set_icon(chip, label_icon(label, proposed=table.proposes))
            chip.setText(f"{LABEL_NAMES[label]} {known_count(int(counts[label]), n_unknown)}")
            unused = label in _SPLIT_ONLY if not table.is_split else label == Label.NON_SOMA
            if unused and counts[label] == 0:
                self._unused.add(label)
            chip.setVisible(chip.isChecked() or label not in self._unused)
        for name in self._others:
            self.count(name, table, n_hidden)
        for name in _RARE:  # most recordings need no such chip
            self._others[name].setVisible(self._others[name].isEnabled())

    def count(self, name: str, table: Table, n_hidden: int = 0) -> None:
        """Show how many units of a run one of the other chips stands for."""
        chip, n = self._others[name], int(chip_mask(table, name).sum())
        n_saved = n_of_saved_limit(table, name)
        n_unknown = n_saved + max(n_hidden, 0 if name in _AS_SAVED else n_unanswered(table))
        of_saved = f" · {n_saved:,} {SAVED_LIMIT}" if n_saved else ""
        chip.setText(f"{_COMMANDS[name].title.lower()} {known_count(n, n_unknown)}{of_saved}")
        tried = table.proposes and name not in _AS_SAVED
        _set_icon(chip, tried_icon() if tried else QIcon())
        chip.setToolTip(f"{_COMMANDS[name].help}{_TRIED if tried else ''} {_ALL}")
        chip.setEnabled(n > 0 or chip.isChecked())

    def show_filter(self, state: FilterState) -> None:
        """Show which are on."""
        for label, chip in self._classes.items():
            chip.setChecked(label in state.classes)
            # a filter that is on can be seen and switched off
            chip.setVisible(chip.isChecked() or label not in self._unused)
        for name, chip in self._others.items():
            chip.setChecked(name in state.chips)
        for name in _RARE:
            if self._others[name].isChecked():
                self._others[name].setVisible(True)

    def show_queue(self, size: int) -> None:
        """Show that the table holds a review queue only; −1: it does not."""
        self.queue.setChecked(True)
        self.queue.setText(f"review queue {size:,} ✕")
        self.queue.setVisible(size >= 0)


def _class_tip(label: Label, n_gone: int = 0) -> str:
    """Return what a class' chip is for, and how many of its units are gone in phy."""
    key = CLASSES.index(label) + 1
    verb = verb_of(n_gone, "is", "are")
    gone = f" Of these {n_gone:,} {verb} gone in phy." if n_gone else ""
    return f"{LABEL_HELP[label]}{gone} Key {key} shows only these. {_ANY}"


def _set_icon(chip: QToolButton, icon: QIcon) -> None:
    """Give a chip a sign: the same one again would lay the window out anew, and paint all of it."""
    if chip.icon().cacheKey() != icon.cacheKey():
        chip.setIcon(icon)


def combined(state: FilterState) -> tuple[str, ...]:
    """Return what units must have by the chips that are on: all of it."""
    names = [LABEL_NAMES[label] for label in CLASSES if label in state.classes]
    chips = [_COMMANDS[name].title.lower() for name in CHIPS if name in state.chips]
    return (*([" or ".join(names)] if names else []), *chips)
