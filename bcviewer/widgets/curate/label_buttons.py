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
            button.setVisible(button.defaultAction().isVisible())
