"""The View and Help menus: layouts, probes, columns, order, and the pages that explain."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut

from bcviewer.app.commands.command import Command
from bcviewer.app.commands.table import COMMANDS
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.frame.layouts import Layouts


class ViewActions(CommandGroup):
    """Shows the same units in another way.

    Attributes
    ----------
    costs_chosen : Signal()
        The cost curves are to be shown, or no longer.
    """

    costs_chosen = Signal()

    def __init__(self, pieces: Pieces, layouts: Layouts, by_key: Mapping[str, QAction]) -> None:
        super().__init__(pieces)
        self._layouts = layouts
        self._by_key = by_key
        layouts.changed.connect(self.mark_layout)
        self.show_modes(0)
        self._absent = {c.key: self._absent_probe(c) for c in COMMANDS if c.act == "probe"}

    def _absent_probe(self, command: Command) -> QShortcut:
        """Return what the keys of a probe do where it is not there: greyed actions say nothing."""
        keys = QShortcut(self.window)
        keys.setKeys([QKeySequence(key) for key in command.shortcuts])
        keys.activated.connect(lambda: self.do_probe(command.about))
        keys.setEnabled(False)
        return keys

    def show_probe(self, key: str, there: bool) -> None:
        """Grey out the command of a probe that is not there; its keys say so."""
        self._by_key[key].setEnabled(there)
        self._absent[key].setEnabled(not there)

    def show_modes(self, n_modes: int) -> None:
        """Grey out the steps to other run modes where there is one only."""
        for command in COMMANDS:
            if command.act == "mode":
                self._by_key[command.key].setEnabled(n_modes > 1)

    def mark_layout(self, name: str) -> None:
        """Mark which layout is in use."""
        for command in COMMANDS:
            if command.act == "layout":
                self._by_key[command.key].setChecked(command.about == name)

    def do_layout(self, name: str) -> None:
        """Show one of the layouts; the one in use gets its sizes back."""
        self._layouts.show(name)

    def do_reset_layout(self) -> None:
        """Put the docks of all layouts back."""
        self._layouts.reset()

    def do_probe(self, letter: str) -> None:
        """Open another probe of the recording, in the same run mode if that has it."""
        index = self.pieces.probe_bar.index_of_letter(letter)
        if index < 0:
            self.session.notice.emit(f"There is no probe {letter} in what is open.")
        if index >= 0 and self.session.catalogue and not self.session.catalogue.is_alone(index):
            self.session.open_location(index)

    def do_every_probe(self) -> None:
        """Open all probes of the open run mode as one table."""
        catalogue = self.session.catalogue
        if catalogue is not None and len(catalogue.together) < 2:
            self.session.notice.emit("There is one probe only in what is open.")
        elif catalogue is not None and not catalogue.every:
            self.session.opening.open_every()

    def do_mode(self, by: str) -> None:
        """Open the same probe, or all probes, in another run mode."""
        catalogue = self.session.catalogue
        if catalogue is not None:
            self.session.opening.open_mode(catalogue.next_mode(int(by)))

    def do_cost_curves(self) -> None:
        """Show or hide the cost curves below the histograms."""
        self.costs_chosen.emit()

    def do_sort_attention(self) -> None:
        """Sort by attention."""
        self.session.set_sort("attention")

    def do_sort_depth(self) -> None:
        """Sort by depth."""
        sort = self.session.sort
        self.session.set_sort("depth_um", sort.column == "depth_um" and not sort.descending)

    def do_refresh_order(self) -> None:
        """Put the rows in order by what arrived since."""
        self.session.viewing.rows.refresh_order()
