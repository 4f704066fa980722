"""The tour: on what is open, else on the demo."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget

from bcviewer.app.scene import Scene
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.widgets.chrome.tour import Tour

_LAYOUT, _AT_LAST = "layout_unit", "dock.why"
"""The layout that has all that is pointed at, and the dock that is in front when it is over."""


class TourActions(CommandGroup):
    """Owns the tour that is on; ``tour`` is None where none is."""

    def __init__(self, pieces: Pieces, by_key: Mapping[str, QAction]) -> None:
        super().__init__(pieces)
        self.tour: Tour | None = None
        self._by_key = by_key
        self._waits = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._begin)
        self.session.changed.connect(self._on_changed)
        self.session.failed.connect(self._on_failed)

    def do_tour(self) -> None:
        """Begin it: where nothing is open, with the demo, once that is there."""
        if self.session.scene.run is not None:
            self._begin()
            return
        self._waits = True
        self._by_key["demo"].trigger()

    def _on_changed(self, _before: Scene, after: Scene) -> None:
        if self._waits and after.run is not None:
            self._waits = False
            self._soon.start(0)  # when the table has the focus

    def _on_failed(self) -> None:
        self._waits = False

    def _begin(self) -> None:
        if self.tour is not None:
            self.tour.end()
        self._by_key[_LAYOUT].trigger()
        self.tour = Tour(self.window, self._bring)
        self.tour.ended.connect(self._on_ended)

    def _bring(self, name: str) -> None:
        dock = self.window.findChild(QDockWidget, name)
        if dock is not None:
            dock.show()
            dock.raise_()

    def _on_ended(self, had_keys: bool) -> None:
        self.tour = None
        self._bring(_AT_LAST)
        if had_keys:
            self.pieces.unit_table.setFocus()
