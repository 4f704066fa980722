"""The buttons of the curator's bar: one for each of the window's actions, where the run has it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton

ICON = 14
"""Size of the labels' signs, in pixels."""


class LabelButtons(QHBoxLayout):
    """Buttons for actions; those of labels that the run does not have are hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(1)
        self._tools: list[QToolButton] = []
        self._aside = False

    @property
    def needed(self) -> int:
        """The width of all that the run has, in pixels, also while they give way."""
        there = [tool for tool in self._tools if tool.defaultAction().isVisible()]
        gaps = self.spacing() * max(len(there) - 1, 0)
        return sum(tool.sizeHint().width() for tool in there) + gaps

    def give_way(self, aside: bool) -> None:
        """Leave the line to what is being written, or come back."""
        if aside != self._aside:
            self._aside = aside
            self._hide_disabled()

    def add_actions(self, actions: Iterable[QAction]) -> None:
        """Add a button for each of the window's actions."""
        for action in actions:
            button = QToolButton(self.parentWidget())
            button.setDefaultAction(action)
            button.setObjectName(f"curate.{action.objectName().removeprefix('action.')}")
            button.setAutoRaise(True)
            button.setIconSize(QSize(ICON, ICON))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            if action.icon().isNull():
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            self.addWidget(button)
            self._tools.append(button)
            action.changed.connect(self._hide_disabled)
        self._hide_disabled()

    def _hide_disabled(self) -> None:
        for button in self._tools:
            button.setVisible(not self._aside and button.defaultAction().isVisible())
