"""A menu with a box that narrows it to the entries that contain a text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget, QWidgetAction


class SearchMenu(QMenu):
    """A menu that is searched by typing."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.search = QLineEdit(self)
        self.search.setObjectName("menuSearch")
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName(f"Search {title.replace('&', '')}")
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self._take_first)
        box = QWidgetAction(self)
        box.setDefaultWidget(self.search)
        self.addAction(box)
        self._entries: list[QAction] = []

    def add(self, actions: Sequence[QAction]) -> None:
        """Add entries."""
        self._entries += actions
        self.addActions(list(actions))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.search.clear()
        QTimer.singleShot(0, self.search, self.search.setFocus)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._narrow("")  # a hidden action cannot be triggered by its key

    def _narrow(self, text: str) -> None:
        for action in self._entries:
            action.setVisible(text.casefold() in action.text().casefold())

    def _take_first(self) -> None:
        for action in self._entries:
            if action.isVisible():
                self.close()
                action.trigger()
                return
