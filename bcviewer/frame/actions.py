"""The window's actions, made from the command table, and who does each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence, QShortcut

from bcviewer.app.commands.command import Command
from bcviewer.app.commands.curate_menu import MERGES
from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.mnemonics import entry_titles
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.frame.curate_actions import CurateActions
from bcviewer.frame.held_key import HeldKey
from bcviewer.frame.layouts import Layouts
from bcviewer.frame.stretch_actions import StretchActions
from bcviewer.frame.unit_actions import UnitActions
from bcviewer.frame.view_actions import ViewActions
from bcviewer.widgets.chrome.native_keys import native_keys
from bcviewer.widgets.drawing.theme import icon

if TYPE_CHECKING:
    from bcviewer.frame.cell_actions import CellActions
    from bcviewer.frame.compare_actions import CompareActions
    from bcviewer.frame.dialog_actions import DialogActions
    from bcviewer.frame.export_actions import ExportActions
    from bcviewer.frame.file_actions import FileActions
    from bcviewer.frame.kept_proposal_actions import KeptProposalActions
    from bcviewer.frame.label_file_actions import LabelFileActions
    from bcviewer.frame.merge_actions import MergeActions
    from bcviewer.frame.methods_actions import MethodsActions
    from bcviewer.frame.phy_actions import PhyActions
    from bcviewer.frame.region_actions import RegionActions
    from bcviewer.frame.run_actions import RunActions
    from bcviewer.frame.suggest_actions import SuggestActions
    from bcviewer.frame.tour_actions import TourActions
    from bcviewer.frame.what_if_actions import WhatIfActions

TITLES = entry_titles()

LATER = (
    "file_actions",
    "export_actions",
    "label_file_actions",
    "dialog_actions",
    "cell_actions",
    "what_if_actions",
    "compare_actions",
    "kept_proposal_actions",
    "suggest_actions",
    "methods_actions",
    "run_actions",
    "phy_actions",
    "merge_actions",
    "region_actions",
    "tour_actions",
)
"""Modules of the groups that are built when one of their commands is first given: no table waits
for the dialogs of an export. They are imported after its first paint (:class:`Docked`)."""


class Actions(QObject):
    """An action for each command, by its key, and the groups that do them.

    Attributes
    ----------
    by_key : dict of str to QAction
        The actions.
    held : HeldKey
        Whether the key that is pressed is one that is held: only steps are done again then.
    """

    def __init__(self, pieces: Pieces, layouts: Layouts) -> None:
        super().__init__(pieces.window)
        self._window, self._pieces = pieces.window, pieces
        self.held = HeldKey()
        self.by_key = {command.key: self._action(command) for command in COMMANDS}
        self.units = UnitActions(pieces)
        self.curate = CurateActions(pieces, self.by_key)
        self.stretch = StretchActions(pieces, self.by_key)
        self.view = ViewActions(pieces, layouts, self.by_key)
        self._of_merges = [c for c in MERGES if c.key != "open_merges"]
        self._no_merges = self._absent_merges()
        for command in COMMANDS:
            self.by_key[command.key].triggered.connect(pieces.status.next_act)
            self.by_key[command.key].triggered.connect(self._doer(command))

    @cached_property
    def files(self) -> FileActions:
        """Opens recordings, settings, and phy."""
        from bcviewer.frame.file_actions import FileActions

        return FileActions(self._pieces)

    @cached_property
    def exports(self) -> ExportActions:
        """Writes tables and reports."""
        from bcviewer.frame.export_actions import ExportActions

        return ExportActions(self._pieces)

    @cached_property
    def label_files(self) -> LabelFileActions:
        """Exports and imports labels."""
        from bcviewer.frame.label_file_actions import LabelFileActions

        return LabelFileActions(self._pieces)

    @cached_property
    def dialogs(self) -> DialogActions:
        """Opens small dialogs."""
        from bcviewer.frame.dialog_actions import DialogActions

        return DialogActions(self._pieces)

    @cached_property
    def what_if(self) -> WhatIfActions:
        """Grants what is wished of a proposal."""
        from bcviewer.frame.what_if_actions import WhatIfActions

        return WhatIfActions(self._pieces)

    @cached_property
    def compare(self) -> CompareActions:
        """Compares the run with another one."""
        from bcviewer.frame.compare_actions import CompareActions

        return CompareActions(self._pieces)

    @cached_property
    def kept_proposals(self) -> KeptProposalActions:
        """Keeps proposals, and opens those that are kept."""
        from bcviewer.frame.kept_proposal_actions import KeptProposalActions

        return KeptProposalActions(self._pieces, self.by_key)

    @cached_property
    def suggest(self) -> SuggestActions:
        """Asks for suggestions by the labels, and takes them."""
        from bcviewer.frame.suggest_actions import SuggestActions

        return SuggestActions(self._pieces)

    @cached_property
    def methods(self) -> MethodsActions:
        """Shows the methods text."""
        from bcviewer.frame.methods_actions import MethodsActions

        return MethodsActions(self._pieces)

    @cached_property
    def cells(self) -> CellActions:
        """Asks for cell types."""
        from bcviewer.frame.cell_actions import CellActions

        return CellActions(self._pieces)

    @cached_property
    def phy(self) -> PhyActions:
        """Links with phy."""
        from bcviewer.frame.phy_actions import PhyActions

        return PhyActions(self._pieces)

    @cached_property
    def merges(self) -> MergeActions:
        """Goes through merges that others propose."""
        from bcviewer.frame.merge_actions import MergeActions

        made = MergeActions(self._pieces)
        made.offered.connect(self.enable_merges)
        return made

    @cached_property
    def regions(self) -> RegionActions:
        """Sets regions of interest, and writes them into the config."""
        from bcviewer.frame.region_actions import RegionActions

        return RegionActions(self._pieces)

    @cached_property
    def tours(self) -> TourActions:
        """Shows what matters."""
        from bcviewer.frame.tour_actions import TourActions

        return TourActions(self._pieces, self.by_key)

    @cached_property
    def runs(self) -> RunActions:
        """Runs Bombcell."""
        from bcviewer.frame.run_actions import RunActions

        return RunActions(self._pieces)

    def groups(self) -> Iterator[CommandGroup]:
        """Return who does commands, one after the other; one that is built later is built then."""
        yield from (self.units, self.curate, self.stretch, self.view)
        yield self.what_if
        yield self.kept_proposals
        yield self.suggest
        yield self.methods
        yield self.files
        yield self.exports
        yield self.dialogs
        yield self.label_files
        yield self.cells
        yield self.compare
        yield self.runs
        yield self.phy
        yield self.merges
        yield self.regions
        yield self.tours

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
        told = (command.about,) if command.about else ()

        def do() -> None:
            if self.held.repeats and not command.repeats:
                return
            next(getattr(group, name) for group in self.groups() if hasattr(group, name))(*told)

        return do

    def enable(self, has_run: bool) -> None:
        """Grey out what needs an open run."""
        for command in COMMANDS:
            if command.act not in ("probe", "mode"):  # that depends on which there are
                self.by_key[command.key].setEnabled(has_run or not command.needs_run)
        self.enable_merges("merges" in self.__dict__ and self.merges.are_open)

    def enable_merges(self, there: bool) -> None:
        """Grey out what needs proposed merges; its keys say that there are none."""
        for command in self._of_merges:
            self.by_key[command.key].setEnabled(there)
        self._no_merges.setEnabled(self.by_key["open_merges"].isEnabled() and not there)

    def _absent_merges(self) -> QShortcut:
        """Return what the keys of merges do where none are open: greyed actions say nothing."""
        keys = QShortcut(self._window)
        keys.setKeys([QKeySequence(key) for c in self._of_merges for key in c.shortcuts])
        keys.activated.connect(lambda: self.merges.do_accept_merge())
        keys.setEnabled(False)
        return keys

    def enable_compared(self, compared: bool) -> None:
        """Grey out what needs a comparison."""
        for key in ("swap_comparison", "export_comparison", "end_comparison"):
            self.by_key[key].setEnabled(compared)

    def close(self) -> None:
        """Watch nothing more: the window closes."""
        if "files" in vars(self):
            self.files.close()
