"""The page that greets a first start: open, demo, recent recordings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from bcviewer.io.files import LONGEST_PATH, printable
from bcviewer.io.resources import resource_path
from bcviewer.widgets.drawing.theme import make_large

_PATH = Qt.ItemDataRole.UserRole
"""Of an entry: the path itself, whose control characters are not shown."""


class WelcomePage(QWidget):
    """Offers what to open.

    Attributes
    ----------
    open_chosen, demo_chosen, tour_chosen : Signal()
        A button was pressed.
    recent_chosen : Signal(str)
        A recent path was chosen.
    """

    open_chosen = Signal()
    demo_chosen = Signal()
    tour_chosen = Signal()
    recent_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcomePage")
        self._open = self._button("Open…", "welcomeOpen", self.open_chosen)
        self._open.setDefault(True)
        self._demo = self._button("Demo recording", "welcomeDemo", self.demo_chosen)
        self._tour = self._button("One-minute tour", "welcomeTour", self.tour_chosen)
        self._recent = QListWidget(self)
        self._recent.setObjectName("welcomeRecent")
        self._recent.setMaximumSize(560, 180)
        self._recent.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for chosen in (self._recent.itemActivated, self._recent.itemClicked):
            chosen.connect(lambda item: self.recent_chosen.emit(item.data(_PATH)))
        self._heading = QLabel("Recent", self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._open)
        buttons.addWidget(self._demo)
        buttons.addWidget(self._tour)
        buttons.addStretch(1)
        box = QVBoxLayout(self)
        box.setSpacing(14)
        box.addStretch(2)
        for label in self._greeting():
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            box.addWidget(label)
        box.addLayout(buttons)
        box.addWidget(self._heading, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(self._recent, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(3)
        self._recent.setMinimumWidth(480)

    def _button(self, words: str, name: str, chosen: SignalInstance) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.clicked.connect(chosen)
        return button

    def _greeting(self) -> tuple[QLabel, QLabel, QLabel]:
        """Return the picture, the name, and what the program is for."""
        picture = QLabel(self)
        picture.setPixmap(QIcon(str(resource_path("icon.svg"))).pixmap(QSize(72, 72)))
        title = QLabel("bcviewer", self)
        make_large(title, 2.0, bold=True)
        what = QLabel(
            "Shows exactly why Bombcell called each unit GOOD, MUA, NOISE or NON-SOMA.\n"
            "Open a Kilosort directory, a bombcell folder, a folder of probes or a config .json;\n"
            "or drop one on this window.",
            self,
        )
        return picture, title, what

    def show_recent(self, paths: Sequence[str]) -> None:
        """List the paths opened last; who has opened none yet is offered the tour."""
        self._tour.setVisible(not paths)
        self._recent.clear()
        for path in paths:
            QListWidgetItem(printable(path, LONGEST_PATH), self._recent).setData(_PATH, path)
        self._recent.setVisible(bool(paths))
        self._heading.setVisible(bool(paths))
