"""The list of proposals that were kept of a recording: opened, copied, saved, removed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bcviewer.core.comparison.kept_proposal import KeptProposal
from bcviewer.core.rules.counts import count_of
from bcviewer.widgets.drawing.tick_box import TickBox
from bcviewer.widgets.drawing.tips import plain_tip

NONE = "No proposal is kept of this recording. What if > Keep what is tried as… keeps one."
_HEAD = ("Name", "Changes", "Reason", "By", "Kept (UTC)")


class KeptProposalsDialog(QDialog):
    """Shows what was kept, by whom and why, and what was tried before.

    Attributes
    ----------
    opened : Signal(KeptProposal, bool)
        Try it; whether for all probes.
    removed, copied, saved : Signal(KeptProposal)
        Take it away; copy it as Python; write it to a file.
    imported : Signal()
        Read one from a file.
    """

    opened = Signal(object, bool)
    removed = Signal(object)
    copied = Signal(object)
    saved = Signal(object)
    imported = Signal()

    def __init__(self, parent: QWidget | None, person: str) -> None:
        super().__init__(parent)
        self.setObjectName("keptProposalsDialog")
        self.setWindowTitle("Kept proposals")
        self._person = person
        self._kept: tuple[KeptProposal, ...] = ()
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Kept proposals")
        self.list.setHeaderLabels(_HEAD)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemActivated.connect(self._open)
        self._none = QLabel(NONE, self)
        self._none.setWordWrap(True)
        self.tried = QPlainTextEdit(self)
        self.tried.setReadOnly(True)
        self.tried.setAccessibleName("What was tried before it was kept")
        self.tried.setMaximumHeight(170)
        self.for_all = TickBox("for all &probes that are opened next", self)
        self.open_ = QPushButton("&Open", self)
        self.open_.setDefault(True)
        self.copy = QPushButton("&Copy as Python", self)
        self.save = QPushButton("&Save…", self)
        self.remove = QPushButton("&Remove", self)
        self.read = QPushButton("&Import…", self)
        self.shut = QPushButton("Close", self)
        self._connect()
        self._lay_out()
        self.resize(860, 460)

    def _connect(self) -> None:
        self.open_.clicked.connect(self._open)
        self.copy.clicked.connect(lambda: self.copied.emit(self.current))
        self.save.clicked.connect(lambda: self.saved.emit(self.current))
        self.remove.clicked.connect(self._remove)
        self.read.clicked.connect(self.imported)
        self.shut.clicked.connect(self.reject)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._remove)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        for button in (self.copy, self.save, self.remove, self.read):
            button.setAutoDefault(False)
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self.for_all)
        line.addWidget(self.open_)
        self.shut.setAutoDefault(False)
        line.addWidget(self.shut)
        box = QVBoxLayout(self)
        for widget in (self._none, self.list, self.tried):
            box.addWidget(widget)
        box.addLayout(line)

    @property
    def current(self) -> KeptProposal | None:
        """The proposal that is highlighted; None: there is none."""
        place = self.list.indexOfTopLevelItem(self.list.currentItem())
        return self._kept[place] if 0 <= place < len(self._kept) else None

    def show_proposals(self, kept: Sequence[KeptProposal]) -> None:
        """Show these, and stay at the one that was highlighted."""
        kept = tuple(reversed(kept))  # the newest first
        if kept == self._kept and self.list.topLevelItemCount():
            return
        before = self.current
        self._kept = kept
        self.list.clear()
        for one in kept:
            texts = (one.name, _changes(one), one.reason, one.by, one.at[:16].replace("T", " "))
            line = QTreeWidgetItem([" ".join(text.split()) for text in texts])
            for column in range(len(texts)):
                line.setToolTip(column, plain_tip(texts[column]))
            self.list.addTopLevelItem(line)
        place = next((i for i, one in enumerate(kept) if _is_same(one, before)), 0)
        item = self.list.topLevelItem(place)
        if item is not None:
            self.list.setCurrentItem(item)
        head = self.list.header()
        head.setStretchLastSection(False)
        for column in range(len(_HEAD)):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self._none.setVisible(not kept)
        for widget in (self.list, self.tried):
            widget.setVisible(bool(kept))
        self._on_current()

    def _on_current(self) -> None:
        kept = self.current
        for button in (self.open_, self.copy, self.save, self.for_all):
            button.setEnabled(kept is not None)
        own = kept is not None and kept.by == self._person
        self.remove.setEnabled(own)
        self.remove.setToolTip("" if own or kept is None else f"{kept.by} kept it.")
        self.tried.setPlainText("" if kept is None else _record(kept))

    def _open(self) -> None:
        if self.current is not None:
            self.opened.emit(self.current, self.for_all.isChecked())
            self.accept()

    def _remove(self) -> None:
        if self.current is not None and self.remove.isEnabled():
            self.removed.emit(self.current)


def _changes(kept: KeptProposal) -> str:
    return kept.proposal.words.replace(" ", ", ")


def _record(kept: KeptProposal) -> str:
    """Return why it was kept, and what was tried before, line by line."""
    trials = kept.record.trials
    lines = [kept.reason, ""]
    if not trials:
        return "\n".join([*lines, "What was tried before is not told."])
    left = kept.record.n - len(trials)
    seen = f"; {left:,} more were seen on the way" if left > 0 else ""
    lines.append(f"Tried before it was kept: {count_of(len(trials) - 1, 'value')}{seen}")
    return "\n".join([*lines, *(f"  {t.proposal.words or 'as saved'}: {t.words}" for t in trials)])


def _is_same(one: KeptProposal, other: KeptProposal | None) -> bool:
    return other is not None and (one.by, one.name) == (other.by, other.name)
