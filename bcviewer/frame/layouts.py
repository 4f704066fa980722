"""The window's layouts: which is shown, and how it was arranged."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMainWindow

from bcviewer.app.prefs import Prefs
from bcviewer.widgets.chrome.arrange import arrange, resize
from bcviewer.widgets.chrome.docks import LAYOUTS, layout_version


class Layouts(QObject):
    """Shows layouts, and remembers each as it was arranged.

    Attributes
    ----------
    remember : bool
        Whether the layout is kept for the next start.
    fresh : bool
        Whether the docks were arranged as a layout starts out, and not as they were left.
    changed : Signal(str)
        Another layout is shown.
    """

    changed = Signal(str)

    def __init__(self, window: QMainWindow, prefs: Prefs, docks: dict[str, QDockWidget]) -> None:
        super().__init__(window)
        self._window, self._prefs, self._docks = window, prefs, docks
        self._name = ""
        self.fresh = False
        self.remember = True

    def keep(self) -> None:
        """Remember the window as it is."""
        if self.remember:
            state = self._window.saveState(layout_version())
            self._prefs.set_window(self._window.saveGeometry(), self._name, state)

    def show(self, name: str) -> None:
        """Show one of the layouts; the one left is remembered as it was arranged."""
        if name == self._name:
            return
        if self._name:
            self.keep()
        self._name = name
        state = self._prefs.layout(name)
        self.fresh = state.isEmpty() or not self._window.restoreState(state, layout_version())
        if self.fresh:
            self.arrange()
        self.changed.emit(name)

    def arrange(self) -> None:
        """Arrange the docks of the present layout as it starts out."""
        arrange(self._window, self._docks, self._name)

    def reset(self) -> None:
        """Forget how all layouts were arranged, and arrange the present one as it starts out."""
        self._prefs.forget_layouts()
        self.arrange()

    def resize(self) -> None:
        """Give docks that were arranged before the window had its size the sizes of the layout."""
        resize(self._window, self._docks, self._name)

    def restore(self) -> None:
        """Show the window as it was left."""
        window, geometry = self._window, self._prefs.geometry()
        if QByteArray(geometry).isEmpty() or not window.restoreGeometry(geometry):
            area = QGuiApplication.primaryScreen().availableGeometry()
            window.resize(
                min(1440, round(area.width() * 0.9)), min(900, round(area.height() * 0.9))
            )
        name = self._prefs.layout_name()
        known = {spec.key for spec in LAYOUTS}
        self.show(name if name in known else LAYOUTS[0].key)
