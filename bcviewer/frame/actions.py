"""The window's actions, made from the command table, and who does each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from bcviewer.app.commands.command import Command
from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.mnemonics import entry_titles
from bcviewer.frame.cell_actions import CellActions
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.frame.curate_actions import CurateActions
from bcviewer.frame.export_actions import ExportActions
from bcviewer.frame.file_actions import FileActions
from bcviewer.frame.label_file_actions import LabelFileActions
from bcviewer.frame.layouts import Layouts
from bcviewer.frame.stretch_actions import StretchActions
from bcviewer.frame.unit_actions import UnitActions
from bcviewer.frame.view_actions import ViewActions
from bcviewer.widgets.chrome.dialogs import native_keys
from bcviewer.widgets.drawing.theme import icon

TITLES = entry_titles()


class Actions(QObject):
    """An action for each command, by its key."""

    def __init__(self, pieces: Pieces, layouts: Layouts) -> None:
        super().__init__(pieces.window)
        self._window = pieces.window
        self.by_key = {command.key: self._action(command) for command in COMMANDS}
        self.files = FileActions(pieces)
        self.exports = ExportActions(pieces)
        self.units = UnitActions(pieces)
        self.cells = CellActions(pieces)
        self.curate = CurateActions(pieces, self.by_key)
        self.stretch = StretchActions(pieces, self.by_key)
        self.label_files = LabelFileActions(pieces)
        self.view = ViewActions(pieces, layouts, self.by_key)
        self._groups: tuple[CommandGroup, ...] = (
            self.files,
            self.exports,
            self.units,
            self.cells,
            self.curate,
            self.stretch,
            self.label_files,
            self.view,
        )
        for command in COMMANDS:
            self.by_key[command.key].triggered.connect(pieces.status.next_act)
            self.by_key[command.key].triggered.connect(self._doer(command))

    def _action(self, command: Command) -> QAction:
        action = QAction(TITLES[command.key], self._window)
        action.setObjectName(f"action.{command.key}")
        action.setShortcuts([QKeySequence(key) for key in command.shortcuts])
        keys = native_keys(command.shortcuts)
        action.setToolTip(f"{command.help} ({keys})" if keys else command.help)
        action.setStatusTip(command.help)
        action.setCheckable(command.checkable)
        action.setAutoRepeat(command.repeats)
        if command.icon:
            action.setIcon(icon(command.icon))
        self._window.addAction(action)
        return action

    def _doer(self, command: Command) -> Callable[[], None]:
        name = f"do_{command.act}"
        do: Callable[..., None] = next(getattr(g, name) for g in self._groups if hasattr(g, name))
        told = (command.about,) if command.about else ()
        return lambda: do(*told)

    def enable(self, has_run: bool) -> None:
        """Grey out what needs an open run."""
        for command in COMMANDS:
            if command.act not in ("probe", "mode"):  # that depends on which there are
                self.by_key[command.key].setEnabled(has_run or not command.needs_run)

    def close(self) -> None:
        """Watch nothing more: the window closes."""
        self.files.close()
