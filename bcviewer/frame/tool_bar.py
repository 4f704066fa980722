"""The tool bar: what is open, whose labels, undo, layouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolBar, QWidget

from bcviewer.app.scene import Scene
from bcviewer.frame.chrome import ChromeViewer
from bcviewer.frame.command_group import Pieces
from bcviewer.widgets.chrome.docks import LAYOUTS
from bcviewer.widgets.chrome.filter_chips import FilterChips
from bcviewer.widgets.chrome.label_source import LabelSourceBox


class ToolBar(QToolBar):
    """Stands under the menus, and stays there."""

    def __init__(self, pieces: Pieces, actions: Mapping[str, QAction]) -> None:
        super().__init__("Tools", pieces.window)
        self.setObjectName("toolBar")
        self.setIconSize(QSize(18, 18))
        self.setMovable(False)
        self.addAction(actions["open"])
        self.addWidget(pieces.probe_bar)
        self.addSeparator()
        self.addWidget(pieces.label_source)
        self.addSeparator()
        for key in ("undo", "redo"):
            self.addAction(actions[key])
        gap = QWidget(self)
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(gap)
        for layout in LAYOUTS:
            action = actions[f"layout_{layout.key}"]
            action.setIconText(layout.key.capitalize())  # of its buttons: six names need the room
            self.addAction(action)
        self.addSeparator()
        for key in ("columns", "export_selected", "open_in_phy", "keys"):
            self.addAction(actions[key])


class ChipBar(QToolBar):
    """Stands under the tool bar, as wide as the window: the chips in one row."""

    def __init__(self, chips: FilterChips, parent: QWidget) -> None:
        super().__init__("Chips", parent)
        self.setObjectName("chipBar")
        self.setMovable(False)
        self.toggleViewAction().setVisible(False)
        self.addWidget(chips)


class SourceViewer(ChromeViewer):
    """The box that says whose labels are shown: they may be those that a recording was left by."""

    parts: ClassVar[tuple[str, ...]] = ("runs", "label_source")  # it must not hold what is left

    def __init__(self, box: LabelSourceBox) -> None:
        super().__init__()
        self._box = box

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        self._box.show_source(scene.label_source)
