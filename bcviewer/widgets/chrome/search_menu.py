"""A menu that is searched by typing; the bar of menus, which gives the focus back."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QMenuBar, QWidget, QWidgetAction


class SearchMenu(QMenu):
    """A menu with a box that narrows it to the entries that contain a text."""

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


class MenuBar(QMenuBar):
    """A bar that gives the focus back once no menu of it is open or chosen.

    Qt's own forgets who had it where one menu follows another (Alt+C, Esc, Alt+E): the bar then
    kept it, and keys that are the table's own (Shift+Down) went nowhere.

    Parameters
    ----------
    parent : QWidget
        The window.
    otherwise : QWidget
        Who gets the focus where the one who had it is gone or hidden meanwhile.
    """

    def __init__(self, parent: QWidget, otherwise: QWidget) -> None:
        super().__init__(parent)
        self._before: weakref.ref[QWidget] | None = None
        self._otherwise = otherwise
        QApplication.instance().focusChanged.connect(self._on_focus)  # type: ignore[union-attr]

    def add(self, title: str) -> QMenu:
        """Add a menu."""
        menu = self.addMenu(title)
        menu.aboutToHide.connect(self._look_soon)
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        self._look()

    def _on_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is self and before is not None and before is not self:
            self._before = weakref.ref(before)

    def _look_soon(self) -> None:
        QTimer.singleShot(0, self, self._look)  # it is hidden, and another one may be shown

    def _look(self) -> None:
        """Give the focus back if it is here for nothing."""
        if not self.hasFocus() or self.activeAction() is not None:
            return
        to = None if self._before is None else self._before()
        if to is None or not shiboken6.isValid(to) or not to.isVisible():
            to = self._otherwise
        to.setFocus(Qt.FocusReason.MenuBarFocusReason)
